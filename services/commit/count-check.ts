/**
 * Recomputes from the rows of `events` what commits and folds have counted, and returns the differences. An empty list
 * means that every stored event is there once and counted everywhere exactly once. For tests and benchmarks: it reads
 * everything. An event that stands for several counts as those. It folds waiting deltas first, and is right only while
 * nothing commits and no issue was deleted. Erased events leave no difference once their erasures are finished. Where a
 * day has more values of a tag than are counted, nodes may count a value as '(other)' for a while: such counts may be
 * too low, never too high.
 */
import * as v from 'valibot'
import { foldRollups } from '../rollups/fold.ts'
import type { Sql } from '../database/sql.ts'

export type Difference = { check: string; subject: string; expected: string; actual: string }

const differenceRows = v.array(
  v.strictObject({ subject: v.string(), expected: v.nullable(v.string()), actual: v.nullable(v.string()) })
)

/** The most differences of one check, so that a broken run gives a readable list. */
const differencesMax = 20

/** `since` leaves out issues and hours that began before it. */
export async function audit(sql: Sql, since = new Date(0)): Promise<Difference[]> {
  await foldAll(sql)
  const hour = new Date(Math.ceil(since.getTime() / 3_600_000) * 3_600_000).toISOString()
  const differences: Difference[] = []
  for (const [check, query] of Object.entries(checks)) {
    const rows = await sql.unsafe(`${query} limit ${differencesMax}`, [hour])
    for (const { subject, expected, actual } of v.parse(differenceRows, rows)) {
      differences.push({ check, subject, expected: expected ?? 'none', actual: actual ?? 'none' })
    }
  }
  return differences
}

/**
 * Folds until no delta is left. A fold passes over the deltas that another node is folding, so those are waited for.
 */
export async function foldAll(sql: Sql): Promise<void> {
  do while ((await foldRollups(sql, { rowsMax: 1_000 })).deltas > 0);
  while ((await sql`select from rollup_deltas limit 1 for update`).length > 0)
}

