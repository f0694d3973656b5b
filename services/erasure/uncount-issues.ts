/** Takes erased events out of the rollups of their issues, and users whom these have lost out of their counts. */
import * as v from 'valibot'
import { countedAgain, countsOf } from '../issues/archives.ts'
import { lockFamilies, type LockedIssue } from '../issues/locks.ts'
import { sumFamily } from '../issues/merges.ts'
import { other } from '../rollups/bounds.ts'
import type { TransactionSql } from '../database/sql.ts'
import { issuesLeft, spansLeft, type IssueRelease } from './left.ts'
import { startOf, tally, type UncountedEvent } from './uncounted.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

export async function uncountIssues(
  sql: TransactionSql,
  projectId: number,
  events: readonly UncountedEvent[]
): Promise<void> {
  await uncountMinutes(sql, projectId, events)
  await uncountHours(sql, projectId, events)
  await uncountReleases(sql, projectId, events)
  await uncountUsers(sql, projectId, events)
}

async function uncountMinutes(
  sql: TransactionSql,
  projectId: number,
  events: readonly UncountedEvent[]
): Promise<void> {
  const minutes = JSON.stringify(
    tally(events, ({ issue_id: issue, received_at: at }) => ({ issue, minute: startOf(at, minuteMs) }))
  )
  await sql`
    update issue_minutes m set count = greatest(m.count - r.count, 0)
    from json_to_recordset(${minutes}::text::json) as r (issue uuid, minute timestamptz, count bigint)
    where m.project_id = ${projectId} and m.issue_id = r.issue and m.minute = r.minute`
  await sql`
    delete from issue_minutes m using json_to_recordset(${minutes}::text::json) as r (issue uuid, minute timestamptz)
    where m.project_id = ${projectId} and m.issue_id = r.issue and m.minute = r.minute and m.count = 0`
}

async function uncountHours(sql: TransactionSql, projectId: number, events: readonly UncountedEvent[]): Promise<void> {
  const hours = JSON.stringify(
    tally(events, ({ issue_id: issue, received_at: at, environment }) => ({
      issue,
      hour: startOf(at, hourMs),
      environment
    }))
  )
  await sql`
    with taken as (
      select h.issue_id, h.hour, h.environment, sum(r.count)::bigint as count
      from json_to_recordset(${hours}::text::json) as r (issue uuid, hour timestamptz, environment text, count bigint)
      cross join lateral (
        select * from issue_hours h where h.project_id = ${projectId} and h.issue_id = r.issue and h.hour = r.hour
          and h.environment in (r.environment, ${other}) order by h.environment = r.environment desc limit 1
      ) h group by 1, 2, 3
    )
    update issue_hours h set count = greatest(h.count - t.count, 0) from taken t
    where h.project_id = ${projectId} and h.issue_id = t.issue_id and h.hour = t.hour
      and h.environment = t.environment`
  const those = sql`json_to_recordset(${hours}::text::json) as r (issue uuid, hour timestamptz)`
  await sql`
    delete from issue_hours h using ${those}
    where h.project_id = ${projectId} and h.issue_id = r.issue and h.hour = r.hour and h.count = 0`
  await sql`
    delete from issue_days d using ${those} where d.project_id = ${projectId} and d.issue_id = r.issue
      and d.day = (r.hour at time zone 'utc')::date and d.count <= 0`
}

const pairRow = v.strictObject({ issue: v.string(), release: v.string() })

