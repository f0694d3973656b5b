/**
 * Takes erased events out of the rollups, some of them in one transaction, once the folds have counted them. Meanwhile
 * no fold runs: nodes remember what they wrote of users and releases, and must forget it before they write again
 * (services/rollups/fold-memory.ts). Tables are written in the order of the folds.
 */
import { other } from '../rollups/bounds.ts'
import { foldsLock } from '../rollups/fold.ts'
import type { TransactionSql } from '../database/sql.ts'
import { subtractFromHours, type HourRow } from './hours.ts'
import { subtractSamples } from '../rollups/samples.ts'
import { uncountIssues } from './uncount-issues.ts'
import { hoursWithout, usersLeft } from './left.ts'
import { startOf, tally, uncountedRow, type UncountedEvent } from './uncounted.ts'

export type Uncounting = { erasureId: string; projectId: number; rowsMax: number }

/** No fold runs for as long as this takes. */
const eventsMax = 1_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** `waiting`: folds have not counted some of the events yet. */
export async function uncount(
  sql: TransactionSql,
  { erasureId, projectId, rowsMax }: Uncounting
): Promise<'done' | 'more' | 'waiting'> {
  const { count } = await sql`
    select from erased_events where project_id = ${projectId} and erasure_id = ${erasureId} limit 1`
  if (count === 0) return 'done'
  await sql`select pg_advisory_xact_lock(hashtext(${foldsLock}))`
  const events = await sql.rows(uncountedRow)`
    delete from erased_events where project_id = ${projectId} and erasure_id = ${erasureId} and id = any (array(
      select id from erased_events where project_id = ${projectId} and erasure_id = ${erasureId}
        and erased_at < (select coalesce(min(created_at), 'infinity') from rollup_deltas)
      order by id limit ${Math.min(rowsMax, eventsMax)}))
    returning issue_id, received_at, user_hash::text as user_hash, "user", level, environment, release, bytes,
      weight, tags`
  if (events.length === 0) return 'waiting'
  await sql`select nextval('rollups_taken_away')`
  await uncountOutcomes(sql, projectId, events)
  await subtractFromHours(sql, projectId, volumesOf(events))
  await uncountTags(sql, projectId, events)
  await uncountUsers(sql, projectId, events)
  await uncountIssues(sql, projectId, events)
  await subtractSamples(sql, projectId, events)
  await uncountReleases(sql, projectId, events)
  return 'more'
}

/** Of outcomes an event is one, whatever it stands for. */
async function uncountOutcomes(
  sql: TransactionSql,
  projectId: number,
  events: readonly UncountedEvent[]
): Promise<void> {
  const rows = events.map(event => ({ ...event, weight: 1 }))
  const hours = tally(rows, event => ({ hour: startOf(event.received_at, hourMs) }))
  await sql`
    update outcome_hours o set count = greatest(o.count - r.count, 0)
    from json_to_recordset(${JSON.stringify(hours)}::text::json) as r (hour timestamptz, count bigint)
    where o.project_id = ${projectId} and o.hour = r.hour and o.outcome = 'stored' and o.reason = ''`
  await sql`
    delete from outcome_hours where project_id = ${projectId} and hour = any (${hours.map(({ hour }) => hour)})
      and outcome = 'stored' and count = 0`
}

function volumesOf(events: readonly UncountedEvent[]): HourRow[] {
  const volumes = new Map<string, HourRow>()
  for (const { received_at: at, level, environment, release, bytes, weight } of events) {
    const hour = startOf(at, hourMs)
    const key = JSON.stringify([hour, level, environment, release])
    const known = volumes.get(key) ?? { hour, level, environment, release, count: 0, bytes: 0 }
    volumes.set(key, { ...known, count: known.count + weight, bytes: known.bytes + bytes })
  }
  return [...volumes.values()]
}

