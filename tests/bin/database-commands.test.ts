// Goal: migrate, project, issues, events and doctor do on a real database what their help says.
// Method: the program as a child process with DATABASE_URL naming a database of the test's own.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { commitBatches } from '../../services/commit/attempt.ts'
import { ensureEventPartitions, ensurePartitions } from '../../services/database/partitions.ts'
import { foldAll } from '../../services/commit/count-check.ts'
import { createProject, ensureDefaults } from '../../services/accounts/projects.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { testDatabase } from '../support/database.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'
import { runCli, type CliResult } from './cli.ts'

t.jobs = 2

type Run = (...args: string[]) => Promise<CliResult>

function runOn(t: { testdir: () => string }, url: string): Run {
  const cwd = t.testdir()
  return (...args) => runCli(args, { cwd, env: { DATABASE_URL: url } })
}

t.test('migrate makes the tables and partitions, and has nothing to do the second time', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  const mesher = runOn(t, url)

  const unready = await mesher('issues')
  t.equal(unready.code, 1)
  t.match(unready.stderr, /not those of this version[^]+mesher migrate/)

  const first = await mesher('migrate', '--json')
  t.equal(first.code, 0, first.stderr)
  t.match(JSON.parse(first.stdout).migrations[0], /^0001_/)
  t.ok(JSON.parse(first.stdout).partitions.length > 0)

  const second = await mesher('migrate')
  t.equal(second.stdout, 'The database is up to date.\n')
})

t.test('project create makes a project with the wanted id and key, and refuses them the second time', async t => {
  const { url } = await testDatabase(t)
  const mesher = runOn(t, url)
  const key = randomBytes(16).toString('hex')

  const created = await mesher(
    'project',
    'create',
    '--id',
    '42',
    '--key',
    key,
    '--name',
    'Web shop',
    '--platform',
    'python',
    '--json'
  )
  t.equal(created.code, 0, created.stderr)
  t.match(JSON.parse(created.stdout), {
    id: '42',
    slug: 'web-shop',
    name: 'Web shop',
    platform: 'python',
    key,
    dsn: `http://${key}@localhost:8080/42`
  })

  const again = await mesher('project', 'create', '--id', '42')
  t.strictSame([again.code, again.stdout, again.stderr], [1, '', 'mesher: There is a project 42 already.\n'])

  const listed = await mesher('project', 'list', '--json', '--public-url', 'https://errors.example.com')
  t.match(JSON.parse(listed.stdout), [
    { id: '1', slug: 'default' },
    { id: '42', dsn: `https://${key}@errors.example.com/42` }
  ])
  const table = await mesher('project', 'list')
  t.match(table.stdout, new RegExp(`^42 +web-shop +Web shop +http://${key}@localhost:8080/42$`, 'm'))
})

