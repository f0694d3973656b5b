/**
 * Finds issues by when they were seen, and by the environments and the releases that they were seen in. Where releases
 * have few issues, their ids are read from the index of releases. Where they have many, each issue of the list is
 * checked by its key, which fills a page soon.
 */
import type { Pattern } from '../../events/search/query.ts'
import type { Condition } from '../search/compiled.ts'
import { matchesAny } from '../search/event-terms.ts'
import { haveFew } from './begun-with.ts'
import { hourOf, shownColumns, type SeenRange } from './conditions.ts'
import { releasesLike } from './project-releases.ts'
import type { Sql } from '../database/sql.ts'
import { issueHours, splitOf, type Split } from '../rollups/summed-hours.ts'

type Term = { patterns: readonly Pattern[]; negated: boolean }

/** Whose issues, and when they were seen. */
type Seen = { scope: { projectId: number }; seen: SeenRange; now: number }

/** In an object, because awaiting a query would send it. */
type Part = { condition: Condition }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/**
 * Issues that were seen in one of these releases, or in another, within the range; what was merged into them counts.
 */
export async function seenInReleases(
  sql: Sql,
  projectId: number,
  { from, to }: SeenRange,
  { patterns, negated }: Term
): Promise<Part> {
  const hours = sql`r.last_hour >= ${new Date(hourOf(from))}
    ${to === null ? sql`` : sql`and r.first_hour < ${new Date(to)}`}`
  const probe = (release: Condition): Condition => sql`(
    select true from issue_releases r where r.project_id = ${projectId} and r.issue_id = i.id and ${hours}
      and ${release} limit 1)
    or (i.merged_event_count is not null and (
      select true from issues c join issue_releases r on r.project_id = c.project_id and r.issue_id = c.id
      where c.project_id = ${projectId} and c.merged_into = i.id and ${hours} and ${release} limit 1))`
  if (negated) return { condition: probe(sql`not (${matchesAny(sql, sql`r.release`, patterns)})`) }

  const names = await releasesLike(sql, projectId, patterns)
  // A pattern may match many releases of which few are in the range; the project's hours tell by an index. (Hours of
  // old days are summed up at the day's first.)
  const alive = sql`array(select name from unnest(${names}::text[]) as name where exists (
    select from project_hours p where p.project_id = ${projectId} and p.release = name
      and p.hour >= ${new Date(Math.floor(from / dayMs) * dayMs)}))`
  if (!(await haveFew(sql, projectId, alive))) return { condition: probe(sql`r.release = any (${names})`) }
  // The ids stay in the database: sending a thousand of them back and forth takes longer than finding them.
  return {
    condition: sql`i.id = any (array(
      select coalesce(c.merged_into, r.issue_id) from issue_releases r
      left join issues c on c.project_id = r.project_id and c.id = r.issue_id and c.merged_into is not null
      where r.project_id = ${projectId} and r.release = any (${alive}) and ${hours}))`
  }
}

/** Issues with an event in one of these environments, or in another, within the range. */
export async function environmentPart(sql: Sql, query: Seen, { patterns, negated }: Term): Promise<Part> {
  const matching = matchesAny(sql, sql`h.environment`, patterns)
  const split = await seenHours(sql, query)
  return { condition: seenInHours(sql, query.scope.projectId, split, negated ? sql`not (${matching})` : matching) }
}

/**
 * A range that ends now has the issues whose last event is not before it. For a range in the past, the counts by hour
 * must also say that the issue had events in it.
 */
export async function seenPart(sql: Sql, query: Seen): Promise<Part> {
  const {
    scope: { projectId },
    seen: { from, to },
    now
  } = query
  const shown = shownColumns(sql)
  const begins = sql`i.last_seen_hour >= ${new Date(hourOf(from))} and ${shown.last_seen} >= ${new Date(from)}`
  if (to === null) return { condition: begins }
  const spans = sql`${begins} and ${shown.first_seen} < ${new Date(to)}`
  if (to > now - hourMs) return { condition: spans }
  return { condition: sql`${spans} and (${seenInHours(sql, projectId, await seenHours(sql, query), sql`true`)})` }
}

/** The hours of the range, or its days where the range is long. */
async function seenHours(sql: Sql, { seen: { from, to }, now }: Seen): Promise<Split> {
  return await splitOf(sql, 'issue_days', { from: hourOf(from), to: to ?? now + dayMs })
}

/**
 * Whether the hours of the range have an event of `i` or of an issue merged into it; `condition` is on a row `h`. Each
 * issue is looked up by its key: for an `exists` the planner would make a table of all hours.
 */
function seenInHours(sql: Sql, projectId: number, split: Split, condition: Condition): Condition {
  return sql`(select true from ${issueHours(sql, projectId, sql`issue_id = i.id`, split)} h where h.count > 0
    and (${condition}) limit 1)
    or (i.merged_event_count is not null and (
      select true from issues c cross join lateral ${issueHours(sql, projectId, sql`issue_id = c.id`, split)} h
      where c.project_id = ${projectId} and c.merged_into = i.id and h.count > 0 and (${condition}) limit 1))`
}
