/**
 * Evaluates all threshold rules at once, in a constant number of statements. Rules without filters read the counts by
 * minute of issues. For rules with filters the matching events are counted into minutes of the rule, each event about
 * once. When whole minutes cannot decide, the part of the window's first minute is counted from events. An alert
 * resolves by itself when its value has stayed within the threshold for the window.
 */
import * as v from 'valibot'
import { retentionClasses } from '../../schema/pipeline.ts'
import { queueResolutions } from './resolutions.ts'
import { fire, type Candidate, type Fired } from './firing.ts'
import { eachClass } from '../search/event-windows.ts'
import { allWords } from '../search/word-sets.ts'
import { passing } from './passing-events.ts'
import { noteUsers, usersOver, type OverThreshold } from './user-thresholds.ts'
import { withLease, type Lease } from '../database/leases.ts'
import type { PendingQuery, Sql, TransactionSql } from '../database/sql.ts'

/**
 * A candidate whose window begins within a minute. `whole` is the count without that minute; `isDue`: the cooldown is
 * over.
 */
type Measured = Candidate & {
  threshold: number
  whole: number
  isDue: boolean
  from: Date
  until: Date
  filter: string | null
  /** Whether the filter asks for words that may be in the sets of events. */
  asksWordSets: boolean
  includesArchived: boolean
  /** Only issues that were first seen before count. */
  seenBefore: Date | null
  /** More than this is too many, beside the threshold; null when nothing is compared. */
  increasedFrom: number | null
}

type Part = PendingQuery<Record<string, unknown>>

const rowSchema = v.strictObject({
  project_id: v.number(),
  rule_id: v.string(),
  subject: v.string(),
  issue_id: v.nullable(v.string()),
  threshold: v.number(),
  window_minutes: v.number(),
  whole: v.number(),
  filter: v.nullable(v.string()),
  asks_word_sets: v.boolean(),
  includes_archived: v.boolean(),
  issue_older_than_minutes: v.nullable(v.number()),
  increase_percent: v.nullable(v.number()),
  before: v.number(),
  is_due: v.boolean()
})

const minuteMs = 60_000
/** Rules with filters count an event that is committed at most this long after it was received. */
const lateMs = 2 * minuteMs
/** A new rule with filters counts events of the last hour, and so does every rule after a longer pause. */
const catchUpMs = 60 * minuteMs
/** Most rules have a window of at most this long, so that few minutes are read for them. */
const shortMinutes = 60
const longestMinutes = 24 * 60
/** One evaluation looks at this many subjects of a rule: the ones with the most events. */
const subjectsMax = 100

/** Fires rules that are over their threshold and resolves alerts that no longer are. Returns the fired alerts. */
export async function evaluateThresholds(sql: Sql, lease: Lease, { now }: { now: number }): Promise<Fired[]> {
  await countFiltered(sql, now)
  await noteUsers(sql, { now, lateMs, catchUpMs })
  const over = [...(await exceeded(sql, await measure(sql, now))), ...(await usersOver(sql, { now, subjectsMax }))]
  const due = over.filter(({ isDue }) => isDue)
  const subjects = JSON.stringify(over.map(({ projectId, ruleId, subject }) => ({ projectId, ruleId, subject })))
  return await withLease(sql, lease, async sql => {
    await sql`
      update alerts a set over_at = ${new Date(now)}
      from json_to_recordset(${subjects}::text::json) as o ("projectId" bigint, "ruleId" uuid, subject text)
      where a.project_id = o."projectId" and a.rule_id = o."ruleId" and a.subject = o.subject and a.kind = 'threshold'
        and a.status <> 'resolved'`
    await resolveWithin(sql, now)
    return await fire(sql, due, now)
  })
}

const resolvedRow = v.strictObject({ project_id: v.number(), id: v.string() })

/** Alerts whose rule is gone, off or of another kind by now are resolved too. */
async function resolveWithin(sql: TransactionSql, now: number): Promise<void> {
  const rows = await sql.rows(resolvedRow)`
    update alerts a set status = 'resolved', resolved_at = ${new Date(now)}, changed_at = clock_timestamp()
    where a.kind = 'threshold' and a.status <> 'resolved' and (
      a.over_at <= ${new Date(now)}::timestamptz - make_interval(mins => a.window_minutes)
      or not exists (select from alert_rules r where r.project_id = a.project_id and r.id = a.rule_id and r.is_enabled
        and r.kind = 'threshold'))
    returning a.project_id, a.id`
  await queueResolutions(
    sql,
    rows.map(row => ({ projectId: row.project_id, alertId: row.id })),
    now
  )
}

const filteredRulesRow = v.strictObject({ rules: v.number(), counted: v.number(), since: v.nullable(v.date()) })

/**
 * Counts the minutes of rules with filters up to now. The last ones are counted again, for events that were committed
 * late.
 */
