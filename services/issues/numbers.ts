/** Issues by what tools outside of the dashboard name them: numbers of a project, and statuses. */
import * as v from 'valibot'
import type { Status } from '../../events/search/query.ts'
import type { Queryable } from '../database/sql.ts'

const idRow = v.strictObject({ id: v.string() })

/** Newest first; no numbers mean all. Merged and discarded issues, and those of the status `without`, are left out. */
export async function issueIdsOf(
  sql: Queryable,
  projectId: number,
  {
    numbers,
    statuses,
    without,
    limit
  }: { numbers: readonly number[]; statuses: readonly Status[] | null; without: Status; limit: number }
): Promise<string[]> {
  const rows = await sql.rows(idRow)`
    select id from issues where project_id = ${projectId} and merged_into is null
      and status not in ('discarded', ${without})
      ${numbers.length === 0 ? sql`` : sql`and number = any (${numbers}::bigint[])`}
      ${statuses === null ? sql`` : sql`and status = any (${statuses}::text[])`}
    order by last_seen_hour desc, id limit ${limit}`
  return rows.map(row => row.id)
}