/** A value without a row of its own was counted as `(other)`, and one of a key too many was not counted. */
async function uncountTags(sql: TransactionSql, projectId: number, events: readonly UncountedEvent[]): Promise<void> {
  const counts = new Map<string, { day: string; key: string; value: string; count: number }>()
  for (const { received_at: at, tags, weight } of events) {
    const day = startOf(at, dayMs).toISOString().slice(0, 10)
    for (let index = 0; index + 1 < tags.length; index += 2) {
      const [key = '', value = ''] = tags.slice(index, index + 2)
      const text = JSON.stringify([day, key, value])
      const known = counts.get(text) ?? { day, key, value, count: 0 }
      counts.set(text, { ...known, count: known.count + weight })
    }
  }
  const rows = JSON.stringify([...counts.values()])
  await sql`
    with taken as (
      select t.day, t.key, t.value, sum(r.count)::bigint as count
      from json_to_recordset(${rows}::text::json) as r (day date, key text, value text, count bigint)
      cross join lateral (
        select * from tag_days t where t.project_id = ${projectId} and t.day = r.day and t.key = r.key
          and t.value in (r.value, ${other}) order by t.value = r.value desc limit 1
      ) t group by 1, 2, 3
    )
    update tag_days t set count = greatest(t.count - taken.count, 0) from taken
    where t.project_id = ${projectId} and t.day = taken.day and t.key = taken.key and t.value = taken.value`
  await sql`
    delete from tag_days t using (
      select distinct day, key from json_to_recordset(${rows}::text::json) as r (day date, key text)
    ) r where t.project_id = ${projectId} and t.day = r.day and t.key = r.key and t.count = 0`
}

/** A user without any event left is none of the project's. */
async function uncountUsers(sql: TransactionSql, projectId: number, events: readonly UncountedEvent[]): Promise<void> {
  const users = tally(events, ({ user_hash: hash, user }) => ({ hash, user })).filter(({ hash }) => hash !== null)
  const left = await usersLeft(sql, projectId, users)
  await sql`
    update project_users u set last_hour = r.hour
    from json_to_recordset(${JSON.stringify(left)}::text::json) as r (hash bigint, hour timestamptz)
    where u.project_id = ${projectId} and u.user_hash = r.hash and u.last_hour > r.hour`
  await sql`
    delete from project_users where project_id = ${projectId}
      and user_hash = any (${users.map(({ hash }) => hash)}::bigint[])
      and user_hash <> all (${left.map(({ hash }) => hash)}::bigint[])`
}

/** Releases of the project are those of its issues. Where the last event is erased, the last hour stands for it. */
async function uncountReleases(
  sql: TransactionSql,
  projectId: number,
  events: readonly UncountedEvent[]
): Promise<void> {
  const releases = [...new Set(events.map(({ release }) => release))].filter(release => release !== '')
  const emptied = await hoursWithout(sql, projectId, releases)
  await sql`delete from project_releases where project_id = ${projectId} and release = any (${emptied})`
  await sql`
    update project_releases p set first_seen = r.first_seen from (
      select release, min(coalesce(first_seen, first_hour)) as first_seen from issue_releases
      where project_id = ${projectId} and release = any (${releases}) group by release
    ) r join (
      select release, min(at) as at from unnest(${events.map(({ release }) => release)}::text[],
        ${events.map(event => event.received_at)}::timestamptz[]) as e (release, at) group by release
    ) e using (release)
    where p.project_id = ${projectId} and p.release = r.release and p.first_seen >= e.at
      and p.first_seen < r.first_seen`
  await sql`
    update project_releases p set last_seen = greatest(p.first_seen, (
      select hour from project_hours h where h.project_id = p.project_id and h.release = p.release
      order by hour desc limit 1))
    from (
      select release, max(at) as at from unnest(${events.map(({ release }) => release)}::text[],
        ${events.map(event => event.received_at)}::timestamptz[]) as e (release, at) group by release
    ) e where p.project_id = ${projectId} and p.release = e.release and p.last_seen <= e.at`
}
