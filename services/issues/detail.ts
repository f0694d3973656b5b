/**
 * One issue with all that its page shows beside the events. Each part has a bound, so the cost does not grow with the
 * issue.
 */
import * as v from 'valibot'
import type { IssueDetailBody, IssueItem } from '../../schema/api/issues.ts'
import { compareReleases } from '../../events/releases.ts'
import { retentionClassesOf } from '../search/event-windows.ts'
import { listIssueEvents } from '../events/of-issue.ts'
import { shownColumns } from './conditions.ts'
import { issueItems } from './items.ts'
import { familyOf } from '../search/issue-roots.ts'
import { shownTitles } from '../search/issue-titles.ts'
import { issueTagTops } from './tags.ts'
import { other } from '../rollups/bounds.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const mergedShownMax = 100
const nothing = { where: null, tags: [], levels: [], environments: [], releases: [], users: [] }

const rowSchema = v.strictObject({
  platform: v.string(),
  fingerprint: v.string(),
  waits: v.boolean(),
  resolved_in_release: v.nullable(v.string()),
  resolved_in_commit: v.nullable(v.string()),
  rule: v.nullable(v.string()),
  version: v.nullable(v.string()),
  components: v.unknown(),
  first_seen: v.date(),
  last_seen: v.date()
})

/** Null when it is gone. */
export async function loadIssueDetail(
  sql: Sql,
  { projectId, slug, rootId }: { projectId: number; slug: string; rootId: string },
  now: number
): Promise<IssueDetailBody | null> {
  const [[item], rest] = await Promise.all([
    issueItems(sql, projectId, [rootId], { filter: null, now }),
    besideItem(sql, { projectId, slug, rootId })
  ])
  return item === undefined || rest === null ? null : { ...item, ...rest }
}

/** What lists do not show. It waits for no number of the list's. */
async function besideItem(
  sql: Sql,
  { projectId, slug, rootId }: { projectId: number; slug: string; rootId: string }
): Promise<Omit<IssueDetailBody, keyof IssueItem> | null> {
  const shown = shownColumns(sql)
  const [[row], classes, ids] = await Promise.all([
    sql.rows(rowSchema)`
      select i.platform, encode(i.fingerprint, 'hex') as fingerprint, i.resolved_releases is not null as waits,
        i.resolved_in_release, i.resolved_in_commit, g.rule, g.version, g.components,
        ${shown.first_seen} as first_seen, ${shown.last_seen} as last_seen
      from issues i left join issue_groupings g on g.project_id = i.project_id and g.issue_id = i.id
        where i.project_id = ${projectId} and i.id = ${rootId}`,
    retentionClassesOf(sql, projectId),
    familyOf(sql, projectId, rootId)
  ])
  if (row === undefined) return null
  const life = { rootId, firstSeen: row.first_seen.getTime(), lastSeen: row.last_seen.getTime() }
  const [releases, tags, latest, merged] = await Promise.all([
    releasesOf(sql, projectId, ids),
    issueTagTops(sql, { projectId, classes, ids }, life),
    listIssueEvents(sql, { projectId, classes, filter: nothing, search: null }, life, {
      before: null,
      from: 0,
      limit: 1
    }),
    mergedInto(sql, projectId, rootId, slug)
  ])
  return {
    project: { id: String(projectId), slug },
    platform: row.platform,
    fingerprint: row.fingerprint,
    grouping: {
      rule: row.rule ?? '',
      version: row.version ?? '',
      components: Array.isArray(row.components) ? row.components.map(String) : []
    },
    releases,
    tags,
    latest_event: latest.items[0] ?? null,
    merged,
    resolved_in_next_release: row.waits,
    resolved_in_release: row.resolved_in_release,
    resolved_in_commit: row.resolved_in_commit
  }
}

const releaseRow = v.strictObject({ release: v.string(), first: v.date(), last: v.date() })

/**
 * The release of the first event that had one, and of the last hour in which one had; of several in one hour the
 * highest.
 */
async function releasesOf(
  sql: Queryable,
  projectId: number,
  ids: readonly string[]
): Promise<{ first: string | null; last: string | null }> {
  const rows = await sql.rows(releaseRow)`
    with seen as (
      select release, min(coalesce(first_seen, first_hour)) as first, max(last_hour) as last from issue_releases
      where project_id = ${projectId} and issue_id = any (${ids}::uuid[]) and release <> ${other} group by release
    ) select release, first, last from seen where first = (select min(first) from seen)
      or last = (select max(last) from seen)`
  const inOrder = rows
    .map(row => ({ version: row.release, firstSeen: row.first.getTime(), lastSeen: row.last.getTime() }))
    .sort(compareReleases)
  const [first, last] = [Math.min(...inOrder.map(row => row.firstSeen)), Math.max(...inOrder.map(row => row.lastSeen))]
  return {
    first: inOrder.find(row => row.firstSeen === first)?.version ?? null,
    last: inOrder.findLast(row => row.lastSeen === last)?.version ?? null
  }
}

const mergedRow = v.strictObject({ id: v.string(), number: v.number(), title: v.string(), event_count: v.number() })

async function mergedInto(
  sql: Queryable,
  projectId: number,
  rootId: string,
  slug: string
): Promise<IssueDetailBody['merged']> {
  const rows = await sql.rows(mergedRow)`
    select id, number, ${shownTitles(sql).title} as title, event_count
    from issues i where project_id = ${projectId} and merged_into = ${rootId}
      order by event_count desc, id limit ${mergedShownMax}`
  return rows.map(({ number, ...row }) => ({ ...row, short_id: `${slug.toUpperCase()}-${number}` }))
}
