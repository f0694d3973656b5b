// Goal: hours that are older than any event become days, with the same sums, once, and younger ones stay. Method: rows
// of chosen hours, added up before and after.
import t from 'tap'
import { foldOldHours, sumPastDays } from '../../../services/rollups/days.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'

const dayMs = 86_400_000
const today = Date.parse('2027-01-01T00:00:00Z')
const old = new Date(today - 95 * dayMs)
const young = new Date(today - 91 * dayMs)

async function fill(sql: Sql, day: Date): Promise<void> {
  await sql`insert into issue_hours (project_id, issue_id, hour, environment, count)
    select project, ('00000000-0000-7000-8000-00000000000' || issue)::uuid,
      ${day}::timestamptz + make_interval(hours => h), environment, project + issue + h
    from generate_series(1, 2) project, generate_series(1, 2) issue, generate_series(0, 23) h,
      unnest('{a,b}'::text[]) environment`
  await sql`insert into project_hours (project_id, hour, level, environment, release, count, bytes)
    select 1, ${day}::timestamptz + make_interval(hours => h), level, 'a', 'r', h, h * 100
    from generate_series(1, 23) h, unnest('{error,info}'::text[]) level`
  await sql`insert into outcome_hours (project_id, hour, outcome, reason, count)
    select 0, ${day}::timestamptz + make_interval(hours => h), 'refused', reason, h
    from generate_series(0, 23, 5) h, unnest('{x,y}'::text[]) reason`
}

async function sums(sql: Sql): Promise<unknown[]> {
  return [
    await sql`
      select project_id, issue_id, environment, date_trunc('day', hour) as day, sum(count) as count from issue_hours
      group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    await sql`
      select project_id, level, date_trunc('day', hour) as day, sum(count) as count, sum(bytes) as bytes
      from project_hours group by 1, 2, 3 order by 1, 2, 3`,
    await sql`
      select project_id, outcome, reason, date_trunc('day', hour) as day, sum(count) as count from outcome_hours
      group by 1, 2, 3, 4 order by 1, 2, 3, 4`
  ]
}

async function rows(sql: Sql, day: Date): Promise<number[]> {
  const counts = await sql<{ count: number }[]>`
    select count(*) from issue_hours where date_trunc('day', hour) = ${day} union all
    select count(*) from project_hours where date_trunc('day', hour) = ${day} union all
    select count(*) from outcome_hours where date_trunc('day', hour) = ${day}`
  return counts.map(({ count }) => count)
}

t.test('sums stay what they were, in one row for each day and key', async t => {
  const { sql } = await testDatabase(t)
  for (const day of [old, young]) await fill(sql, day)
  const before = await sums(sql)
  t.equal(await foldOldHours(sql, { now: today + 1 }), 3 * 4, 'from the first day on, each day of each table')
  t.same(await sums(sql), before)
  t.same(await rows(sql, old), [8, 2, 2])
  t.same(await rows(sql, young), [8 * 24, 2 * 23, 2 * 5])
  t.equal(await foldOldHours(sql, { now: today + 1 }), 0)

  t.equal(await foldOldHours(sql, { now: today + dayMs }), 3, 'the next day brings the next day')
  t.same(await rows(sql, young), [8, 2, 2])
  t.same(await sums(sql), before)
})

t.test('folding a day again changes nothing', async t => {
  const { sql } = await testDatabase(t)
  await fill(sql, old)
  await foldOldHours(sql, { now: today })
  const before = await sums(sql)
  await sql`delete from folded_days`
  await foldOldHours(sql, { now: today })
  t.same(await sums(sql), before)
})

t.test('a long backlog is folded over several runs, an empty table at once', async t => {
  const { sql } = await testDatabase(t)
  t.equal(await foldOldHours(sql, { now: today }), 0)
  await sql`
    insert into outcome_hours (project_id, hour, outcome, reason, count)
    values (1, ${new Date(today - 160 * dayMs)}, 'stored', '', 1)`
  t.same(
    [
      await foldOldHours(sql, { now: today }),
      await foldOldHours(sql, { now: today }),
      await foldOldHours(sql, { now: today }),
      await foldOldHours(sql, { now: today })
    ],
    [31, 31, 7, 0]
  )
})

t.test('hours by level become days as well, after they were summed up', async t => {
  const { sql } = await testDatabase(t)
  await fill(sql, old)
  await sumPastDays(sql)
  t.match(await sql`select count(*) from level_hours`, [{ count: 2 * 23 }])
  await foldOldHours(sql, { now: today + 1 })
  t.match(
    await sql`select hour, level, count, bytes from level_hours order by level`,
    ['error', 'info'].map(level => ({ hour: old, level, count: 276, bytes: 27_600 }))
  )
  t.same(await foldOldHours(sql, { now: today + 1 }), 0)
})
