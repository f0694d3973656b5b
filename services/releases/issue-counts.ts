/**
 * Which issues began with a release, regressed in it, or were resolved in it; merged issues count as one. An issue
 * begins with the first release that its events name. Discarded issues do not count.
 */
import * as v from 'valibot'
import type { PendingQuery, Queryable } from '../database/sql.ts'

type Part = PendingQuery<Record<string, unknown>>

export const issueKinds = ['new', 'regressed', 'resolved'] as const
export type IssueKind = (typeof issueKinds)[number]

const countRow = v.strictObject({ release: v.string(), count: v.number() })

/** By release; releases without such issues are missing. */
export async function issueCounts(
  sql: Queryable,
  projectId: number,
  kind: IssueKind,
  releases: readonly string[]
): Promise<Map<string, number>> {
  const rows = await sql.rows(countRow)`
    select release, count(distinct id) as count from (${rootsOf(sql, projectId, kind, releases)}) r group by release`
  return new Map(rows.map(({ release, count }) => [release, count]))
}

const idRow = v.strictObject({ id: v.string() })

/** Their ids, those with most events first. */
export async function issuesOfRelease(
  sql: Queryable,
  projectId: number,
  kind: IssueKind,
  release: string,
  { offset, limit }: { offset: number; limit: number }
): Promise<string[]> {
  const rows = await sql.rows(idRow)`
    select r.id from (select distinct id from (${rootsOf(sql, projectId, kind, [release])}) r) r
      join issues i on i.id = r.id
    order by i.event_count + coalesce(i.merged_event_count, 0) desc, r.id offset ${offset} limit ${limit}`
  return rows.map(({ id }) => id)
}

/** Rows of `release, id`, where `id` is the root of a family. */
function rootsOf(sql: Queryable, projectId: number, kind: IssueKind, releases: readonly string[]): Part {
  switch (kind) {
    case 'new':
      return begun(sql, projectId, releases)
    case 'regressed':
      return sql`
        select a.data ->> 'release' as release, coalesce(i.merged_into, i.id) as id
        from issue_activity a join issues i on i.id = a.issue_id
        where a.project_id = ${projectId} and a.kind = 'regressed' and a.data ->> 'release' = any (${releases})
          and i.status <> 'discarded'`
    case 'resolved':
      return sql`
        select i.resolved_in_release as release, i.id from issues i where i.project_id = ${projectId}
          and i.status = 'resolved' and i.resolved_in_release = any (${releases}) and i.merged_into is null`
  }
}

/**
 * What was merged may have begun earlier than what it was merged into, and the other way round. Issues that are merged
 * or discarded are few: reading them apart, the many others need not be looked up.
 */
function begun(sql: Queryable, projectId: number, releases: readonly string[]): Part {
  return sql`
    with special as materialized (
      select id, merged_into, false as is_discarded from issues
      where project_id = ${projectId} and merged_into is not null
      union all
      select id, null, true from issues
      where project_id = ${projectId} and merged_into is null and status = 'discarded'
    ), merged as materialized (
      select m.merged_into as root, o.first_seen, o.release from special m
        join issue_begins o on o.project_id = ${projectId} and o.issue_id = m.id
      where m.merged_into is not null
    )
    select b.release, coalesce(s.merged_into, b.issue_id) as id from issue_begins b
      left join special s on s.id = b.issue_id left join special r on r.id = s.merged_into
    where b.project_id = ${projectId} and b.release = any (${releases})
      and s.is_discarded is not true and r.is_discarded is not true
      and not exists (
        select from merged o where o.root = coalesce(s.merged_into, b.issue_id)
          and (o.first_seen, o.release) < (b.first_seen, b.release))
      and (s.merged_into is null or not exists (
        select from issue_begins o where o.project_id = ${projectId} and o.issue_id = s.merged_into
          and (o.first_seen, o.release) < (b.first_seen, b.release)))`
}
