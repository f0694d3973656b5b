// Goal: a range that is read by days adds up to what its hours do, whenever days were summed up and whatever changes
// their hours later. Method: hours of real past days, added up with and without days, over ranges whose ends lie
// anywhere.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { foldOldHours, sumPastDays } from '../../../services/rollups/days.ts'
import type { Queryable, Sql } from '../../../services/database/sql.ts'
import { issueHours, levelHours, onlyHours, projectHours, splitOf } from '../../../services/rollups/summed-hours.ts'
import { testDatabase } from '../../support/database.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
// The database sums up by its own clock: what begins in the last minute of a day would end in another.
const untilMidnight = dayMs - (Date.now() % dayMs)
if (untilMidnight < 60_000) await sleep(untilMidnight + 10)
const today = Math.floor(Date.now() / dayMs) * dayMs
const issue = '01900000-0000-7000-8000-000000000001'

async function fill(sql: Sql): Promise<void> {
  await sql`
    insert into issue_hours (project_id, issue_id, hour, environment, count)
    select 1, ${issue}, ${new Date(today)}::timestamptz - make_interval(hours => h), environment, h
    from generate_series(-5, 24 * 6) h, unnest('{a,b}'::text[]) environment`
  await sql`
    insert into project_hours (project_id, hour, level, environment, release, count, bytes)
    select 1, ${new Date(today)}::timestamptz - make_interval(hours => h), level, 'a', release, h + 10, h * 7 + 100
    from generate_series(-5, 24 * 6) h, unnest('{r,s}'::text[]) release, unnest('{error,info}'::text[]) level`
}

/** Ranges of whole hours, some of them within a day. */
const ranges = [
  [-6 * 24, 5],
  [-100, -49],
  [-48, 0],
  [-72, -24],
  [-30, -25],
  [-24, 5],
  [-71, -1]
].map(([from = 0, to = 0]) => ({ from: today + from * hourMs, to: today + to * hourMs }))

/** Each hour of all ranges by level, from the sums and from the hours themselves. */
async function levelsOf(sql: Sql): Promise<{ bySums: unknown[]; byHours: unknown[] }> {
  const [bySums, byHours]: [unknown[], unknown[]] = [[], []]
  for (const range of ranges) {
    for (const [list, { hours }] of [
      [bySums, await levelHours(sql, 1, range)],
      [byHours, { hours: projectHours(sql, 1, onlyHours(range)) }]
    ] as const) {
      list.push(
        await sql`
          select hour, level, sum(count) as count, sum(bytes) as bytes from ${hours} h group by 1, 2 order by 1, 2`
      )
    }
  }
  return { bySums, byHours }
}

async function sumsOf(sql: Sql): Promise<{ byDays: unknown[]; byHours: unknown[]; days: number }> {
  const [byDays, byHours]: [unknown[], unknown[]] = [[], []]
  let days = 0
  for (const range of ranges) {
    for (const [sums, splits] of [
      [byDays, [await splitOf(sql, 'issue_days', range), await splitOf(sql, 'project_days', range)]],
      [byHours, [onlyHours(range), onlyHours(range)]]
    ] as const) {
      sums.push(
        await sql`
          select environment, sum(count) as count from ${issueHours(sql, 1, sql`issue_id = ${issue}`, splits[0])} h
          group by 1 order by 1`
      )
      sums.push(
        await sql`
          select release, sum(count) as count, sum(bytes) as bytes from ${projectHours(sql, 1, splits[1])} h group by 1
          order by 1`
      )
      days += (splits[0].days.to - splits[0].days.from) / dayMs
    }
  }
  return { byDays, byHours, days }
}

