// Goal: the fold adds every delta exactly once, keeps what is counted within its bounds, and repeats no needless write.
// Method: real commits, then folds; the audit compares with the rows, the tables show the bounds.
import t from 'tap'
import { audit } from '../../../services/commit/count-check.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { boundsPerDay } from '../../../services/rollups/bounds.ts'
import { foldRollups, forgetMinutes } from '../../../services/rollups/fold.ts'
import type { Sql } from '../../../services/database/sql.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const options = { node: 'test', deadlineMs: 30_000 }

async function commit(sql: Sql, events: PreparedEvent[]): Promise<void> {
  await commitBatches(sql, [preparedBatch(events)], options)
}

t.test('folds at most as many deltas as asked for, oldest first, and says how many', async t => {
  const sql = await databaseForEvents(t)
  for (const issue of ['a', 'b', 'c']) await commit(sql, [preparedEvent({ issue }), preparedEvent({ issue })])

  t.same(await foldRollups(sql, { rowsMax: 2 }), { deltas: 2, events: 4 })
  t.match((await sql`select sum(count)::int as count from issue_minutes`)[0], { count: 4 })
  t.same(await foldRollups(sql, { rowsMax: 2 }), { deltas: 1, events: 2 })
  t.same(await foldRollups(sql, { rowsMax: 2 }), { deltas: 0, events: 0 })
  t.same(await audit(sql), [])
})

// A byte of each names its format.
t.test('counts volume by hour, level, environment and release, with bytes as stored', async t => {
  const sql = await databaseForEvents(t)
  const receivedAt = Date.now()
  const hour = new Date(receivedAt - (receivedAt % 3_600_000))
  await commit(sql, [
    preparedEvent({ receivedAt, payload: '"größe"' }),
    preparedEvent({ receivedAt, payload: '""' }),
    preparedEvent({ receivedAt, level: 'fatal', release: '' })
  ])
  await foldRollups(sql, { rowsMax: 9 })
  t.match(await sql`select hour, level, environment, release, count, bytes from project_hours order by level`, [
    { hour, level: 'error', environment: 'production', release: 'shop@1.0', count: 2, bytes: 13 },
    { hour, level: 'fatal', environment: 'production', release: '', count: 1 }
  ])
})

t.test('knows the moments of the first and the last event of a release, in whatever order they come', async t => {
  const sql = await databaseForEvents(t)
  const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
  for (const seconds of [20, 10, 40, 30]) {
    await commit(sql, [preparedEvent({ receivedAt: hour + seconds * 1_000, release: 'web@1' })])
    await foldRollups(sql, { rowsMax: 9 })
  }
  t.match(await sql`select release, first_seen, last_seen from project_releases`, [
    { release: 'web@1', first_seen: new Date(hour + 10_000), last_seen: new Date(hour + 40_000) }
  ])
})

t.test('counts a user of an issue once, over batches and folds', async t => {
  const sql = await databaseForEvents(t)
  const of = (issue: string, user: string) => preparedEvent({ issue, user, userHash: user.padStart(16, '0') })
  await commit(sql, [of('a', '1'), of('a', '1'), of('a', 'f'), of('b', '1'), preparedEvent({ issue: 'b' })])
  await foldRollups(sql, { rowsMax: 9 })
  await commit(sql, [of('a', '1'), of('a', '2')])
  t.same(await audit(sql), [])
  t.same(
    (await sql<{ user_count: number }[]>`select user_count from issues order by user_count`).map(row => row.user_count),
    [1, 3]
  )
})

t.test('a fold that fails leaves its deltas for the next', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, [preparedEvent()])
  await sql`alter table issue_hours add constraint never check (count < 0) not valid`
  await t.rejects(foldRollups(sql, { rowsMax: 9 }), { code: '23514' })
  await sql`alter table issue_hours drop constraint never`
  t.same(await foldRollups(sql, { rowsMax: 9 }), { deltas: 1, events: 1 })
  t.same(await audit(sql), [])
})

