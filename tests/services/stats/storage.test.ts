// Goal: what is shown as kept is what is there, also when the retention was changed meanwhile; the forecast follows the
// last week. Method: hours of rollups at chosen times, one event of 10 bytes each, read at a chosen moment.
import t from 'tap'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { keptRanges } from '../../../services/database/retention-periods.ts'
import { changeSettings } from '../../../services/accounts/settings.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { readStorage } from '../../../services/stats/storage.ts'
import { testDatabase } from '../../support/database.ts'

const dayMs = 86_400_000
const now = Date.parse('2026-03-01T12:30:00Z')
const userId = '00000000-0000-7000-8000-000000000000'

async function project(t: Parameters<typeof testDatabase>[0]): Promise<Sql> {
  const { sql } = await testDatabase(t)
  await ensureDefaults(sql)
  await sql`update projects set created_at = ${new Date(now - 200 * dayMs)}`
  return sql
}

/** An event at noon of these days, counted back from today. */
async function events(sql: Sql, daysAgo: readonly number[]): Promise<void> {
  await sql`
    insert into project_hours (project_id, hour, level, environment, release, count, bytes)
    select 1, ${new Date('2026-03-01T12:00:00Z')}::timestamptz - make_interval(days => d), 'error', '', '', 1, 10
      from unnest(${daysAgo}::int[]) d`
}

async function kept(sql: Sql): Promise<{ count: number; days: string[]; shown: number }> {
  const { event_count: count, per_day: days } = await readStorage(sql, 1, now)
  return { count, days: days.filter(day => day.events > 0).map(({ day }) => day), shown: days.length }
}

t.test('a project that never changed keeps whole days', async t => {
  const sql = await project(t)
  await events(sql, [0, 30, 31])
  t.same(await kept(sql), { count: 2, days: ['2026-01-30', '2026-03-01'], shown: 31 })
})

t.test('a longer retention does not bring back what is gone', async t => {
  const sql = await project(t)
  await changeSettings(sql, 1, { retentionDays: 90 }, { userId, now: now - 40 * dayMs })
  await events(sql, [0, 39, 41, 60])
  t.same(await kept(sql), { count: 2, days: ['2026-01-21', '2026-03-01'], shown: 41 })
})

t.test('a shorter one holds for what came before', async t => {
  const sql = await project(t)
  await changeSettings(sql, 1, { retentionDays: 90 }, { userId, now: now - 100 * dayMs })
  await changeSettings(sql, 1, { retentionDays: 60 }, { userId, now: now - 10 * dayMs })
  await changeSettings(sql, 1, { retentionDays: 30 }, { userId, now })
  await events(sql, [0, 29, 31, 61])
  t.same(await kept(sql), { count: 2, days: ['2026-01-31', '2026-03-01'], shown: 31 })
  t.equal((await keptRanges(sql, 1, now)).at(-1)?.to, Date.parse('2026-03-02T00:00:00Z'))
})

t.test('the forecast is the last week, for as long as events are kept', async t => {
  const sql = await project(t)
  await events(sql, [1, 2, 3, 4, 5, 6, 20])
  t.equal((await readStorage(sql, 1, now)).forecast_bytes, Math.round((60 / (6 + 1 / 48)) * 30))
  await changeSettings(sql, 1, { retentionDays: 60 }, { userId, now })
  t.equal((await readStorage(sql, 1, now)).forecast_bytes, Math.round((60 / (6 + 1 / 48)) * 60))
})

t.test('the first hour of a project is not taken for a day like that hour', async t => {
  const sql = await project(t)
  await events(sql, [0])
  t.equal((await readStorage(sql, 1, now)).forecast_bytes, 10 * 30)
})
