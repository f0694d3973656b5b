// Goal: `mesher processes` shows names, restarts and reasons of a running server, with a token of its own that is gone
// afterwards, and says why it may not look. Method: the program as a child process against a node in this process.
import t from 'tap'
import { names } from '../../actors/names.ts'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { until } from '../actors/support.ts'
import { apiUnderTest } from '../support/api.ts'
import { runCli } from './cli.ts'

const api = await apiUnderTest(t)
const processes = (...args: string[]) =>
  runCli(['processes', '--url', api.url, ...args], { env: { DATABASE_URL: api.databaseUrl } })

t.test('without an instance admin there is nobody to ask for', async t => {
  t.match(await processes(), { code: 1, stderr: /no instance admin yet[^]+makes the first user/ })
})

t.test('the tree is a table, or JSON, with what was restarted and why', async t => {
  await api.user('member', { isInstanceAdmin: true })
  const { mesh } = api.running
  const before = mesh.whereis(names.rateLimiter)
  if (before === undefined) throw new Error('it runs')
  mesh.exit(before, { error: { name: 'TypeError', message: 'no bucket \u001b[31m' } })
  await until(() => ![undefined, before.serial].includes(mesh.whereis(names.rateLimiter)?.serial))

  const { code, stdout } = await processes()
  t.equal(code, 0)
  t.match(stdout, /^ {4}rate-limiter +running +0 +1 +\S.*: TypeError: no bucket/m)
  t.notOk(stdout.includes('\u001b[31m'), 'a message cannot colour the terminal')
  t.match(stdout, /^ {2}storage +running/m)
  t.match(JSON.parse((await processes('--json')).stdout), [{ name: 'mesher', registered: ['mesher'], children: [] }])
  t.equal((await api.sql`select from api_tokens where name = 'mesher processes'`).length, 0)
})

t.test('a refusal, or nobody who answers, is a sentence with a hint', async t => {
  const { id: userId } = await api.user('owner')
  const owners = { userId, name: 'test', scopes: ['read' as const], expiresAt: null, now: Date.now() }
  const created = await createApiToken(api.sql, owners)
  t.match(await processes('--token', created?.token ?? ''), { code: 1, stderr: /refuses with 403\n.*instance admin/ })
  t.match(await processes('--token', 'x', '--url', 'http://127.0.0.1:1'), { code: 1, stderr: /no server answers/ })
})
