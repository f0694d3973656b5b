/** The names that short ids of a project may begin with. */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'

const slugRow = v.strictObject({ slug: v.string() })

/** Those that it had and that no other project of its organization has now, then the one that it has. */
export async function slugsOf(sql: Queryable, projectId: number): Promise<string[]> {
  const rows = await sql.rows(slugRow)`
    select slug from (
      select f.slug, 0 as place from former_project_slugs f where f.project_id = ${projectId} and not exists (
        select from projects o where o.organization_id = f.organization_id and o.slug = f.slug and o.deleted_at is null)
      union all select p.slug, 1 from projects p where p.id = ${projectId}) s order by place`
  return rows.map(row => row.slug.toLowerCase())
}
