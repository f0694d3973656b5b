// Goal: whatever happens to a connection, every promise settles, nothing is thrown elsewhere, and no statement runs
// where it must not. Method: a real server; backends are terminated, frozen and used up on purpose.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import * as v from 'valibot'
import { ConnectionError } from '../../../services/database/errors.ts'
import { connect, type TransactionSql } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'

async function backendOf(sql: TransactionSql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  return row?.pid ?? 0
}

t.test('gives every caller a migrated database of its own', async t => {
  const { sql } = await testDatabase(t)
  const [row] = await sql<{ count: number }[]>`select count(*) from migrations`
  t.ok(row && row.count > 0)
})

t.test('returns rows with their number, and runs a query once, when it is awaited', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await sql`create table lines (n int)`
  sql`insert into lines values (0)`
  const query = sql`insert into lines select generate_series(1, 3)`
  t.equal((await query).count, 3)
  t.equal((await query).count, 3)
  t.same([...(await sql`select n from lines order by n`)], [{ n: 1 }, { n: 2 }, { n: 3 }])
})

t.test('rows have the form that their schema states, in transactions and sessions too', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const lineRow = v.strictObject({ n: v.number() })
  const rows = await sql.rows(lineRow)`select n from generate_series(1, ${2}) n`
  t.same([...rows], [{ n: 1 }, { n: 2 }])
  t.equal(rows.count, 2)
  t.same([...(await sql`select n + 1 as n from (${sql.rows(lineRow)`select ${1}::int as n`}) l`)], [{ n: 2 }])

  const refused = { name: 'TypeError', message: /^rows of select 'one' as n: 0\.n: / }
  await t.rejects(async () => await sql.rows(lineRow)`select 'one' as n`, refused)
  await t.rejects(
    sql.begin(async tx => await tx.rows(lineRow)`select 'one' as n`),
    refused
  )
  const session = await sql.reserve()
  await t.rejects(async () => await session.rows(lineRow)`select 'one' as n`, refused)
  session.release()
  await t.rejects(async () => await sql.rows(lineRow)`select 1 as n, 2 as more`, { message: /: 0\.more: / })
})

t.test('without the check rows come as they are', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  process.env.CHECK_SCHEMAS = '0'
  const sql = connect({ url, max: 1 })
  process.env.CHECK_SCHEMAS = '1'
  t.teardown(() => sql.end())
  t.same([...(await sql.rows(v.strictObject({ n: v.number() }))`select 'one' as n`)], [{ n: 'one' }])
})

t.test('takes several statements at once as text, and returns the result of the last one', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  t.same(
    [...(await sql.unsafe('create table a (n int); insert into a values (1), (2); select * from a'))],
    [{ n: 1 }, { n: 2 }]
  )
  t.same([...(await sql.unsafe('select n from a where n > $1', [1]))], [{ n: 2 }])
})

t.test('a value that is missing is refused before anything is sent', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await t.rejects(async () => await sql`select ${undefined}::int`, TypeError)
  t.same([...(await sql`select 1 as one`)], [{ one: 1 }])
})

t.test('a transaction commits when its work is through and leaves nothing when it throws', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await sql`create table kept (n int)`
  t.equal(
    await sql.begin(async tx => {
      await tx`insert into kept values (1)`
      return 'done'
    }),
    'done'
  )
  await t.rejects(
    sql.begin(async tx => {
      await tx`insert into kept values (2)`
      throw new Error('second thoughts')
    }),
    { message: 'second thoughts' }
  )
  t.same([...(await sql`select n from kept`)], [{ n: 1 }])
})

t.test('a transaction whose work hides an error does not pass for committed', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await sql`create table kept (n int primary key)`
  await t.rejects(
    sql.begin(async tx => {
      await tx`insert into kept values (1)`
      await tx`insert into kept values (1)`.catch(() => {})
    }),
    { message: /was rolled back/ }
  )
  t.same([...(await sql`select n from kept`)], [])
})

