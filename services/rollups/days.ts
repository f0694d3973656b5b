/**
 * Sums of days. Days that are over are summed up once (`issue_days`, `project_days`, and hour by hour `level_hours`),
 * so that reads over weeks need not add up every hour; `folded_days` says how far that has come. Hours that are older
 * than any event become days themselves: then the first hour of a day counts for all of it. Both may be repeated
 * safely.
 */
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'

const dayMs = 86_400_000
/** One more than the longest retention: all events of that day are gone. */
const hourDaysKept = 91
const daysMax = 31

const summed = [
  {
    rollup: 'issue_days',
    hours: 'issue_hours',
    time: 'day',
    key: ['project_id', 'issue_id', 'environment'],
    sums: ['count']
  },
  {
    rollup: 'project_days',
    hours: 'project_hours',
    time: 'day',
    key: ['project_id', 'level', 'environment', 'release'],
    sums: ['count', 'bytes']
  },
  {
    rollup: 'level_hours',
    hours: 'project_hours',
    time: 'hour',
    key: ['project_id', 'level'],
    sums: ['count', 'bytes']
  }
] as const
type Summed = (typeof summed)[number]
const timeOf = { day: "(hour at time zone 'utc')::date", hour: 'hour' } as const

const untilRow = v.strictObject({ until: v.string() })

/**
 * Sums up the days that are over, except yesterday, whose last hours may not be folded yet. Returns how many tables
 * were behind.
 */
export async function sumPastDays(sql: Sql): Promise<number> {
  // Without an index by time this is a pass over the table: once a day.
  const session = await sql.reserve({ patient: true })
  try {
    const [row] = await session.rows(untilRow)`select ((now() at time zone 'utc')::date - 1)::text as until`
    let behind = 0
    for (const table of summed) {
      const from = await summedUntil(session, table)
      if (row === undefined || from >= row.until) continue
      await sumDays(session, table, from, row.until)
      behind += 1
    }
    return behind
  } finally {
    session.release()
  }
}

const never = '0001-01-01'

async function summedUntil(sql: Queryable, { rollup }: Summed): Promise<string> {
  const [known] = await sql.rows(untilRow)`select until::text as until from folded_days where rollup = ${rollup}`
  return known?.until ?? never
}

/** In one transaction, under the lock that writers of past hours share (schema/migrations/0012_days.sql). */
async function sumDays(
  sql: Queryable,
  { rollup, hours, time, key, sums }: Summed,
  from: string,
  until: string
): Promise<void> {
  const columns = [time, ...key, ...sums].join(', ')
  await sql.unsafe(`
    select pg_advisory_xact_lock(hashtext('mesher days'));
    insert into ${rollup} (${columns})
    select ${timeOf[time]}, ${key.join(', ')}, ${sums.map(sum => `sum(${sum})`).join(', ')} from ${hours}
    where hour >= '${from} 00:00Z' and hour < '${until} 00:00Z' group by 1, ${key.join(', ')}
    on conflict (${[time, ...key].join(', ')}) do update set ${sums.map(sum => `${sum} = excluded.${sum}`).join(', ')};
    insert into folded_days as f (rollup, until) values ('${rollup}', '${until}') on conflict (rollup)
    do update set until = greatest(f.until, excluded.until)`)
}

/** `mark` is the name in `folded_days`: the name of `level_hours` says there how far they are summed up. */
const tables = [
  { rollup: 'issue_hours', mark: 'issue_hours', key: ['project_id', 'issue_id', 'environment'], sums: ['count'] },
  {
    rollup: 'project_hours',
    mark: 'project_hours',
    key: ['project_id', 'level', 'environment', 'release'],
    sums: ['count', 'bytes']
  },
  { rollup: 'level_hours', mark: 'days of level_hours', key: ['project_id', 'level'], sums: ['count', 'bytes'] },
  { rollup: 'outcome_hours', mark: 'outcome_hours', key: ['project_id', 'outcome', 'reason'], sums: ['count'] }
] as const
type Table = (typeof tables)[number]

/** Returns how many days were folded in all tables together; one run folds a bounded number. */
export async function foldOldHours(sql: Sql, { now }: { now: number }): Promise<number> {
  const until = Math.floor(now / dayMs) * dayMs - hourDaysKept * dayMs
  // Without an index by time, every day is a pass over the table. That happens once a day, and no reader waits for it.
  const session = await sql.reserve({ patient: true })
  try {
    // What is folded here was summed up before.
    await session`set mesher.is_folding = 'on'`
    let folded = 0
    for (const table of tables) folded += await foldTable(session, table, until)
    return folded
  } finally {
    session.release()
  }
}

async function foldTable(sql: Queryable, table: Table, until: number): Promise<number> {
  let day = await firstDay(sql, table, until)
  let folded = 0
  for (; day < until && folded < daysMax; day += dayMs) {
    await foldDay(sql, table, day)
    folded += 1
  }
  return folded
}

const foldedUntilRow = v.strictObject({ until: v.date() })

const firstRow = v.strictObject({ first: v.nullable(v.date()) })

/** Where the last run ended, or the first day that exists. */
async function firstDay(sql: Queryable, { rollup, mark }: Table, until: number): Promise<number> {
  const [known] = await sql.rows(foldedUntilRow)`select until from folded_days where rollup = ${mark}`
  if (known !== undefined) return known.until.getTime()
  const [row] = await sql.rows(firstRow)`select min(hour) as first from ${sql(rollup)}`
  return Math.floor(Math.min(row?.first?.getTime() ?? until, until) / dayMs) * dayMs
}

/** In one statement, so that a reader sees either the hours or the day, never both or none. */
async function foldDay(sql: Queryable, { rollup, mark, key, sums }: Table, day: number): Promise<void> {
  const columns = [...key, ...sums].join(', ')
  await sql.unsafe(
    `
    with hours as (
      delete from ${rollup} where hour > $1::timestamptz and hour < $2::timestamptz returning ${columns}
    ), days as (
      insert into ${rollup} as r (hour, ${columns})
      select $1::timestamptz, ${key.join(', ')}, ${sums.map(sum => `sum(${sum})`).join(', ')} from hours
      group by ${key.join(', ')}
      on conflict (${['hour', ...key].join(', ')})
      do update set ${sums.map(sum => `${sum} = r.${sum} + excluded.${sum}`).join(', ')}
    )
    insert into folded_days as f (rollup, until) values ($3, ($2::timestamptz at time zone 'utc')::date)
    on conflict (rollup) do update set until = greatest(f.until, excluded.until)`,
    [new Date(day), new Date(day + dayMs), mark]
  )
}
