// Goal: a rule with a stranger's address sends them a question and nothing else until they agree; tests go to the
// caller alone; who is assigned issues is told by mail, unless they did it themselves. Method: a whole node over HTTP
// with a mail server; alerts fire and are delivered as they are.
import t from 'tap'
import type { DeliveryItem, Rule } from '../../schema/api/alerts.ts'
import { commitEvents, issueIdOf } from '../support/issues.ts'
import { apiUnderTest, type ApiClient, type ApiUnderTest } from '../support/api.ts'
import { mailServer, type Mail } from '../support/receiver.ts'

type Test = Parameters<typeof apiUnderTest>[0]
type World = { api: ApiUnderTest; mails: Mail[] }

async function world(t: Test): Promise<World> {
  const { url, mails } = await mailServer(t)
  return { api: await apiUnderTest(t, { env: { MESHER_SMTP_URL: `${url}?from=mesher@example.com` } }), mails }
}

const rules = '/api/v1/projects/1/alert-rules'
const ruleFor = (...to: string[]) => ({
  name: 'New',
  condition: { type: 'new_issue' },
  actions: [{ type: 'email', to }],
  cooldown_minutes: 0
})
/** Lines of a mail may be folded. */
const plain = (mail: Mail | undefined): string =>
  mail?.source
    .replaceAll('=\r\n', '')
    .replaceAll(/\r\n (?=\S)/g, ' ')
    .replaceAll('\r\n', '\n') ?? ''
const linkIn = (mail: Mail | undefined): string => /\/account\/mail\/([\w-]{43})/.exec(plain(mail))?.[1] ?? ''