async function countFiltered(sql: Sql, now: number): Promise<void> {
  const [{ rules, counted, since } = { rules: 0, counted: 0, since: null }] = await sql.rows(filteredRulesRow)`
    select count(*) as rules, count(counted_until) as counted, min(counted_until) as since
    from alert_rules where is_enabled and kind = 'threshold' and filter is not null and not counts_users`
  if (rules === 0) return
  const sinceMs = counted < rules || since === null ? 0 : since.getTime() - lateMs
  const from = new Date(Math.floor(Math.max(sinceMs, now - catchUpMs) / minuteMs) * minuteMs)
  const [until, earliest] = [new Date(now), new Date(now - catchUpMs)]
  const columns = sql`e.issue_id, e.received_at, e.weight`
  await sql`
    with r as (
      update alert_rules r set counted_until = ${until}
      from (select project_id, id, counted_until from alert_rules where is_enabled and kind = 'threshold'
        and filter is not null and not counts_users for update skip locked) before
      where r.project_id = before.project_id and r.id = before.id
      returning r.project_id, r.id, r.filter, r.asks_word_sets,
        date_trunc('minute', greatest(before.counted_until - ${lateMs} * interval '1 ms', ${earliest})) as since
    )
    insert into alert_rule_minutes as m (project_id, rule_id, issue_id, minute, count)
    select e.project_id, e.id, e.issue_id, date_trunc('minute', e.received_at), sum(coalesce(e.weight, 1))
    from (${passing(sql, { columns, condition: sql`true`, from, until })}) e group by 1, 2, 3, 4
    on conflict (project_id, rule_id, minute, issue_id) do update set count = excluded.count
      where m.count <> excluded.count`
}

/**
 * The subjects of every rule that may be over their threshold: they are if all of the window's first minute counts.
 * Archived and discarded issues are left out, unless the rule includes them.
 */
async function measure(sql: Sql, now: number): Promise<Measured[]> {
  const at = new Date(now)
  // The bound of a branch lets PostgreSQL use the index by minute; without it every scan would read the minutes of a
  // day.
  // What is compared reads two windows, which a rule with filters must have counted whole.
  const countedSince = sql`${new Date(now + catchUpMs)}::timestamptz - make_interval(mins => 2 * r.window_minutes)`
  const span = sql`r.window_minutes * case when r.increase_percent is null then 1 else 2 end`
  const begin = sql`date_trunc('minute', ${at}::timestamptz - make_interval(mins => r.window_minutes))`
  const counts = (minutes: Part, which: Part, minutesMax: number) => sql`
    select r.project_id, r.id as rule_id, r.threshold, r.window_minutes, r.cooldown_minutes, r.filter::text as filter,
      r.asks_word_sets, r.includes_archived, r.issue_older_than_minutes, r.increase_percent,
      case r.scope when 'issue' then i.id end as issue_id,
      sum(m.count) filter (where m.minute >= ${begin}) as coarse,
      sum(m.count) filter (where m.minute < ${begin}) as before,
      sum(m.count) filter (where m.minute >= ${at}::timestamptz - make_interval(mins => r.window_minutes)) as whole
    from alert_rules r
    join projects p on p.id = r.project_id and p.deleted_at is null
    join ${minutes} m on m.project_id = r.project_id and m.minute <= ${at}
      and m.minute >= ${new Date(now - (minutesMax + 1) * minuteMs)}
      and m.minute >= date_trunc('minute', ${at}::timestamptz - make_interval(mins => ${span}))
    left join issues own on (r.scope = 'issue' or not r.includes_archived or r.issue_older_than_minutes is not null)
      and own.project_id = m.project_id and own.id = m.issue_id
    left join issues i on i.project_id = own.project_id and i.id = coalesce(own.merged_into, own.id)
    where r.is_enabled and r.kind = 'threshold' and not r.counts_users and ${which}
      and (r.includes_archived or i.status in ('unresolved', 'resolved')) and (r.scope = 'project' or i.id is not null)
      and (r.issue_older_than_minutes is null
        or least(i.first_seen, i.merged_first_seen)
          <= ${at}::timestamptz - make_interval(mins => r.issue_older_than_minutes))
      and (r.increase_percent is null or r.filter is null or r.updated_at <= ${countedSince})
    group by r.project_id, r.id, case r.scope when 'issue' then i.id end`
  const rows = await sql.rows(rowSchema)`
    select project_id, rule_id, coalesce(issue_id::text, 'project') as subject, issue_id, threshold, window_minutes,
      filter, asks_word_sets, includes_archived, issue_older_than_minutes, increase_percent,
      coalesce(before, 0)::bigint as before,
      coalesce(whole, 0)::bigint as whole,
      not exists (
        select from alert_firings f where f.project_id = ranked.project_id and f.rule_id = ranked.rule_id
          and f.subject = coalesce(issue_id::text, 'project')
          and f.fired_at > ${at}::timestamptz - make_interval(mins => cooldown_minutes)) as is_due
    from (
      select c.*, row_number() over (partition by project_id, rule_id order by coarse desc, issue_id) as rank from (
        ${counts(sql`issue_minutes`, sql`r.filter is null and ${span} <= ${shortMinutes}`, shortMinutes)}
          union all
        ${counts(sql`issue_minutes`, sql`r.filter is null and ${span} > ${shortMinutes}`, longestMinutes)}
          union all
        ${counts(sql`alert_rule_minutes`, sql`r.filter is not null and m.rule_id = r.id`, longestMinutes)}
      ) c where coarse > threshold
    ) ranked where rank <= ${subjectsMax}`
  return rows.map(row => {
    const from = now - row.window_minutes * minuteMs
    return {
      projectId: row.project_id,
      ruleId: row.rule_id,
      subject: row.subject,
      issueId: row.issue_id,
      eventId: null,
      value: null,
      threshold: row.threshold,
      whole: row.whole,
      isDue: row.is_due,
      from: new Date(from),
      until: new Date(Math.ceil(from / minuteMs) * minuteMs),
      filter: row.filter,
      asksWordSets: row.asks_word_sets,
      includesArchived: row.includes_archived,
      seenBefore:
        row.issue_older_than_minutes === null ? null : new Date(now - row.issue_older_than_minutes * minuteMs),
      increasedFrom: row.increase_percent === null ? null : (row.before * (100 + row.increase_percent)) / 100
    }
  })
}