/** Each selects rows of subject, expected and actual; $1 is the first moment that counts. */
const checks = {
  'every event is stored once': `
    select id::text as subject, '1' as expected, count(*)::text as actual from events
    where received_at >= $1::timestamptz group by id having count(*) > 1`,

  'every event has its issue': `
    select e.id::text as subject, e.issue_id::text as expected, null as actual
    from events e left join issues i on i.project_id = e.project_id and i.id = e.issue_id
    where i.id is null and e.received_at >= $1::timestamptz`,

  'issues count their events': `
    select i.id::text as subject, concat_ws(' ', coalesce(e.count, 0), e.first, e.last, e.users) as expected,
      concat_ws(' ', i.event_count, i.first_seen, i.last_seen, i.user_count) as actual
    from issues i left join (
      select issue_id, sum(coalesce(weight, 1)) as count, min(received_at) as first, max(received_at) as last,
        count(distinct user_hash) as users
      from events group by issue_id
    ) e on e.issue_id = i.id
    where i.first_seen >= $1::timestamptz
      and not (i.event_count = 0 and e.count is null and i.merged_event_count > 0)
      and (i.event_count, i.first_seen, i.last_seen, i.user_count)
        is distinct from (coalesce(e.count, 0), e.first, e.last, e.users)`,

  'issues have numbers of their own': `
    select project_id::text as subject, 'at most ' || coalesce(n.last_number, 0) as expected,
      max(i.number)::text as actual
    from issues i left join issue_numbers n using (project_id)
    where $1::timestamptz is not null group by project_id, n.last_number
    having max(i.number) > coalesce(n.last_number, 0)`,

  'users of issues': `
    select concat_ws(' ', coalesce(e.issue_id, u.issue_id), coalesce(e.user_hash, u.user_hash)) as subject,
      e.issue_id::text as expected, u.issue_id::text as actual
    from (select distinct issue_id, user_hash from events where user_hash is not null) e
    full join issue_users u on u.issue_id = e.issue_id and u.user_hash = e.user_hash
    where $1::timestamptz is not null and (e.issue_id is null or u.issue_id is null)`,

  'magnitudes of issues': `
    select i.id::text as subject, m.expected, m.actual from issues i, lateral (
      select concat_ws(' ', magnitude(i.event_count + coalesce(i.merged_event_count, 0)),
        magnitude(i.user_count + coalesce(i.merged_user_count, 0))) as expected,
        concat_ws(' ', i.event_magnitude, i.user_magnitude) as actual
    ) m where $1::timestamptz is not null and m.expected <> m.actual`,

  'minutes of issues': compared(
    'issue_minutes',
    ['issue_id', 'minute'],
    'count',
    `select issue_id, date_trunc('minute', received_at) as minute, sum(coalesce(weight, 1)) as count
    from events group by 1, 2`,
    'minute'
  ),

  'hours of issues': compared(
    'issue_hours',
    ['issue_id', 'hour', 'environment'],
    'count',
    `select issue_id, date_trunc('hour', received_at) as hour, environment, sum(coalesce(weight, 1)) as count
    from events group by 1, 2, 3`,
    'hour'
  ),

  'hours of projects': compared(
    'project_hours',
    ['project_id', 'hour', 'level', 'environment', 'release'],
    'count',
    `select project_id, date_trunc('hour', received_at) as hour, level, environment, release,
      sum(coalesce(weight, 1)) as count
    from events group by 1, 2, 3, 4, 5`,
    'hour'
  ),

  'days of issues': summed('issue_days', 'issue_hours', ['issue_id', 'environment'], 'count'),
  'days of projects': summed(
    'project_days',
    'project_hours',
    ['project_id', 'level', 'environment', 'release'],
    'count'
  ),
  'bytes of days': summed('project_days', 'project_hours', ['project_id', 'level', 'environment', 'release'], 'bytes'),

  'hours of levels': summed('level_hours', 'project_hours', ['project_id', 'level'], 'count', 'hour'),
  'bytes of levels': summed('level_hours', 'project_hours', ['project_id', 'level'], 'bytes', 'hour'),

  'bytes of projects': compared(
    '(select project_id, hour, sum(bytes) as count from project_hours group by 1, 2)',
    ['project_id', 'hour'],
    'count',
    `select project_id, date_trunc('hour', received_at) as hour, 
      sum(coalesce(octet_length(packed), octet_length(payload::text))) as count
    from events group by 1, 2`,
    'hour'
  ),

  'tags by day': `
    select concat_ws(' ', t.project_id, t.day, t.key, t.value) as subject, e.count::text as expected,
      t.count::text as actual
    from tag_days t left join (
      select e.project_id, (received_at at time zone 'utc')::date as day, facet, sum(coalesce(weight, 1)) as count
      from events e left join word_sets w on w.project_id = e.project_id and w.id = e.word_set,
        unnest(tsvector_to_array(e.search || coalesce(w.words, ''))) facet where facet like '%=%' group by 1, 2, 3
    ) e on e.project_id = t.project_id and e.day = t.day and e.facet = t.key || '=' || t.value
    where t.day >= $1::timestamptz and t.count is distinct from e.count and t.value not in ('', '(other)')
      and t.key not in ('level', 'environment', 'release', 'user')
      and (t.count > coalesce(e.count, 0) or not exists (select from tag_days o
        where o.project_id = t.project_id and o.day = t.day and o.key = t.key and o.value = '(other)'))`,

  'releases of issues': `
    select concat_ws(' ', coalesce(e.issue_id, r.issue_id), coalesce(e.release, r.release)) as subject,
      concat_ws(' ', e.first_hour, e.last_hour) as expected, concat_ws(' ', r.first_hour, r.last_hour) as actual
    from (
      select issue_id, release, date_trunc('hour', min(received_at)) as first_hour,
        date_trunc('hour', max(received_at)) as last_hour
      from events where release <> '' group by 1, 2
    ) e full join issue_releases r on r.issue_id = e.issue_id and r.release = e.release
    where $1::timestamptz is not null and (e.first_hour, e.last_hour) is distinct from (r.first_hour, r.last_hour)`,

  'users of projects': `
    select concat_ws(' ', coalesce(e.project_id, u.project_id), coalesce(e.user_hash, u.user_hash)) as subject,
      e.last_hour::text as expected, u.last_hour::text as actual
    from (select project_id, user_hash, date_trunc('hour', max(received_at)) as last_hour from events
      where user_hash is not null group by 1, 2) e
    full join project_users u on u.project_id = e.project_id and u.user_hash = e.user_hash
    where $1::timestamptz is not null and e.last_hour is distinct from u.last_hour`,

  'stored by hour': compared(
    "(select project_id, hour, count from outcome_hours where outcome = 'stored')",
    ['project_id', 'hour'],
    'count',
    "select project_id, date_trunc('hour', received_at) as hour, count(*) from events group by 1, 2",
    'hour'
  ),

  'samples of issues': `
    select coalesce(e.issue_id, s.issue_id)::text as subject, e.extra::text as expected, s.extra::text as actual
    from (select issue_id, sum(weight - 1) as extra from events where weight is not null group by 1) e
    full join issue_samples s on s.issue_id = e.issue_id
    where $1::timestamptz is not null and e.extra is distinct from s.extra`,

  'sampled hours': compared(
    '(select project_id, hour, extra as count from sampled_hours)',
    ['project_id', 'hour'],
    'count',
    `select project_id, date_trunc('hour', received_at) as hour, sum(weight - 1) as count
    from events where weight is not null group by 1, 2`,
    'hour'
  ),

  'a client event id leads to one event': `
    select concat_ws(' ', project_id, event_id) as subject, '1' as expected, count(distinct id)::text as actual
    from event_keys where $1::timestamptz is not null group by project_id, event_id having count(distinct id) > 1`,

  'event keys without an event': `
    select 'keys' as subject, 'at most ' || discarded as expected, missing::text as actual from (
      select count(distinct k.id) as missing from event_keys k where not exists (select from events e where e.id = k.id)
    ) k, (select coalesce(sum(count), 0) as discarded from outcome_hours where outcome = 'discarded') o
    where $1::timestamptz is not null and missing > discarded`
}