t.test('issues and events list what a project has, filtered, as tables and as JSON', async t => {
  const { url, sql } = await testDatabase(t)
  t.teardown(async () => closeWires(sql))
  await ensureDefaults(sql)
  await createProject(sql, { name: 'Quiet' })
  await ensurePartitions(sql, { now: Date.now() })
  const title = 'TypeError: a\u001b[2J\nis not'
  const events = [
    preparedEvent({ issue: 'a', title, message: 'first' }),
    preparedEvent({ issue: 'a', title, message: 'second' }),
    preparedEvent({ issue: 'b', title: 'Out of memory', level: 'fatal', message: 'third' })
  ]
  await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 10_000 })
  await sql`update issues set status = 'resolved', substatus = '' where title = 'Out of memory'`
  const mesher = runOn(t, url)

  const issues = await mesher('issues')
  t.match(issues.stdout, /^DEFAULT-\d +error +TypeError: a \[2J is not +\/cart +2 +0 +new +(now|\d+s ago)$/m)
  t.notOk(issues.stdout.includes('\u001b') || issues.stdout.includes('Out of memory'))
  t.match(
    JSON.parse((await mesher('issues', '--status', 'all', '--json', '--project', 'default')).stdout)
      .map(({ title }: { title: string }) => title)
      .sort(),
    ['Out of memory', /^TypeError/]
  )
  t.match(JSON.parse((await mesher('issues', '--status', 'resolved', '--json')).stdout), [
    { title: 'Out of memory', event_count: 1, status: 'resolved', level: 'fatal' }
  ])
  t.match((await mesher('issues', '--project', 'quiet')).stdout, /^Project "Quiet" has no unresolved issues/)

  t.match((await mesher('issues', '--status', 'all', '--query', 'is:resolved OR nothing')).stdout, /Out of memory/)
  t.match(JSON.parse((await mesher('events', '--json', '--query', 'third OR release:>99')).stdout), [
    { message: 'third' }
  ])
  for (const command of ['issues', 'events']) {
    const { code, stderr } = await mesher(command, '--query', 'relase:1')
    t.equal(code, 2)
    t.match(stderr, /column 1: relase is no key of the search.*did you mean release\?/s)
  }

  const table = await mesher('events', '--limit', '2')
  t.equal(table.stdout.trimEnd().split('\n').length, 3)
  t.match(JSON.parse((await mesher('events', '--json', '--level', 'fatal')).stdout), [
    { id: events[2]?.id, message: 'third', level: 'fatal', release: 'shop@1.0' }
  ])

  const clientId = '8f14e45fceea167a5a36dedd4bea2543'
  const long = JSON.stringify({ message: 'long '.repeat(1_000) })
  const shown = preparedEvent({ eventId: clientId, payload: long })
  await commitBatches(sql, [preparedBatch([shown])], { node: 'test', deadlineMs: 10_000 })
  for (const id of [shown.id, clientId]) t.equal((await mesher('events', 'show', id)).stdout, `${long}\n`)
  const elsewhere = await mesher('events', 'show', clientId, '--project', 'quiet')
  t.match([elsewhere.code, elsewhere.stderr], [1, /the project has no event "8f14/])

  const unknown = await mesher('events', '--project', 'nope')
  t.equal(unknown.code, 1)
  t.match(unknown.stderr, /there is no project "nope"\n {2}There are: 1 \(default\), 2 \(quiet\)/)
})

t.test('retention shows what is due and kept, and lets it go once the clock is confirmed', async t => {
  const { url, sql } = await testDatabase(t)
  t.teardown(async () => closeWires(sql))
  await ensureDefaults(sql)
  const then = Date.now() - 45 * 86_400_000
  await ensureEventPartitions(sql, { retentionDays: 30, from: then, to: then })
  await commitBatches(sql, [preparedBatch([preparedEvent({ receivedAt: then })])], { node: 'test', deadlineMs: 10_000 })
  await sql`update passed_time set until = ${new Date(then)}`
  const mesher = runOn(t, url)

  t.match((await mesher('retention')).stdout, /1 partitions are due.*\. They stay until events come in/)
  const { checks } = JSON.parse((await mesher('doctor', '--json', '--port', '0')).stdout)
  t.match(
    checks.find(({ check }: { check: string }) => check === 'retention'),
    { status: 'warn', text: /^1 partitions are due and are kept/ }
  )
  t.match((await mesher('retention', 'confirm')).stdout, /^Confirmed: it is .* UTC\. 1 partitions go within the hour/)
  t.match(JSON.parse((await mesher('retention', '--json')).stdout), { waits_for: 'nothing', due: [/^events_30_/] })
})

t.test('doctor compares the counts of an hour with its rows', async t => {
  const { url, sql } = await testDatabase(t)
  t.teardown(async () => closeWires(sql))
  await ensureDefaults(sql)
  const receivedAt = Math.floor(Date.now() / 3_600_000 - 70 / 60) * 3_600_000
  await ensureEventPartitions(sql, { retentionDays: 30, from: receivedAt, to: receivedAt })
  await commitBatches(sql, [preparedBatch([preparedEvent({ receivedAt })])], { node: 'test', deadlineMs: 10_000 })
  await foldAll(sql)
  const mesher = runOn(t, url)
  const counts = async () => {
    const { checks } = JSON.parse((await mesher('doctor', '--json', '--port', '0')).stdout)
    return checks.find(({ check }: { check: string }) => check === 'counts')
  }
  t.match(await counts(), { status: 'ok' })
  await sql`delete from events`
  t.match(await counts(), { status: 'warn', text: /1 of 1 projects .*: project 1 counts 1 and has 0$/ })
})

t.test('doctor finds a good database good, and says what is wrong with others', async t => {
  const { url, sql } = await testDatabase(t)
  await ensurePartitions(sql, { now: Date.now() })
  const mesher = runOn(t, url)
  const check = async (...args: string[]) => {
    const { code, stdout } = await mesher('doctor', '--json', '--port', '0', ...args)
    const { ok, checks }: { ok: boolean; checks: { check: string; status: string; text: string }[] } =
      JSON.parse(stdout)
    return {
      code,
      ok,
      found: Object.fromEntries(checks.map(({ check, status }) => [check, status])),
      text: JSON.stringify(checks)
    }
  }
  t.match(await check(), {
    code: 0,
    ok: true,
    found: {
      'Node.js': 'ok',
      'HTTP server': 'ok',
      database: 'ok',
      clock: 'ok',
      schema: 'ok',
      partitions: 'ok',
      retention: 'ok',
      counts: 'ok',
      server: 'ok'
    }
  })

  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  await sql`drop table ${sql(`events_30_${tomorrow}`)}`
  t.match(await check(), { code: 0, ok: true, found: { partitions: 'warn' } })
  await sql`drop table ${sql(`event_keys_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`)}`
  t.match(await check(), { code: 1, ok: false, found: { partitions: 'fail' } })
  await sql`delete from migrations where name = (select max(name) from migrations)`
  t.match(await check(), { found: { schema: 'warn' } })

  const unreachable = await check('--database-url', 'postgres://nobody:hunter2@127.0.0.1:1/x')
  t.match(unreachable, { code: 1, ok: false, found: { database: 'fail' } })
  t.notMatch(unreachable.text, /hunter2/)
})

t.test('a database that does not answer is a sentence and a hint, not a stack', async t => {
  const { code, stdout, stderr } = await runCli(['issues'], {
    cwd: t.testdir(),
    env: { DATABASE_URL: 'postgres://nobody:hunter2@127.0.0.1:1/x' }
  })
  t.strictSame([code, stdout], [1, ''])
  t.match(stderr, /^mesher: .+\n {2}.+\n$/)
  t.notMatch(stderr, /hunter2|^ +at /m)
})

t.test('without a database in the data folder nothing is made by a command that reads', async t => {
  const cwd = t.testdir()
  const { code, stderr } = await runCli(['issues'], { cwd })
  t.equal(code, 1)
  t.match(stderr, /there is no database in .*data yet\n {2}A first "mesher start" makes it/)
  t.match(
    (await runCli(['issues', '--log-level', 'debug'], { cwd })).stderr,
    /^ +at /m,
    'with debug it comes with the stack'
  )
})