async function fire({ api }: World, client: ApiClient, message: string): Promise<DeliveryItem> {
  await fetch(`${api.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'X-Mesher-Key': api.key },
    body: JSON.stringify({ message, fingerprint: [message] })
  })
  for (;;) {
    const [alert] = (
      await client.get<{ data: { id: string; issue: { title: string } | null }[] }>('/api/v1/projects/1/alerts')
    ).body.data
    if (alert?.issue?.title !== message) continue
    const [delivery] = (await client.get<{ data: DeliveryItem[] }>(`/api/v1/alerts/${alert.id}/deliveries`)).body.data
    if (delivery !== undefined && delivery.state !== 'waiting') return delivery
  }
}

t.test('a stranger is asked, and gets alerts from the moment they agree', async t => {
  const here = await world(t)
  const { api, mails } = here
  const user = await api.user('member')
  const { body: rule } = await user.post<Rule>(rules, ruleFor('on-call@example.org', user.email))
  t.match(rule.recipients, [
    { email: 'on-call@example.org', state: 'waiting', asked_at: /Z$/ },
    { email: user.email, state: 'ready', asked_at: null }
  ])
  t.match(mails, [{ to: ['on-call@example.org'], source: new RegExp(user.email) }])
  const link = linkIn(mails[0])
  t.notMatch(plain(mails[0]), api.url, 'the host that a request names is told to its own sender alone')

  const before = await fire(here, user, 'before')
  t.match(before, { state: 'delivered', attempts: [{ detail: 'accepted by the mail server; 1 of 2 have not agreed' }] })
  t.same(mails[1]?.to, [user.email])

  const question = `/api/v1/mail-questions/${link}`
  t.match(await api.nobody.get(question), {
    status: 200,
    body: { email: 'on-call@example.org', organization: 'default', state: 'waiting' }
  })
  t.match((await user.get<Rule>(`${rules}/${rule.id}`)).body.recipients, [{ state: 'waiting' }], 'reading is no answer')
  t.match(await api.nobody.post(question, { wants: true }), { status: 200, body: { state: 'confirmed' } })
  t.match(await fire(here, user, 'after'), {
    state: 'delivered',
    attempts: [{ detail: 'accepted by the mail server' }]
  })
  t.same(mails[2]?.to, ['on-call@example.org', user.email])

  await api.nobody.post(question, { wants: false })
  await fire(here, user, 'declined')
  t.same(mails[3]?.to, [user.email])
  t.match((await user.get<{ data: Rule[] }>(rules)).body.data, [{ recipients: [{ state: 'declined' }, {}] }])
  t.match(await api.nobody.get(`/api/v1/mail-questions/${'a'.repeat(43)}`), { status: 404 })
})

t.test('asking again is for addresses of the rule that have not answered, once in an hour', async t => {
  const { api, mails } = await world(t)
  const user = await api.user('member')
  const { body: rule } = await user.post<Rule>(rules, ruleFor('on-call@example.org', user.email))
  const ask = (email: string, client: ApiClient = user) => client.post(`${rules}/${rule.id}/recipients`, { email })
  t.match(await ask('other@example.org'), { status: 400, body: { errors: [{ path: 'email' }] } })
  t.match(await ask(user.email), { status: 409 })
  t.match(await ask('on-call@example.org', await user.withToken(['read'])), { status: 403 })
  const tooSoon = await ask('On-Call@example.org')
  t.equal(tooSoon.status, 429)
  t.match(tooSoon.headers.get('retry-after'), /^\d+$/)
  await api.sql`update mail_recipients set asked_at = asked_at - interval '1 hour'`
  t.match(await ask('on-call@example.org'), { status: 200, body: { state: 'waiting', asked_at: /Z$/ } })
  t.equal(mails.length, 2)
  await user.patch(`${rules}/${rule.id}`, { name: 'Newer', actions: rule.actions })
  t.equal(mails.length, 2, 'a rule that is saved asks nobody again')
})

t.test(
  'rules with thousands of strangers send them nothing but twenty questions, and tests go to the caller',
  async t => {
    const { api, mails } = await world(t)
    const user = await api.user('member')
    const made: Rule[] = []
    for (let index = 0; index < 10; index++) {
      const to = (action: number) =>
        Array.from({ length: 20 }, (_, at) => `victim-${index}-${action}-${at}@example.org`)
      const actions = Array.from({ length: 10 }, (_, action) => ({ type: 'email', to: to(action) }))
      made.push((await user.post<Rule>(rules, { ...ruleFor(), actions })).body)
    }
    t.equal(mails.length, 20)
    const results = await Promise.all(made.map(({ id }) => user.post<{ data: object[] }>(`${rules}/${id}/test`)))
    t.same(new Set(mails.slice(20).flatMap(mail => mail.to)), new Set([user.email]), 'nobody else gets a test')
    t.equal(mails.length, 30, 'and of a rule with ten targets one mail')
    t.match(results[0]?.body.data, Array(10).fill({ type: 'email', target: user.email, ok: true }))
  }
)

t.test('an unconfirmed member is asked like a stranger, and confirms the account by the link', async t => {
  const { api, mails } = await world(t)
  const [owner, squatted] = [await api.user('owner'), await api.user('member')]
  await api.sql`update users set email_confirmed_at = null where id = ${squatted.id}`
  const { body: rule } = await owner.post<Rule>(rules, ruleFor(owner.email))
  const test = (client: ApiClient) => client.post<{ data: object[] }>(`${rules}/${rule.id}/test`)
  t.match((await test(squatted)).body.data, [{ ok: false, detail: /not confirmed yet: a mail .* was sent/ }])
  await api.sql`update alert_rules set tested_at = null`
  t.match((await test(squatted)).body.data, [{ ok: false, detail: /use the link/ }])
  t.equal(mails.length, 1)

  const question = `/api/v1/mail-questions/${linkIn(mails[0])}`
  const confirmed = async () =>
    (await api.sql`select from users where id = ${squatted.id} and email_confirmed_at is not null`).length === 1
  await owner.post(question, { wants: true })
  t.equal(await confirmed(), false, 'by nobody else')
  await squatted.post(question, { wants: true })
  t.equal(await confirmed(), true)
  await api.sql`update alert_rules set tested_at = null`
  t.match((await test(squatted)).body.data, [{ ok: true }])
})

t.test('who is assigned issues by somebody else gets one mail that leads to them', async t => {
  const { api, mails } = await world(t)
  const [ada, bob] = [await api.user('member', { name: 'Ada\nLovelace' }), await api.user('member')]
  await commitEvents(
    api.sql,
    { projectId: api.projectId, issue: 'a', title: 'The cart\nis lost' },
    { projectId: api.projectId, issue: 'b' }
  )
  const [a, b] = [await issueIdOf(api.sql, 'a', api.projectId), await issueIdOf(api.sql, 'b', api.projectId)]
  const assign = (assignee: string | null) => ada.patch(`/api/v1/issues/${a}`, { assignee })
  const sent = async (count: number) => {
    while (mails.length < count) await new Promise(resolve => setImmediate(resolve))
    return mails.slice(count - 1)
  }

  await assign(ada.id)
  await assign(bob.id)
  const [first] = await sent(1)
  t.same(first?.to, [bob.email])
  t.match(plain(first), /^Subject: \[Mesher\] Assigned to you: DEFAULT-\d The cart is lost$/m)
  t.match(plain(first), /^Ada Lovelace assigned this issue to you:$/m)
  t.match(plain(first), new RegExp(`http://localhost:\\d+/default/default/issues/${a}$`, 'm'))
  t.notMatch(plain(first), api.url, 'the host that a request names is told to its own sender alone')

  await assign(bob.id)
  await assign(null)
  await ada.post('/api/v1/projects/1/issues/bulk', { ids: [a, b], change: { assignee: bob.id } })
  t.match(plain((await sent(2))[0]), /^Subject: \[Mesher\] Assigned to you: 2 issues$/m)
  t.equal(mails.length, 2, 'nothing of what somebody gave themselves, or had already')
})