t.test('a statement that comes after the end of its transaction is refused', async t => {
  const { sql } = await testDatabase(t, { migrated: false, max: 1 })
  await sql`create table kept (n int)`
  const late = await sql.begin(async tx => () => tx`insert into kept values (1)`)
  await t.rejects(async () => await late(), { code: 'CLOSED' })
  t.same([...(await sql`select n from kept`)], [])
})

t.test('a session takes its settings and locks with it when it ends', async t => {
  const { sql } = await testDatabase(t, { migrated: false, max: 1 })
  const session = await sql.reserve()
  await session`set search_path = nowhere`
  await session`select pg_advisory_lock(42)`
  session.release()
  const [row] = await sql<{ path: string; locks: number }[]>`
    select current_setting('search_path') as path, (select count(*) from pg_locks
      where locktype = 'advisory' and pid = pg_backend_pid()) as locks`
  t.same(row, { path: '"$user", public', locks: 0 })
  await t.rejects(async () => await session`select 1`, { code: 'CLOSED' })
})

t.test('statements have a deadline, and a patient session has none', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  const sql = connect({ url, max: 1, statementTimeoutMs: 50 })
  t.teardown(() => sql.end({ timeout: 0 }))
  await t.rejects(async () => await sql`select pg_sleep(60)`, { code: '57014' })
  const session = await sql.reserve({ patient: true })
  await t.resolves(async () => await session`select pg_sleep(0.2)`)
  session.release()
  await t.rejects(async () => await sql`select pg_sleep(60)`, { code: '57014' }, 'the deadline is back')
})

t.test('a server that has stopped answering is cut off, and the next statement finds another connection', async t => {
  const { sql: admin, url } = await testDatabase(t, { migrated: false })
  const sql = connect({ url, max: 1, statementTimeoutMs: 1_000 })
  t.teardown(() => sql.end({ timeout: 0 }))
  const frozen = await backendOf(sql)
  signal(t, frozen, 'STOP')
  t.teardown(async () => signal(t, frozen, 'CONT'))
  await t.rejects(async () => await sql`select 1`, { name: 'ConnectionError', code: 'DEADLINE' })
  t.not(await backendOf(sql), frozen)
  signal(t, frozen, 'CONT')
  await admin`select pg_terminate_backend(${frozen}, 5000)`
})

t.test('a statement whose backend is terminated rejects, and the next one works', async t => {
  const { sql, url } = await testDatabase(t, { migrated: false })
  const victim = connect({ url, max: 1 })
  t.teardown(() => victim.end({ timeout: 0 }))
  const sleeping = victim`select pg_sleep(60)`.then(
    () => 'slept',
    (error: unknown) => error
  )
  await until(
    async () =>
      (
        await sql`
          select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%'
            and datname = current_database() and pid <> pg_backend_pid()`
      ).count > 0
  )
  t.match(await sleeping, { code: '57P01' })
  t.same([...(await victim`select 1 as one`)], [{ one: 1 }])
})

t.test('a connection that dies while it is unused is replaced', async t => {
  const { sql, url } = await testDatabase(t, { migrated: false })
  const victim = connect({ url, max: 1 })
  t.teardown(() => victim.end({ timeout: 0 }))
  const pid = await backendOf(victim)
  await sql`select pg_terminate_backend(${pid}, 5000)`
  // The end of the connection may reach us only now: then this one statement is lost, and says so.
  await victim`select 1`.catch((error: unknown) => {
    if (!(error instanceof ConnectionError) && !String(error).includes('terminating')) throw error
  })
  t.not(await backendOf(victim), pid)
})

