/** How many issues began with a release: the first release that the events of an issue named. */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'

const countRow = v.strictObject({ release: v.string(), count: v.number() })

/** Issues of one release that are looked at; a release with more has at least so many. */
const issuesMax = 10_000

/** By release; releases without new issues are missing. Issues that were merged into others do not count. */
export async function newIssueCounts(
  sql: Queryable,
  projectId: number,
  releases: readonly string[]
): Promise<Map<string, number>> {
  const rows = await sql.rows(countRow)`
    select n.release, count(*) as count from unnest(${releases}::text[]) as n (release), lateral (
      select r.issue_id, coalesce(r.first_seen, r.first_hour) as first from issue_releases r
      where r.project_id = ${projectId} and r.release = n.release limit ${issuesMax}) r
    where not exists (select from issue_releases o where o.project_id = ${projectId} and o.issue_id = r.issue_id
        and coalesce(o.first_seen, o.first_hour) < r.first)
      and exists (select from issues i where i.project_id = ${projectId} and i.id = r.issue_id
        and i.merged_into is null)
    group by n.release`
  return new Map(rows.map(({ release, count }) => [release, count]))
}
