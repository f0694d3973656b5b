/**
 * Makes days of the hours of rollups that are older than any event: the first hour of a day then counts for all of it. Sums stay what they were, so
 * reads by day see no difference. One day at a time, each once (`folded_days` says up to where); repeating one does no harm.
 */
import type { Queryable, Sql } from './sql.ts'

const dayMs = 86_400_000
/** One more than the longest retention: events of that day are all gone. */
const hourDaysKept = 91
const daysMax = 31

const tables = [
  { rollup: 'issue_hours', key: ['project_id', 'issue_id', 'environment'], sums: ['count'] },
  { rollup: 'project_hours', key: ['project_id', 'level', 'environment', 'release'], sums: ['count', 'bytes'] },
  { rollup: 'outcome_hours', key: ['project_id', 'outcome', 'reason'], sums: ['count'] }
] as const
type Table = typeof tables[number]

/** Answers how many days were folded, of all tables together; a bounded number in one run. */
export async function foldOldHours (sql: Sql, { now }: { now: number }): Promise<number> {
  const until = Math.floor(now / dayMs) * dayMs - hourDaysKept * dayMs
  // Without an index by time, every day is a pass over the table: once a day, and nobody waits for it.
  const session = await sql.reserve({ patient: true })
  try {
    let folded = 0
    for (const table of tables) folded += await foldTable(session, table, until)
    return folded
  } finally {
    session.release()
  }
}

async function foldTable (sql: Queryable, table: Table, until: number): Promise<number> {
  let day = await firstDay(sql, table, until)
  let folded = 0
  for (; day < until && folded < daysMax; day += dayMs) {
    await foldDay(sql, table, day)
    folded += 1
  }
  return folded
}

/** Where the last run ended; else the first day that there is. */
async function firstDay (sql: Queryable, { rollup }: Table, until: number): Promise<number> {
  const [known] = await sql<{ until: Date }[]>`select until from folded_days where rollup = ${rollup}`
  if (known !== undefined) return known.until.getTime()
  const [row] = await sql<{ first: Date | null }[]>`select min(hour) as first from ${sql(rollup)}`
  return Math.floor(Math.min(row?.first?.getTime() ?? until, until) / dayMs) * dayMs
}

/** In one statement: whoever looks sees the hours or the day, never both or none. */
async function foldDay (sql: Queryable, { rollup, key, sums }: Table, day: number): Promise<void> {
  const columns = [...key, ...sums].join(', ')
  await sql.unsafe(`
    with hours as (
      delete from ${rollup} where hour > $1::timestamptz and hour < $2::timestamptz returning ${columns}
    ), days as (
      insert into ${rollup} as r (hour, ${columns})
      select $1::timestamptz, ${key.join(', ')}, ${sums.map(sum => `sum(${sum})`).join(', ')} from hours group by ${key.join(', ')}
      on conflict (${['hour', ...key].join(', ')}) do update set ${sums.map(sum => `${sum} = r.${sum} + excluded.${sum}`).join(', ')}
    )
    insert into folded_days as f (rollup, until) values ($3, ($2::timestamptz at time zone 'utc')::date)
    on conflict (rollup) do update set until = greatest(f.until, excluded.until)`, [new Date(day), new Date(day + dayMs), rollup])
}