t.test('work in a transaction goes on after its connection has died, but stores nothing', async t => {
  const { sql, url } = await testDatabase(t, { migrated: false })
  await sql`create table kept (n int)`
  const victim = connect({ url, max: 1 })
  t.teardown(() => victim.end({ timeout: 0 }))
  await t.rejects(
    victim.begin(async tx => {
      await tx`insert into kept values (1)`
      await sql`select pg_terminate_backend(${await backendOf(tx)}, 5000)`
      await tx`insert into kept values (2)`.catch(() => {})
      await tx`insert into kept values (3)`.catch(() => {})
    })
  )
  t.same([...(await sql`select n from kept`)], [])
  t.same([...(await victim`select 1 as one`)], [{ one: 1 }])
})

t.test('a storm of terminated backends loses no result and hangs no caller', async t => {
  const { sql, url } = await testDatabase(t, { migrated: false })
  await sql`create table kept (worker int, n int)`
  const victim = connect({ url, max: 8, applicationName: 'victim' })
  const end = new AbortController()
  const over = end.signal
  const confirmed = new Map<number, number>()
  const worker = async (id: number): Promise<void> => {
    for (let n = 0; !over.aborted; n++) {
      await victim
        .begin(async tx => {
          await tx`insert into kept values (${id}, ${n})`
          await new Promise(resolve => setImmediate(resolve))
          await tx`insert into kept values (${id}, ${n})`
        })
        .then(
          () => confirmed.set(id, (confirmed.get(id) ?? 0) + 2),
          () => {}
        )
    }
  }
  const workers = Array.from({ length: 16 }, (_, id) => worker(id))
  for (let killed = 0; killed < 300;) {
    killed += (
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim' order by random()
        limit 2`
    ).count
  }
  end.abort()
  await Promise.all(workers)
  await victim.end()

  const rows = await sql<{ worker: number; count: number; odd: number }[]>`
    select worker, sum(c)::int as count, count(*) filter (where c <> 2)::int as odd from (
      select worker, n, count(*)::int as c from kept group by worker, n) s group by worker order by worker`
  for (const { worker, count, odd } of rows) {
    t.equal(odd, 0, 'no transaction is half there')
    // A commit whose answer was lost may have happened.
    t.ok(count >= (confirmed.get(worker) ?? 0), 'what was confirmed is there')
  }
  t.ok([...confirmed.values()].some(count => count > 0))
})

t.test('the end waits for what is running, cuts off what takes too long, and refuses what comes later', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  const patient = connect({ url, max: 1 })
  const short = patient`select pg_sleep(0.05), 1 as one`.then(rows => rows[0]?.['one'])
  await patient.end()
  t.equal(await short, 1)
  await t.rejects(async () => await patient`select 1`, { code: 'CLOSED' })

  const hasty = connect({ url, max: 1 })
  const long = hasty`select pg_sleep(60)`.then(
    () => 'slept',
    (error: unknown) => error
  )
  await hasty.end({ timeout: 0.05 })
  t.match(await long, { name: 'ConnectionError' })

  const connecting = connect({ url, max: 1 })
  const early = connecting`select pg_sleep(60)`.then(
    () => 'slept',
    (error: unknown) => error
  )
  await connecting.end({ timeout: 0 })
  t.match(await early, { name: 'ConnectionError' })
})

t.test('a server that is not there is told at once, each time, without using up connections', async t => {
  const sql = connect({ url: 'postgres://nobody@localhost/none?host=/nowhere/at/all', max: 2 })
  t.teardown(() => sql.end())
  for (let attempt = 0; attempt < 5; attempt++) {
    await t.rejects(async () => await sql`select 1`, { name: 'ConnectionError', code: 'ENOENT' })
  }
  await t.rejects(
    sql.begin(async () => {}),
    { code: 'ENOENT' }
  )
  await t.rejects(sql.reserve(), { code: 'ENOENT' })
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 10))
}

function signal(t: { comment: (text: string) => void }, pid: number, name: string): void {
  const { status } = spawnSync('kill', [`-${name}`, String(pid)])
  if (status !== 0) t.comment(`process ${pid} is gone`)
}