/** Only where an erased event may have been the first or in the last hour. What came before is kept, though expired. */
async function uncountReleases(
  sql: TransactionSql,
  projectId: number,
  events: readonly UncountedEvent[]
): Promise<void> {
  const spans = new Map<string, IssueRelease & { first: number; last: number }>()
  for (const { issue_id: issue, release, received_at: time } of events) {
    const at = time.getTime()
    const known = spans.get(`${issue} ${release}`) ?? { issue, release, first: at, last: at }
    spans.set(`${issue} ${release}`, { ...known, first: Math.min(at, known.first), last: Math.max(at, known.last) })
  }
  const erased = JSON.stringify(
    [...spans.values()].map(({ first, last, ...pair }) => ({ ...pair, first: new Date(first), last: new Date(last) }))
  )
  const those = sql`json_to_recordset(${erased}::text::json) as e (issue uuid, release text, first timestamptz,
    last timestamptz)`
  const isFirst = sql`coalesce(r.first_seen >= e.first, r.first_hour >= date_trunc('hour', e.first, 'UTC'))`
  const pairs = await sql.rows(pairRow)`
    select e.issue, e.release from ${those} join issue_releases r
      on r.project_id = ${projectId} and r.issue_id = e.issue and r.release = e.release
    where ${isFirst} or r.last_hour <= e.last`
  const left = JSON.stringify(await spansLeft(sql, projectId, pairs))
  const ofLeft = sql`json_to_recordset(${left}::text::json) as l (issue uuid, release text, first timestamptz,
    last timestamptz)`
  await sql`
    update issue_releases r set
      first_seen = case when ${isFirst} and r.first_seen is not null then l.first else r.first_seen end,
      first_hour = case when ${isFirst} then date_trunc('hour', l.first, 'UTC') else r.first_hour end,
      last_hour = date_trunc('hour', l.last, 'UTC')
    from ${those} join ${ofLeft} on l.issue = e.issue and l.release = e.release
    where r.project_id = ${projectId} and r.issue_id = e.issue and r.release = e.release`
  await sql`
    delete from issue_releases r using ${those} where r.project_id = ${projectId} and r.issue_id = e.issue
      and r.release = e.release and ${isFirst}
      and not exists (select from ${ofLeft} where l.issue = e.issue and l.release = e.release)`
}

const lostRow = v.strictObject({ issue_id: v.string() })

async function uncountUsers(sql: TransactionSql, projectId: number, events: readonly UncountedEvent[]): Promise<void> {
  const lost: string[] = []
  const users = tally(events, ({ user_hash: hash, user }) => ({ hash, user })).filter(({ hash }) => hash !== null)
  for (const user of users) {
    const theirs = events.filter(event => event.user_hash === user.hash).map(event => event.issue_id)
    const issues = [...new Set(theirs)]
    const left = new Set(await issuesLeft(sql, projectId, user, issues))
    const rows = await sql.rows(lostRow)`
      delete from issue_users where project_id = ${projectId} and user_hash = ${user.hash}::bigint
        and issue_id = any (${issues.filter(id => !left.has(id))}::uuid[])
      returning issue_id`
    lost.push(...rows.map(row => row.issue_id))
  }
  if (lost.length > 0) await lowerUsers(sql, projectId, lost)
}

/** `lost` names an issue once for each user. */
async function lowerUsers(sql: TransactionSql, projectId: number, lost: readonly string[]): Promise<void> {
  const locked = await lockFamilies(sql, projectId, lost)
  if (locked === null) throw new Error('issues were merged while events of theirs were erased; trying again')
  const roots = rootsOfLost(locked, lost)
  const before = new Map<string, Awaited<ReturnType<typeof countsOf>>>()
  for (const { id } of roots) before.set(id, await countsOf(sql, projectId, id))
  await sql`
    update issues i set user_count = greatest(i.user_count - l.count, 0),
      user_magnitude = magnitude(greatest(i.user_count - l.count, 0) + coalesce(i.merged_user_count, 0))
    from (select id, count(*) as count from unnest(${lost}::uuid[]) id group by id) l
    where i.project_id = ${projectId} and i.id = l.id`
  for (const { id, isFamily } of roots) {
    if (isFamily) await sumFamily(sql, projectId, id)
    await countedAgain(sql, projectId, id, before.get(id))
  }
}

function rootsOfLost(locked: readonly LockedIssue[], lost: readonly string[]): { id: string; isFamily: boolean }[] {
  const wanted = new Set(lost)
  const touched = locked.filter(({ id }) => wanted.has(id)).map(issue => issue.merged_into ?? issue.id)
  return [...new Set(touched)].map(id => ({ id, isFamily: locked.some(issue => issue.merged_into === id) }))
}
