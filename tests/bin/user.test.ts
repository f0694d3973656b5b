// Goal: operators make users and mend what locks them out, without an account.
// Method: the program as a child process with DATABASE_URL naming a database of the test's own.
import t from 'tap'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { beginAttempt } from '../../services/accounts/login-attempts.ts'
import { isPassword } from '../../services/machine/passwords.ts'
import { startSession } from '../../services/accounts/sessions.ts'
import { findUserByEmail } from '../../services/accounts/users.ts'
import { testDatabase } from '../support/database.ts'
import { runCli, type CliResult } from './cli.ts'

type Run = (...args: string[]) => Promise<CliResult>

function runOn(t: { testdir: () => string }, url: string): Run {
  const cwd = t.testdir()
  return (...args) => runCli(['user', ...args], { cwd, env: { DATABASE_URL: url } })
}

t.test(
  'the first user owns the first organization, others get what they are given, and a taken address is refused',
  async t => {
    const { url, sql } = await testDatabase(t)
    const mesher = runOn(t, url)
    const empty = await mesher('list')
    t.match(empty.stdout, /There is no user yet/)

    const first = await mesher('create', '--email', 'Ada@Example.com', '--name', 'Ada', '--json')
    t.equal(first.code, 0, first.stderr)
    const made = JSON.parse(first.stdout)
    t.match(made, { email: 'ada@example.com', name: 'Ada', instance_admin: true, password: /^[\w-]{20}$/ })
    t.ok(await isPassword((await findUserByEmail(sql, 'ada@example.com'))?.password_hash ?? null, made.password))

    const second = await mesher('create', '--email', 'bob@example.com', '--role', 'admin')
    t.match(second.stdout, /^Made the user bob@example.com\.\n {2}Password: [\w-]{20}\nIt is not shown again\.\n$/)
    t.match(JSON.parse((await mesher('list', '--json')).stdout), [
      { email: 'ada@example.com', instance_admin: true, organizations: ['default (owner)'] },
      { email: 'bob@example.com', instance_admin: false, organizations: ['default (admin)'] }
    ])
    t.match((await mesher('list')).stdout, /^ada@example\.com +Ada +default \(owner\) +yes +\d{4}-/m)

    t.match(await mesher('create', '--email', 'BOB@example.com'), {
      code: 1,
      stderr: /There is a user bob@example\.com already/
    })
    t.match(await mesher('create', '--email', 'eve@example.com', '--organization', 'nowhere'), {
      code: 1,
      stderr: /no organization "nowhere"/
    })
    t.match(await mesher('create', '--email', 'nonsense'), { code: 2, stderr: /e-mail address/ })
    t.match(await mesher('create', '--email', 'eve@example.com', '--role', 'king'), { code: 2 })
  }
)

t.test('a new password ends all sessions and API tokens, and lets in who was locked out', async t => {
  const { url, sql } = await testDatabase(t)
  const mesher = runOn(t, url)
  await mesher('create', '--email', 'ada@example.com', '--json')
  const userId = (await findUserByEmail(sql, 'ada@example.com'))?.id ?? ''
  await startSession(sql, { userId, remoteAddress: '', userAgent: '', now: Date.now() })
  await createApiToken(sql, { userId, name: 'CI', scopes: ['read'], expiresAt: null, now: Date.now() })
  const attempt = { purpose: 'login', account: 'ada@example.com', device: null, remoteAddress: '192.0.2.1' } as const
  for (let attempts = 1; attempts <= 10; attempts++) await beginAttempt(sql, attempt, Date.now())
  t.match(await beginAttempt(sql, attempt, Date.now()), { mayTry: false }, 'locked out')

  const { password } = JSON.parse((await mesher('reset-password', 'ADA@example.com', '--json')).stdout)
  t.ok(await isPassword((await findUserByEmail(sql, 'ada@example.com'))?.password_hash ?? null, password))
  t.same(await sql`select * from sessions`, [])
  t.same(await sql`select * from api_tokens`, [])
  t.match(await beginAttempt(sql, attempt, Date.now()), { mayTry: true })
  t.match(await mesher('reset-password', 'nobody@example.com'), {
    code: 1,
    stderr: /There is no user nobody@example\.com/
  })
})
