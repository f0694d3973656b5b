/**
 * Finds issues by the releases that they were seen in, and by the one that they began with. Where these releases have
 * few issues, their ids are read from the index of releases. Where they have many, each issue of the list is checked by
 * its key, which fills a page soon.
 */
import * as v from 'valibot'
import type { Pattern } from '../../events/search/query.ts'
import { matchesAny, not, type Condition } from '../search/event-terms.ts'
import { isExact } from '../search/patterns.ts'
import { hourOf, type SeenRange } from './conditions.ts'
import { releasesLike } from './project-releases.ts'
import type { Queryable, Sql } from '../database/sql.ts'

type ReleaseTerm = { patterns: readonly Pattern[]; negated: boolean }

/** In an object, because awaiting a query would send it. */
type Part = { condition: Condition }

/** Issues of releases that are read at once. */
const fewMax = 4_000
const dayMs = 86_400_000

/**
 * Issues that were seen in one of these releases, or in another, within the range; what was merged into them counts.
 */
export async function seenInReleases(
  sql: Sql,
  projectId: number,
  { from, to }: SeenRange,
  { patterns, negated }: ReleaseTerm
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

/** Issues that began with one of these releases, or did not. */
export async function begunWithReleases(
  sql: Sql,
  projectId: number,
  { patterns, negated }: ReleaseTerm
): Promise<Part> {
  const first = sql`r.project_id = ${projectId} and ${matchesAny(sql, sql`r.release`, patterns)}
    and not exists (select from issue_releases o where o.project_id = ${projectId} and o.issue_id = r.issue_id
      and coalesce(o.first_seen, o.first_hour) < coalesce(r.first_seen, r.first_hour))`
  const names = patterns.filter(isExact).map(([name]) => name)
  const areFew = !negated && names.length === patterns.length && (await haveFew(sql, projectId, sql`${names}::text[]`))
  return {
    condition: areFew
      ? sql`i.id = any (array(select r.issue_id from issue_releases r where ${first}))`
      : not(sql, negated, sql`exists (select from issue_releases r where r.issue_id = i.id and ${first})`)
  }
}

const fewRow = v.strictObject({ few: v.boolean() })

async function haveFew(sql: Queryable, projectId: number, names: Condition): Promise<boolean> {
  const [row] = await sql.rows(fewRow)`
    select count(*) <= ${fewMax} as few
      from (select from issue_releases r where r.project_id = ${projectId} and r.release = any (${names})
        limit ${fewMax + 1}) r`
  return row?.few === true
}
