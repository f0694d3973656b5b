/** Projects for the command line, where no role is needed. */
import * as v from 'valibot'
import { projectIdsOf } from '../accounts/projects.ts'
import type { Sql } from '../database/sql.ts'

const idRow = v.strictObject({ id: v.string() })

/** All projects of the organization with this slug; null when there is none. */
export async function projectIdsNamed(sql: Sql, slug: string): Promise<number[] | null> {
  const [found] = await sql.rows(idRow)`select id from organizations where slug = ${slug} and deleted_at is null`
  return found === undefined ? null : await projectIdsOf(sql, found.id)
}
