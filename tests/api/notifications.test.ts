// Goal: a project begins with a rule that tells its creator of new issues, who is told what is read in one place, and
// many alerts are acknowledged at once. Method: a whole node over HTTP, with and without a mail server.
import t from 'tap'
import { hashSecret } from '../../services/machine/secrets.ts'
import type { AlertItem, Rule } from '../../schema/api/alerts.ts'
import { apiUnderTest, type ApiUser } from '../support/api.ts'
import { mailServer } from '../support/receiver.ts'

type Page<Item> = { data: Item[]; next_cursor: string | null }
type Told = { project: { slug: string }; rules: Rule[] }
const begins = { name: 'New issues', enabled: true, condition: { type: 'new_issue' } }

const toldOf = async (user: ApiUser, organizationId: string) =>
  (await user.get<Page<Told>>(`/api/v1/orgs/${organizationId}/notifications`)).body.data

t.test('who makes a project is told of new issues by mail', async t => {
  const { url, mails } = await mailServer(t)
  const api = await apiUnderTest(t, { env: { MESHER_SMTP_URL: `${url}?from=mesher@example.com` } })
  const user = await api.user('admin')
  await user.post(`/api/v1/orgs/${api.organizationId}/projects`, { name: 'Shop' })
  const told = (await toldOf(user, api.organizationId)).find(({ project }) => project.slug === 'shop')
  t.match(told?.rules, [
    {
      ...begins,
      actions: [{ type: 'email', to: [user.email] }],
      recipients: [{ email: user.email, state: 'ready' }]
    }
  ])
  t.equal(mails.length, 0, 'a confirmed address is asked nothing')

  await api.sql`update users set email_confirmed_at = null where id = ${user.id}`
  await user.post(`/api/v1/orgs/${api.organizationId}/projects`, { name: 'Mobile' })
  t.match(mails, [{ to: [user.email] }], 'one that is not confirmed is asked')
})

t.test('without a mail server it is told in the dashboard', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('admin')
  await user.post(`/api/v1/orgs/${api.organizationId}/projects`, { name: 'Shop' })
  t.match(await toldOf(user, api.organizationId), [
    { project: { slug: 'default' }, rules: [] },
    { project: { slug: 'shop' }, rules: [{ ...begins, actions: [] }] }
  ])
  const other = await api.organization('other')
  t.equal((await user.get(`/api/v1/orgs/${other.id}/notifications`)).status, 404)
})

t.test('the first project tells the first user', async t => {
  const api = await apiUnderTest(t)
  await api.sql`insert into setup_tokens (secret_hash, created_at) values (${hashSecret('a token')}, now())`
  const set = await api.nobody.post('/api/v1/setup', {
    token: 'a token',
    email: 'first@example.com',
    password: 'correct horse battery'
  })
  t.equal(set.status, 201)
  const rules = await api.sql<{ name: string }[]>`select name from alert_rules where project_id = ${api.projectId}`
  t.same(
    rules.map(({ name }) => name),
    ['New issues']
  )
})

t.test('many alerts are acknowledged and resolved at once', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member', { name: 'Ada' })
  const other = await api.organization('other')
  const path = `/api/v1/projects/${api.projectId}/alerts`
  await api.sql`
    insert into alerts (project_id, id, rule_id, rule_name, kind, subject, status, fired_at)
    select project, gen_random_uuid(), gen_random_uuid(), 'New', 'new_issue', 'project', 'active', now()
    from unnest(${[api.projectId, api.projectId, api.projectId, other.project.id]}::bigint[]) project`
  const alerts = async () => (await user.get<Page<AlertItem>>(path)).body.data
  const states = async () => (await alerts()).map(({ status }) => status).sort()

  const [first] = await alerts()
  t.match(await user.post(`${path}/bulk`, { act: 'resolve', ids: [first?.id] }), { body: { changed: 1, more: false } })
  t.match(await user.post(`${path}/bulk`, { act: 'acknowledge' }), { body: { changed: 2, more: false } })
  t.same(await states(), ['acknowledged', 'acknowledged', 'resolved'])
  t.match((await alerts()).find(({ status }) => status === 'acknowledged')?.acknowledged_by, { name: 'Ada' })
  t.match(await user.post(`${path}/bulk`, { act: 'acknowledge' }), { body: { changed: 0 } })
  t.match(await user.post(`${path}/bulk`, { act: 'resolve' }), { body: { changed: 2 } })
  t.same(await states(), ['resolved', 'resolved', 'resolved'])
  t.equal((await user.post(`${path}/bulk`, { act: 'delete' })).status, 400)
  const [theirs] = await api.sql<{ status: string }[]>`select status from alerts where project_id = ${other.project.id}`
  t.equal(theirs?.status, 'active', 'and those of others stay')
})
