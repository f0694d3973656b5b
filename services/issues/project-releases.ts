/**
 * The releases of a project as its issues know them, by walking an index from name to name. At most `namesMax` names
 * are read. Releases that were too many in a day have no name in the rollups and are missing here.
 */
import * as v from 'valibot'
import type { Release } from '../../events/releases.ts'
import type { Pattern } from '../../events/search/query.ts'
import { matchesAny } from '../search/event-terms.ts'
import { isExact } from '../search/patterns.ts'
import { eachClass, inWindow, leastId, newestDays, retentionClassesOf } from '../search/event-windows.ts'
import { other } from '../rollups/bounds.ts'
import type { Queryable } from '../database/sql.ts'

const namesMax = 5_000
/** At least as many as may be committed before the rollups count them. */
const newestEvents = 5_000
const aheadMs = 60_000

const seenRow = v.strictObject({ release: v.string(), first_seen: v.date() })

/** The newest releases with the moments when they were first seen. */
export async function newestReleases(sql: Queryable, projectId: number): Promise<Release[]> {
  const rows = await sql.rows(seenRow)`
    select release, first_seen from project_releases where project_id = ${projectId} and release <> ${other}
    order by first_seen desc, release limit ${namesMax}`
  return rows.map(row => ({ version: row.release, firstSeen: row.first_seen.getTime() }))
}

const releaseRow = v.strictObject({ release: v.string() })

/** Every release that an event has named until now. The rollups lag by a moment, so the newest events are read too. */
export async function knownReleases(sql: Queryable, projectId: number, now: number): Promise<string[]> {
  // Around midnight the newest events are of two days.
  const window = newestDays({ at: now + aheadMs, id: leastId }, 2, 0)
  const newest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.release from events e where e.project_id = ${projectId} and ${inWindow(sql, window, retentionDays)}
      order by e.received_at desc, e.id desc limit ${newestEvents}`
  )
  const [seen, rows] = await Promise.all([
    releasesLike(sql, projectId, [['', '']]),
    sql.rows(releaseRow)`select distinct release from (${newest}) e where release <> ''`
  ])
  return [...new Set([...seen, ...rows.map(row => row.release)])]
}

const nameRow = v.strictObject({ name: v.string() })

/** The releases that match one of the patterns; exact names are returned as they are. */
export async function releasesLike(sql: Queryable, projectId: number, patterns: readonly Pattern[]): Promise<string[]> {
  const exact = patterns.filter(isExact).map(([name]) => name)
  const open = patterns.filter(pattern => !isExact(pattern))
  if (open.length === 0) return exact
  const rows = await sql.rows(nameRow)`
    with recursive names as (
      (select release as name from issue_releases where project_id = ${projectId} order by release limit 1)
      union all
      select (select r.release from issue_releases r where r.project_id = ${projectId} and r.release > n.name
        order by r.release limit 1)
      from names n where n.name is not null
    ), first as (select name from names where name is not null and name <> ${other} limit ${namesMax})
    select name from first where ${matchesAny(sql, sql`name`, open)}`
  return [...exact, ...rows.map(row => row.name)]
}
