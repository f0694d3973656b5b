// Goal: an account goes whole, on the wish of its user with a recent login or of an operator, and nothing is left
// without an owner. Method: a whole node, users with sessions, and what the tables say afterwards.
import t from 'tap'
import { runCli } from '../bin/cli.ts'
import { apiUnderTest } from '../support/api.ts'
import { commitEvents, issueIdOf } from '../support/issues.ts'

type Refused = { detail: string }

t.test('an account goes with its sessions, tokens and memberships, and its issues are unassigned', async t => {
  const api = await apiUnderTest(t)
  const owner = await api.user('owner')
  const ada = await api.user('member', { email: 'ada@example.com', name: 'Ada' })
  const token = await ada.withToken(['read'])
  await commitEvents(api.sql, { issue: 'a' })
  const issue = await issueIdOf(api.sql, 'a')
  await owner.patch(`/api/v1/issues/${issue}`, { assignee: ada.id })
  await ada.post(`/api/v1/issues/${issue}/comments`, { text: 'Seen it.' })

  t.equal((await token.delete('/api/v1/auth/me')).status, 403, 'only at a browser')
  await api.sql`update sessions set created_at = now() - interval '1 hour' where user_id = ${ada.id}`
  t.match(await ada.delete('/api/v1/auth/me'), { status: 403, body: { type: /recent_login_required/ } })
  await api.sql`update sessions set confirmed_at = now() where user_id = ${ada.id}`
  t.equal((await ada.delete('/api/v1/auth/me')).status, 204)
  t.equal((await ada.get('/api/v1/auth/me')).status, 401)
  t.equal((await token.get('/api/v1/auth/me')).status, 401)
  t.match((await owner.get(`/api/v1/issues/${issue}`)).body, { assignee: null })
  const activity = await owner.get(`/api/v1/issues/${issue}/activity`)
  t.match(activity.body, { data: [{ kind: 'unassigned' }, { kind: 'commented', user: null }, { kind: 'assigned' }] })
  t.notMatch(activity.text, /ada@example\.com|Ada/)
  t.same([...(await api.sql`select from users where email = 'ada@example.com'`)], [])
})

t.test('nobody goes who alone owns an organization, or administers the server', async t => {
  const api = await apiUnderTest(t)
  const owner = await api.user('owner')
  t.match(await owner.delete<Refused>('/api/v1/auth/me'), { status: 409, body: { detail: /You alone own Default/ } })
  const admin = await api.user('member', { isInstanceAdmin: true })
  t.match(await admin.delete<Refused>('/api/v1/auth/me'), { status: 409, body: { detail: /only instance admin/ } })
  const second = await api.user('owner', { isInstanceAdmin: true })
  t.equal((await owner.delete('/api/v1/auth/me')).status, 204)
  t.match(await second.delete<Refused>('/api/v1/auth/me'), { status: 409, body: { detail: /You alone own/ } })
  t.equal((await admin.delete('/api/v1/auth/me')).status, 204)

  const run = (...args: string[]) =>
    runCli(['user', 'delete', ...args], { cwd: t.testdir(), env: { DATABASE_URL: api.databaseUrl } })
  t.match(await run(second.email), { code: 1, stderr: /only instance admin|alone owns/ })
  const other = await api.user('member')
  t.match(await run(other.email), { code: 0, stdout: `Deleted the account of ${other.email}.` })
  t.match(await run(other.email), { code: 1, stderr: /There is no user/ })
})