/** Rows of a rollup table against the same computed from events, by key. */
function compared(table: string, key: string[], value: string, computed: string, time: string): string {
  const subject = key.map(column => `coalesce(r.${column}::text, e.${column}::text)`).join(', ')
  return `
    select concat_ws(' ', ${subject}) as subject, e.${value}::text as expected, r.${value}::text as actual
    from (${computed}) e full join ${table} r on ${key.map(column => `r.${column} = e.${column}`).join(' and ')}
    where coalesce(r.${time}, e.${time}) >= $1::timestamptz and r.${value} is distinct from e.${value}`
}

/**
 * The sums of days that are over, against their hours; where hours are so old that they may have become days, against
 * those days.
 */
function summed(
  sums: string,
  hours: string,
  key: readonly string[],
  value: string,
  time: 'day' | 'hour' = 'day'
): string {
  const ofHours = {
    day: "(hour at time zone 'utc')::date",
    hour: "case when hour < now() - interval '91 days' then date_trunc('day', hour, 'UTC') else hour end"
  }[time]
  const columns = ['at', ...key]
  return `
    select concat_ws(' ', ${columns.map(column => `coalesce(h.${column}, d.${column})`).join(', ')}) as subject,
      h.value::text as expected, d.value::text as actual
    from (
      select ${ofHours} as at, ${key.join(', ')}, sum(${value}) as value from ${hours}
      where hour < (select until from folded_days where rollup = '${sums}') group by 1, ${key.join(', ')}
    ) h full join (select ${{ day: 'day', hour: ofHours }[time]} as at, ${key.join(', ')}, sum(${value}) as value
    from ${sums} group by 1, ${key.join(', ')}) d
      on ${columns.map(column => `d.${column} = h.${column}`).join(' and ')}
    where coalesce(h.at, d.at) >= $1::timestamptz and coalesce(h.value, 0) <> coalesce(d.value, 0)`
}