/**
 * Adds the events of the first, partial minute where they decide or are shown, and keeps the subjects over their
 * threshold.
 */
async function exceeded(sql: Sql, measured: readonly Measured[]): Promise<OverThreshold[]> {
  const isOver = ({ threshold, increasedFrom }: Measured, value: number): boolean =>
    value > threshold && (increasedFrom === null || value > increasedFrom)
  const open = measured.filter(row => row.isDue || !isOver(row, row.whole))
  const rests = await restsOf(sql, open)
  return measured.flatMap(row => {
    const { projectId, ruleId, subject, issueId, eventId, isDue } = row
    const value = row.whole + (rests.get(`${ruleId} ${subject}`) ?? 0)
    return isOver(row, value) ? [{ projectId, ruleId, subject, issueId, eventId, isDue, value }] : []
  })
}

const restRow = v.strictObject({ key: v.string(), rest: v.number() })

/** By rule and subject. */
async function restsOf(sql: Sql, measured: readonly Measured[]): Promise<Map<string, number>> {
  const from = new Date(Math.min(Date.now(), ...measured.map(row => row.from.getTime())))
  const until = new Date(Math.max(0, ...measured.map(row => row.until.getTime())))
  const events = eachClass(
    sql,
    retentionClasses,
    retentionDays => sql`
    select coalesce(sum(coalesce(e.weight, 1)), 0) as count from events e
    where e.retention_days = ${retentionDays} and e.received_at >= ${from} and e.received_at < ${until}
      and e.project_id = c."projectId" and e.received_at >= c.from and e.received_at < c.until
      and case when c.filter is null then true
        when c."asksWordSets" then ${allWords(sql, 'e')} @@ c.filter::tsquery else e.search @@ c.filter::tsquery end
      and (c."issueId" is not null or (c."includesArchived" and c."seenBefore" is null) or exists (
        select from issues own join issues i on i.project_id = own.project_id
          and i.id = coalesce(own.merged_into, own.id)
        where own.project_id = e.project_id and own.id = e.issue_id
          and (c."includesArchived" or i.status in ('unresolved', 'resolved'))
          and (c."seenBefore" is null or least(i.first_seen, i.merged_first_seen) <= c."seenBefore")))
      and (c."issueId" is null or e.issue_id = c."issueId"
        or e.issue_id in (select id from issues i where i.project_id = c."projectId" and i.merged_into = c."issueId"))`
  )
  const rows = await sql.rows(restRow)`
    select c."ruleId" || ' ' || c.subject as key, (select sum(count) from (${events}) e)::bigint as rest
    from json_to_recordset(${JSON.stringify(measured)}::text::json) as c
      ("projectId" bigint, "ruleId" text, subject text, "issueId" uuid, "from" timestamptz, until timestamptz,
        filter text, "asksWordSets" boolean, "includesArchived" boolean, "seenBefore" timestamptz)`
  return new Map(rows.map(row => [row.key, row.rest]))
}

/** Removes the minutes that no window reaches any more. */
export async function forgetRuleMinutes(sql: Sql, { now, rowsMax }: { now: number; rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from alert_rule_minutes where ctid = any (array(
      select ctid from alert_rule_minutes where minute < ${new Date(now)}::timestamptz - interval '25 hours'
        order by minute limit ${rowsMax}))`
  return count
}
