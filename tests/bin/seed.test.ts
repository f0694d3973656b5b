// Goal: seed does on a real database what its help says, and refuses what cannot be.
// Method: the program as a child process with DATABASE_URL naming a database of the test's own.
import t from 'tap'
import { testDatabase } from '../support/database.ts'
import { runCli } from './cli.ts'

t.test('seed fills a new project, or one that there is, and tells what it made', async t => {
  const { url, sql } = await testDatabase(t, { migrated: false })
  const run = (...args: string[]) => runCli(args, { cwd: t.testdir(), env: { DATABASE_URL: url } })

  const made = await run('seed', '--events', '500', '--issues', '20', '--users', '50', '--name', 'Tried out', '--json')
  t.equal(made.code, 0, made.stderr)
  t.match(JSON.parse(made.stdout), { project: { slug: 'tried-out' }, events: 500, issues: 20 })

  const again = await run(
    'seed',
    '--events',
    '300',
    '--issues',
    '10',
    '--days',
    '7',
    '--project',
    'default',
    '--payload',
    'full'
  )
  t.equal(again.code, 0, again.stderr)
  t.match(again.stdout, /^Project 1 \(default\) has 300 new events and 10 new issues/)
  const [row] = await sql`
    select count(*), min(received_at) > now() - interval '7 days 1 hour' as is_recent
    from events where project_id = 1`
  t.match(row, { count: 300, is_recent: true })
})

t.test('seed refuses more issues than events, and days that the project does not keep', async t => {
  const { url, sql } = await testDatabase(t)
  const run = (...args: string[]) => runCli(args, { cwd: t.testdir(), env: { DATABASE_URL: url } })

  const few = await run('seed', '--events', '5', '--issues', '6')
  t.equal(few.code, 2)
  t.match(few.stderr, /--issues is more than --events/)

  const old = await run('seed', '--events', '50', '--issues', '5', '--days', '60', '--project', 'default')
  t.equal(old.code, 2)
  t.match(old.stderr, /keeps events for 30 days only/)
  t.match(await sql`select count(*) from events`, [{ count: 0 }])
})