async function aLockIsWaitedFor(sql: Sql): Promise<void> {
  while (
    (
      await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and wait_event = 'advisory'`
    ).count === 0
  );
}

t.test('ranges add up to their hours, before and after days were summed up', async t => {
  const { sql } = await testDatabase(t)
  await fill(sql)
  const before = await sumsOf(sql)
  t.same(before.byDays, before.byHours)
  t.equal(before.days, 0)

  t.equal(await sumPastDays(sql), 3)
  t.equal(await sumPastDays(sql), 0, 'once a day')
  const after = await sumsOf(sql)
  t.same(after.byDays, before.byHours)
  t.ok(after.days > 5, 'days are read as days')
  const [last] = await sql<{ last: Date }[]>`select max(day) as last from issue_days`
  t.equal(last?.last.getTime(), today - 2 * dayMs, 'but for yesterday')
})

t.test('what changes an hour of a past day changes its day, whether days have been summed up or not', async t => {
  const { sql } = await testDatabase(t)
  const change = async (day: number): Promise<void> => {
    const hour = new Date(today - day * dayMs + 3 * hourMs)
    await sql`
      insert into issue_hours as r (project_id, issue_id, hour, environment, count)
      values (1, ${issue}, ${hour}, 'a', 5), (1, ${issue}, ${hour}, 'new', 7)
      on conflict (project_id, issue_id, hour, environment) do update set count = r.count + excluded.count`
    await sql`
      insert into project_hours as r (project_id, hour, level, environment, release, count, bytes)
      values (1, ${hour}, 'error', 'a', 's', 3, 40)
      on conflict (project_id, hour, level, environment, release) do update set count = r.count + excluded.count,
        bytes = r.bytes + excluded.bytes`
    await sql`update project_hours set count = count - 2, bytes = bytes - 30 where hour = ${hour} and release = 'r'`
  }
  await fill(sql)
  await change(4)
  await sumPastDays(sql)
  for (const day of [0, 1, 2, 4]) await change(day)
  const { byDays, byHours } = await sumsOf(sql)
  t.same(byDays, byHours)
  const levels = await levelsOf(sql)
  t.same(levels.bySums, levels.byHours)
})

t.test('hours by level are read from their sums, as far as those go', async t => {
  const { sql } = await testDatabase(t)
  await fill(sql)
  const before = await levelsOf(sql)
  t.same(before.bySums, before.byHours)
  await sumPastDays(sql)
  const after = await levelsOf(sql)
  t.same(after.bySums, before.byHours)
  t.match(await sql`select min(hour) as first, max(hour) as last, count(*) from level_hours`, [
    { first: new Date(today - 6 * dayMs), last: new Date(today - dayMs - hourMs), count: 5 * 24 * 2 }
  ])
  await sql`update level_hours set count = 0`
  t.notSame((await levelsOf(sql)).bySums, before.byHours, 'they are what is read')
})

t.test('changes of past days at once come one after the other, however many sums they share', async t => {
  const { sql } = await testDatabase(t)
  await fill(sql)
  await sumPastDays(sql)
  const add = async (sql: Queryable, hours: number, release: string): Promise<unknown> =>
    await sql`
    update project_hours set count = count + 1000 where hour = ${new Date(today - 4 * dayMs + hours * hourMs)}
      and release = ${release}`
  let second: Promise<unknown> = Promise.resolve()
  await sql.begin(async first => {
    await add(first, 2, 'r')
    second = sql.begin(async sql => await add(sql, 1, 's'))
    await aLockIsWaitedFor(sql)
    await add(first, 1, 'r')
  })
  await second
  const levels = await levelsOf(sql)
  t.same(levels.bySums, levels.byHours)
  const { byDays, byHours } = await sumsOf(sql)
  t.same(byDays, byHours)
})

t.test('hours that become days of themselves are not counted again', async t => {
  const { sql } = await testDatabase(t)
  const old = today - 95 * dayMs
  await sql`
    insert into issue_hours (project_id, issue_id, hour, environment, count)
    select 1, ${issue}, ${new Date(old)}::timestamptz + make_interval(hours => h), 'a', 2 from generate_series(0, 23) h`
  await sumPastDays(sql)
  await foldOldHours(sql, { now: Date.now() })
  t.match(
    await sql`
      select count, (select sum(count) from issue_hours) as hours, (select count(*) from issue_hours) as rows
      from issue_days`,
    [{ count: 48, hours: 48, rows: 1 }]
  )
})

t.test('a change and the summing up at once: the change is in the day', async t => {
  const { sql } = await testDatabase(t)
  await fill(sql)
  const hour = new Date(today - 3 * dayMs)
  let summing = Promise.resolve(0)
  await sql.begin(async changing => {
    await changing`update issue_hours set count = count + 1000 where hour = ${hour} and environment = 'a'`
    summing = sumPastDays(sql)
    await aLockIsWaitedFor(sql)
  })
  await summing
  const { byDays, byHours } = await sumsOf(sql)
  t.same(byDays, byHours)
})
