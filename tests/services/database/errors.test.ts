// Goal: a failure that will pass, data that never will be taken, and a mistake of ours are told apart.
// Method: a real server is brought to report each of them.
import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { isDataError, isUnavailable, sqlStateOf } from '../../../services/database/errors.ts'
import { connect, type Sql } from '../../../services/database/sql.ts'
import { urlOfDatabase } from '../../../services/database/url.ts'
import { testDatabase } from '../../support/database.ts'

type Kind = 'unavailable' | 'data' | 'neither'

function kindOf(error: unknown): Kind {
  if (isUnavailable(error)) return isDataError(error) ? 'neither' : 'unavailable'
  return isDataError(error) ? 'data' : 'neither'
}

const refused: { state: string; kind: Kind; text: string }[] = [
  { state: '23505', kind: 'data', text: 'insert into t values (1)' },
  { state: '23502', kind: 'data', text: 'insert into t values (null)' },
  { state: '23514', kind: 'data', text: 'insert into t values (-1)' },
  { state: '22003', kind: 'data', text: 'select 1e10::int' },
  { state: '22P02', kind: 'data', text: "select 'x'::int" },
  { state: '22P02', kind: 'data', text: "select '{'::json" },
  { state: '22P05', kind: 'data', text: 'select \'"\\u0000"\'::jsonb' },
  { state: '21000', kind: 'data', text: 'select (select generate_series(1, 2))' },
  { state: '25006', kind: 'unavailable', text: 'start transaction read only; insert into t values (2)' },
  { state: '57014', kind: 'unavailable', text: 'set statement_timeout = 50; select pg_sleep(60)' },
  { state: '42601', kind: 'neither', text: 'selec 1' },
  { state: '42P01', kind: 'neither', text: 'select * from nowhere' },
  { state: '42501', kind: 'neither', text: 'set role to restricted; select * from t' }
]

t.test('what the server reports', async t => {
  const { sql: admin, url } = await testDatabase(t, { migrated: false })
  await admin`create table t (n int not null primary key check (n > 0))`
  await admin`insert into t values (1)`
  await admin.unsafe(
    'do $$ begin create role restricted; exception when duplicate_object or unique_violation then null; end $$'
  )
  const sql = connect({ url, max: 1 })
  t.teardown(() => sql.end({ timeout: 0 }))
  for (const { state, kind, text } of refused) {
    const session = await sql.reserve()
    const error = await session.unsafe(text).then(
      () => null,
      (error: unknown) => error
    )
    session.release()
    t.equal(sqlStateOf(error), state, text)
    t.equal(kindOf(error), kind, `${state} is ${kind}`)
  }
})

t.test('a NUL in a text', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const error = await sql`select ${'a\0b'}::text`.then(
    () => null,
    (error: unknown) => error
  )
  t.equal(sqlStateOf(error), '22021')
  t.equal(kindOf(error), 'data')
})

t.test('a lock that another transaction holds', async t => {
  const { sql, url } = await testDatabase(t, { migrated: false })
  await sql`create table t (n int)`
  const other = connect({ url, max: 1, lockTimeoutMs: 50 })
  t.teardown(() => other.end({ timeout: 0 }))
  await sql.begin(async tx => {
    await tx`lock table t`
    const error = await other`select * from t`.then(
      () => null,
      (error: unknown) => error
    )
    t.equal(sqlStateOf(error), '55P03')
    t.equal(kindOf(error), 'unavailable')
  })
})

t.test('two transactions that wait for each other', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await sql`create table t (id int primary key, n int)`
  await sql`insert into t values (1, 0), (2, 0)`
  let arrived = 0
  const both = new EventEmitter()
  const bothHere = once(both, 'here')
  const change = (first: number, second: number): Promise<unknown> =>
    sql
      .begin(async tx => {
        await tx`update t set n = n + 1 where id = ${first}`
        arrived += 1
        if (arrived === 2) both.emit('here')
        await bothHere
        await tx`update t set n = n + 1 where id = ${second}`
      })
      .then(
        () => null,
        (error: unknown) => error
      )
  const errors = (await Promise.all([change(1, 2), change(2, 1)])).filter(error => error !== null)
  t.equal(errors.length, 1)
  t.equal(sqlStateOf(errors[0]), '40P01')
  t.equal(kindOf(errors[0]), 'unavailable')
})

t.test('more connections than the server gives', async t => {
  const { sql, url, name } = await testDatabase(t, { migrated: false })
  const role = `few_${name}`
  await sql.unsafe(`create role ${role} login password 'few' connection limit 1`)
  t.teardown(async () => {
    await withAdmin(url, async admin => {
      await admin.unsafe(`drop role ${role}`)
    })
  })
  const few = new URL(url)
  few.username = role
  few.password = 'few'
  const narrow = connect({ url: few.href, max: 2 })
  await narrow.begin(async tx => {
    await tx`select 1`
    const error = await narrow`select 1`.then(
      () => null,
      (error: unknown) => error
    )
    // The pool waited for the one that there is, and says so itself.
    t.equal(sqlStateOf(error), null)
    t.equal(kindOf(error), 'unavailable')
  })
  await narrow.end()
})

t.test('no server at all', async t => {
  const sql = connect({ url: 'postgres://nobody@127.0.0.1:1/none', max: 1 })
  t.teardown(() => sql.end())
  const error = await sql`select 1`.then(
    () => null,
    (error: unknown) => error
  )
  t.match(error, { name: 'ConnectionError', code: 'ECONNREFUSED' })
  t.equal(kindOf(error), 'unavailable')
  t.equal(sqlStateOf(error), null)
})

t.test('a mistake of ours is neither', async t => {
  t.equal(kindOf(new TypeError('x')), 'neither')
  t.equal(kindOf(undefined), 'neither')
})

async function withAdmin(url: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = connect({ url: urlOfDatabase(url, 'postgres'), max: 1 })
  await work(sql).finally(() => sql.end())
}