t.test('an event of an issue that was deleted meanwhile does not hold up the fold', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, [preparedEvent({ userHash: '00000000000000aa', user: 'a' })])
  await sql`delete from issues`
  t.same(await foldRollups(sql, { rowsMax: 9 }), { deltas: 1, events: 1 })
})

t.test('of too many environments, releases and tags a day only the first and the frequent have rows', async t => {
  const sql = await databaseForEvents(t)
  const receivedAt = Date.now()
  const many = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  await commit(
    sql,
    many('r', boundsPerDay.releases + 5).map(release => preparedEvent({ receivedAt, release }))
  )
  await foldRollups(sql, { rowsMax: 9 })
  await commit(
    sql,
    many('e', boundsPerDay.environments + 5).map(environment =>
      preparedEvent({ receivedAt, environment, release: 'late' })
    )
  )
  await commit(
    sql,
    many('v', boundsPerDay.tagValues + 5).map(value => preparedEvent({ receivedAt, tags: { browser: value } }))
  )
  await commit(
    sql,
    many('k', boundsPerDay.tagKeys + 5).map(key =>
      preparedEvent({ receivedAt, tags: { [key]: 'x' }, facets: { handled: 'no' } })
    )
  )
  await foldRollups(sql, { rowsMax: 9 })

  const count = async (text: string) => (await sql.unsafe(text))[0]?.count
  const earned = ['late', 'shop@1.0']
  t.equal(
    await count('select count(distinct release)::int as count from project_hours'),
    boundsPerDay.releases + earned.length + 1
  )
  t.equal(
    await count('select count(distinct environment)::int as count from project_hours'),
    boundsPerDay.environments + 1
  )
  t.equal(
    await count("select sum(count)::int as count from project_hours where release = '(other)'"),
    5 + 19 + 21,
    'names earn a place with the twentieth event, the next one with the twenty-second'
  )
  t.equal(await count("select count(*)::int as count from tag_days where key = 'browser'"), boundsPerDay.tagValues + 1)
  t.equal(await count("select count::int as count from tag_days where value = '(other)'"), 5)
  t.equal(
    await count('select count(distinct key)::int as count from tag_days'),
    boundsPerDay.tagKeys + 2,
    'facets (browser, handled) take no place of a tag'
  )
  t.equal(await count("select count::int as count from tag_days where key = 'handled'"), boundsPerDay.tagKeys + 5)
  t.equal(
    await count('select sum(count)::int as count from issue_hours'),
    await count('select count(*)::int as count from events')
  )
})

t.test('text that PostgreSQL cannot hold, or cannot tell apart, does not hold up the fold', async t => {
  const sql = await databaseForEvents(t)
  const tags = [{ 'a\0b': 'c\0' }, { 'a b': 'c ' }, { x: '\ud800' }, { x: '\udfff' }]
  await commit(
    sql,
    tags.map(tags => preparedEvent({ tags, environment: `\ud800${tags.x}` }))
  )
  t.same(await foldRollups(sql, { rowsMax: 9 }), { deltas: 1, events: 4 })
  t.match(await sql`select key, value, count from tag_days order by key`, [
    { key: 'a b', value: 'c ', count: 2 },
    { key: 'x', value: '\ufffd', count: 2 }
  ])
})

t.test('minutes are forgotten after 25 hours, some at a time', async t => {
  const sql = await databaseForEvents(t)
  await commit(
    sql,
    ['a', 'b', 'c'].map(issue => preparedEvent({ issue }))
  )
  await foldRollups(sql, { rowsMax: 9 })
  await sql`
    insert into issue_minutes (project_id, issue_id, minute, count) select project_id, issue_id,
      minute - interval '26 hours', 1 from issue_minutes`
  t.equal(await forgetMinutes(sql, { now: Date.now(), rowsMax: 2 }), 2)
  t.equal(await forgetMinutes(sql, { now: Date.now(), rowsMax: 2 }), 1)
  t.match((await sql`select count(*)::int as count from issue_minutes`)[0], { count: 3 })
})
