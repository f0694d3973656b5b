// Goal: rules are made, read, changed, tested and deleted as documented, with secrets masked and private targets
// refused; alerts are listed, acknowledged and resolved. Method: a whole node over HTTP. What evaluates and delivers by
// itself is fast enough to be waited for.
import t from 'tap'
import WebSocket from 'ws'
import { names } from '../../actors/names.ts'
import type { AlertItem, DeliveryItem, Rule } from '../../schema/api/alerts.ts'
import { inbox, quiet, turn } from '../actors/support.ts'
import { apiUnderTest, type ApiClient, type ApiUnderTest } from '../support/api.ts'
import { receiver } from '../support/receiver.ts'

type Page<Item> = { data: Item[]; next_cursor: string | null }

const allowPrivate = { env: { MESHER_WEBHOOK_ALLOW_PRIVATE: 'true' } }

async function send(node: ApiUnderTest, message: string, others: object = {}): Promise<void> {
  const response = await fetch(`${node.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'X-Mesher-Key': node.key },
    body: JSON.stringify({ message, ...others })
  })
  if (response.status !== 202) throw new Error(await response.text())
}

/** Asks until there is an answer; the test's own time limit ends a wait in vain. */
async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
  }
}

const alertsOf = async (client: ApiClient, query = ''): Promise<AlertItem[]> =>
  (await client.get<Page<AlertItem>>(`/api/v1/projects/1/alerts${query}`)).body.data

t.test('rules are kept as they were given, with defaults, and secrets are shown to nobody', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  const actions = [
    { type: 'webhook', url: 'https://hooks.example.com/a', secret: 'hidden one' },
    { type: 'slack', url: 'https://hooks.slack.com/services/T0/B0/hidden' },
    { type: 'discord', url: 'https://discord.com/api/webhooks/1/hidden' },
    { type: 'email', to: ['Ann@Example.com'] }
  ]
  const { status, body } = await user.post<Rule>('/api/v1/projects/1/alert-rules', {
    name: ' Busy ',
    condition: { type: 'threshold', count: 100, window_minutes: 5 },
    filters: { level: 'error', tag: 'region:eu' },
    actions
  })
  t.equal(status, 201)
  t.match(body, {
    name: 'Busy',
    enabled: true,
    condition: { type: 'threshold', count: 100, window_minutes: 5, scope: 'project' },
    filters: { level: 'error', tag: 'region:eu' },
    cooldown_minutes: 60,
    last_fired_at: null,
    delivery_error: null
  })
  t.same(body.actions, [
    { type: 'webhook', url: 'https://hooks.example.com/a', secret: '********' },
    { type: 'slack', url: 'https://hooks.slack.com/********' },
    { type: 'discord', url: 'https://discord.com/********' },
    { type: 'email', to: ['ann@example.com'] }
  ])
  const path = `/api/v1/projects/1/alert-rules/${body.id}`
  for (const answer of [
    await user.get(path),
    await user.get('/api/v1/projects/1/alert-rules'),
    await user.patch(path, { name: 'Busier' })
  ]) {
    t.equal(answer.status, 200)
    t.notMatch(answer.text, /hidden/)
  }

  t.equal((await user.patch(path, { actions: body.actions.toReversed(), cooldown_minutes: 5 })).status, 200)
  const [stored] = await node.sql<{ actions: unknown }[]>`select actions from alert_rules`
  t.same(
    stored?.actions,
    [{ ...actions[3], to: ['ann@example.com'] }, actions[2], actions[1], actions[0]],
    'masks that come back stand for what is stored'
  )
  t.match(await user.patch(path, { actions: [{ type: 'slack', url: 'https://other.example.com/********' }] }), {
    status: 400,
    body: { errors: [{ path: 'actions.0' }] }
  })
  t.match(await user.patch(path, { enabled: false, condition: { type: 'regression' } }), {
    status: 200,
    body: { enabled: false, name: 'Busier', condition: { type: 'regression' }, cooldown_minutes: 5 }
  })
  t.equal((await user.delete(path)).status, 204)
  t.equal((await user.get(path)).status, 404)
})

t.test('reading tokens see of an address that is called no more than the host, and its mask stands for it', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  const reader = await user.withToken(['read'])
  const url = 'https://hooks.example.com/services/by-the-path-alone?key=x'
  const actions = [
    { type: 'webhook', url, secret: 'hidden' },
    { type: 'template', url, template: '{"a":1}' }
  ]
  const { body } = await user.post<Rule>('/api/v1/projects/1/alert-rules', {
    name: 'Rule',
    condition: { type: 'new_issue' },
    actions
  })
  const path = `/api/v1/projects/1/alert-rules/${body.id}`
  await node.sql`
    insert into alert_deliveries (project_id, id, rule_id, notification_id, action, log, next_attempt_at, created_at)
    select 1, gen_random_uuid(), ${body.id}, ${body.id}, actions->0,
      '[{"at":"2026-01-01T00:00:00.000Z","ok":false,"detail":"answered 500"}]', now() + interval '1 day', now()
    from alert_rules`
  await node.sql`
    insert into alerts (project_id, id, rule_id, rule_name, kind, subject, status, fired_at, notification_id)
    values (1, ${body.id}, ${body.id}, '', 'new_issue', 'project', 'active', now(), ${body.id})`
  for (const address of [path, '/api/v1/projects/1/alert-rules', `/api/v1/alerts/${body.id}/deliveries`]) {
    const seen = await reader.get(address)
    t.equal(seen.status, 200)
    t.match(seen.text, 'https://hooks.example.com/********')
    t.notMatch(seen.text, /by-the-path|key=x/, address)
    t.match((await user.get(address)).text, 'by-the-path-alone')
  }
  const { body: seen } = await reader.get<Rule>(path)
  t.equal((await user.patch(path, { actions: seen.actions })).status, 200)
  const [stored] = await node.sql<{ actions: unknown }[]>`select actions from alert_rules`
  t.same(stored?.actions, actions)
  const elsewhere = [{ type: 'webhook', url: 'https://evil.example.com/********', secret: '********' }]
  t.match(await user.patch(path, { actions: elsewhere }), { status: 400, body: { errors: [{ path: 'actions.0' }] } })
})

t.test('what is wrong in a rule is said field by field', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  const good = { name: 'Rule', condition: { type: 'new_issue' } }
  const bad: [object, string][] = [
    [{ ...good, name: '' }, 'name'],
    [{ name: 'Rule' }, 'condition'],
    [{ ...good, condition: { type: 'sometimes' } }, 'condition'],
    [{ ...good, condition: { type: 'threshold', count: 1 } }, 'condition.window_minutes'],
    [{ ...good, condition: { type: 'threshold', count: -1, window_minutes: 5 } }, 'condition.count'],
    [{ ...good, condition: { type: 'threshold', count: 1, window_minutes: 1441 } }, 'condition.window_minutes'],
    [{ ...good, condition: { type: 'new_issue', count: 1 } }, 'condition.count'],
    [{ ...good, filters: { level: 'loud' } }, 'filters.level'],
    [{ ...good, filters: { tag: 'region' } }, 'filters.tag'],
    [{ ...good, filters: { query: 'is:unresolved' } }, 'filters.query'],
    [{ ...good, filters: { query: 'url:*cart*' } }, 'filters.query'],
    [{ ...good, filters: { query: 'release:latest' } }, 'filters.query'],
    [{ ...good, filters: { query: 'level:' } }, 'filters.query'],
    [{ ...good, filters: { issue_older_than_minutes: 5 } }, 'filters.issue_older_than_minutes'],
    [
      { ...good, condition: { type: 'threshold', count: 1, window_minutes: 721, increase_percent: 50 } },
      'condition.window_minutes'
    ],
    [{ ...good, cooldown_minutes: -1 }, 'cooldown_minutes'],
    [{ ...good, actions: Array(11).fill({ type: 'email', to: ['a@b.c'] }) }, 'actions'],
    [{ ...good, actions: [{ type: 'email', to: ['nobody'] }] }, 'actions.0.to.0'],
    [{ ...good, actions: [{ type: 'email', to: [] }] }, 'actions.0.to'],
    [{ ...good, actions: [{ type: 'webhook', url: 'ftp://example.com' }] }, 'actions.0.url'],
    [{ ...good, actions: [{ type: 'webhook', url: 'https://user:pass@example.com' }] }, 'actions.0.url'],
    [{ ...good, actions: [{ type: 'webhook', url: 'http://127.0.0.1:5432' }] }, 'actions.0.url'],
    [{ ...good, actions: [{ type: 'slack', url: 'http://localhost/' }] }, 'actions.0.url'],
    [{ ...good, actions: [{ type: 'discord', url: 'http://[::1]/' }] }, 'actions.0.url'],
    [{ ...good, unknown: 1 }, 'unknown']
  ]
  for (const [body, path] of bad) {
    const answer = await user.post('/api/v1/projects/1/alert-rules', body)
    t.match(answer, { status: 400, body: { errors: [{ path }] } }, JSON.stringify(body))
  }
  t.equal((await node.sql`select from alert_rules`).length, 0)
})

t.test('rules and alerts of others are not there, and reading tokens change nothing', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  const { id: organizationId, project } = await node.organization('other')
  const stranger = await node.user('owner', { organizationId })
  const {
    body: { id }
  } = await user.post<Rule>('/api/v1/projects/1/alert-rules', { name: 'Rule', condition: { type: 'new_issue' } })
  for (const path of [
    `/api/v1/projects/1/alert-rules/${id}`,
    `/api/v1/projects/${project.id}/alert-rules/${id}`,
    '/api/v1/projects/1/alert-rules',
    '/api/v1/projects/1/alerts'
  ]) {
    t.equal((await stranger.get(path)).status, 404, path)
  }
  const reader = await user.withToken(['read'])
  t.equal((await reader.get(`/api/v1/projects/1/alert-rules/${id}`)).status, 200)
  t.equal((await reader.post(`/api/v1/projects/1/alert-rules/${id}/test`)).status, 403)
  t.equal((await reader.delete(`/api/v1/projects/1/alert-rules/${id}`)).status, 403)
  for (const path of ['/api/v1/alerts/nothing', '/api/v1/projects/1/alert-rules/nothing']) {
    t.equal((await user.get(path)).status, 400, path)
  }
})

t.test('a new issue is told by its rule, and its alert goes through acknowledged to resolved', async t => {
  const node = await apiUnderTest(t, allowPrivate)
  const user = await node.user('member', { name: 'Ann' })
  const target = await receiver(t)
  await user.post('/api/v1/projects/1/alert-rules', {
    name: 'New',
    condition: { type: 'new_issue' },
    actions: [{ type: 'webhook', url: target.url }]
  })
  await send(node, 'first trouble')
  const [{ body } = { body: '{}' }] = await target.until(1)
  const told: { alert: { id: string }; alert_count: number } = JSON.parse(body)

  const [alert] = await alertsOf(user)
  t.match(alert, {
    id: told.alert.id,
    status: 'active',
    type: 'new_issue',
    rule: { name: 'New' },
    issue: { title: 'first trouble', status: 'unresolved' },
    value: null
  })
  t.equal(told.alert_count, 1)
  t.match(await user.post(`/api/v1/alerts/${alert?.id}/acknowledge`), {
    status: 200,
    body: { status: 'acknowledged', acknowledged_by: { id: user.id, name: 'Ann' }, resolved_by: null }
  })
  t.equal((await alertsOf(user, '?status=active')).length, 0)
  t.equal((await alertsOf(user, '?status=acknowledged')).length, 1)
  t.match(await user.post(`/api/v1/alerts/${alert?.id}/resolve`), {
    status: 200,
    body: { status: 'resolved', resolved_by: { id: user.id } }
  })
  t.equal((await user.post(`/api/v1/alerts/${alert?.id}/acknowledge`)).status, 409)

  const delivery = await until(async () =>
    (await user.get<Page<DeliveryItem>>(`/api/v1/alerts/${alert?.id}/deliveries`)).body.data.find(
      ({ state }) => state === 'delivered'
    )
  )
  t.match(delivery, {
    type: 'webhook',
    target: target.url,
    alert_count: 1,
    attempts: [{ ok: true, detail: 'answered 200' }],
    next_attempt_at: null
  })
})

t.test('dashboards hear of alerts as they fire, are acknowledged and resolved, also with no other action', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  await user.post('/api/v1/projects/1/alert-rules', { name: 'New', condition: { type: 'new_issue' } })
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/api/v1/stream`, { headers: user.credential })
  t.teardown(() => socket.terminate())
  const told: AlertItem['status'][] = []
  const heard = (status: string): Promise<AlertItem> =>
    new Promise(resolve => {
      socket.on('message', data => {
        const frame: { type: string; project?: string; alert?: AlertItem } = JSON.parse(String(data))
        if (frame.type === 'subscribed' && status === '') socket.emit('following')
        if (frame.alert === undefined || frame.alert.status !== status) return
        told.push(frame.alert.status)
        resolve(frame.alert)
      })
    })
  const following = new Promise(resolve => {
    socket.once('following', resolve)
  })
  heard('').catch(t.fail)
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', project: '1' })))
  await following

  const active = heard('active')
  await send(node, 'trouble')
  const { id, issue } = await active
  t.equal(issue?.title, 'trouble')
  const acknowledged = heard('acknowledged')
  await user.post(`/api/v1/alerts/${id}/acknowledge`)
  t.match(await acknowledged, { id, acknowledged_by: { id: user.id } })
  const resolved = heard('resolved')
  await user.post(`/api/v1/alerts/${id}/resolve`)
  t.match(await resolved, { id, resolved_by: { id: user.id } })
  t.same(told, ['active', 'acknowledged', 'resolved'], 'each once')
})

t.test('who evaluates rules hears of a new issue and of a regression as they are committed', async t => {
  const node = await apiUnderTest(t)
  const { mesh } = node.running
  const leads = async (isLeading: boolean): Promise<void> => {
    while ((mesh.whereis(names.alertEvaluator) !== undefined) !== isLeading) await turn()
  }
  await leads(true)
  // Another node leads now, so that a process of the test can take the name.
  await node.sql`update leases set holder = 'elsewhere', epoch = epoch + 1, expires_at = 'infinity'
    where name = 'alerts'`
  await leads(false)
  const { take } = inbox(mesh, names.alertEvaluator)
  await send(node, 'trouble')
  await quiet(mesh)
  t.same(take(), [{ type: 'hint' }])
  await send(node, 'trouble')
  await quiet(mesh)
  t.same(take(), [], 'one more event is no news')
  await node.sql`update issues set status = 'resolved', substatus = '', resolved_at = now() - interval '1 second'`
  await send(node, 'trouble')
  await quiet(mesh)
  t.same(take(), [{ type: 'hint' }])
})

t.test('a burst of new issues is one notification', async t => {
  // A notification waits two seconds for more: that time stands still until all have fired.
  const begun = Date.now()
  let wallNow = (): number => begun
  const node = await apiUnderTest(t, { ...allowPrivate, override: deps => ({ ...deps, wallNow: () => wallNow() }) })
  const user = await node.user('member')
  const target = await receiver(t)
  await user.post('/api/v1/projects/1/alert-rules', {
    name: 'New',
    condition: { type: 'new_issue' },
    actions: [{ type: 'webhook', url: target.url }]
  })
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => send(node, `trouble of kind ${String.fromCharCode(97 + index)}`))
  )
  await until(async () => (await alertsOf(user)).length === 12 || undefined)
  wallNow = Date.now
  const [{ body } = { body: '{}' }] = await target.until(1)
  t.match(JSON.parse(body), { alert_count: 12 })
  t.equal((await alertsOf(user)).length, 12)
  const pages: AlertItem[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page<AlertItem> = (
      await user.get<Page<AlertItem>>(`/api/v1/projects/1/alerts?limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).body
    pages.push(...page.data)
    cursor = page.next_cursor
  }
  t.same(pages, await alertsOf(user))
})

t.test('a delivery that fails is shown with its rule, and waits to be tried again', async t => {
  const node = await apiUnderTest(t, allowPrivate)
  const user = await node.user('member')
  const target = await receiver(t, response => {
    response.writeHead(503).end()
  })
  const {
    body: { id }
  } = await user.post<Rule>('/api/v1/projects/1/alert-rules', {
    name: 'New',
    condition: { type: 'new_issue' },
    actions: [{ type: 'webhook', url: target.url }]
  })
  await send(node, 'trouble')
  const rule = await until(async () => {
    const { body } = await user.get<Rule>(`/api/v1/projects/1/alert-rules/${id}`)
    return body.delivery_error === null ? undefined : body
  })
  t.match(rule.delivery_error, { target: target.url, detail: 'answered 503', given_up: false })
  const [alert] = await alertsOf(user)
  const {
    body: {
      data: [delivery]
    }
  } = await user.get<Page<DeliveryItem>>(`/api/v1/alerts/${alert?.id}/deliveries`)
  t.match(delivery, { state: 'waiting', attempts: [{ ok: false, detail: 'answered 503' }], settled_at: null })
  const at = Date.parse(delivery?.attempts[0]?.at ?? '')
  t.equal(Date.parse(delivery?.next_attempt_at ?? ''), at + 60_000)
})

t.test('a test goes out by every action at once and tells how it went', async t => {
  const node = await apiUnderTest(t, allowPrivate)
  const user = await node.user('member')
  const incidents = await receiver(t, response => {
    response.writeHead(202).end()
  })
  const [good, bad] = [
    await receiver(t),
    await receiver(t, response => {
      response.writeHead(404).end()
    })
  ]
  const {
    body: { id }
  } = await user.post<Rule>('/api/v1/projects/1/alert-rules', {
    name: 'New',
    condition: { type: 'new_issue' },
    actions: [
      { type: 'webhook', url: good.url, secret: 's' },
      { type: 'slack', url: `${bad.url}/hidden` },
      { type: 'email', to: ['a@b.c'] },
      { type: 'pagerduty', routing_key: 'k', url: incidents.url }
    ]
  })
  const { status, body } = await user.post(`/api/v1/projects/1/alert-rules/${id}/test`)
  t.equal(status, 200)
  t.same(body, {
    data: [
      { type: 'webhook', target: good.url, ok: true, detail: 'answered 200' },
      { type: 'slack', target: `127.0.0.1:${bad.port}`, ok: false, detail: 'answered 404' },
      { type: 'email', target: user.email, ok: false, detail: 'no mail server is configured (MESHER_SMTP_URL)' },
      { type: 'pagerduty', target: `127.0.0.1:${incidents.port}`, ok: true, detail: 'answered 202' }
    ]
  })
  t.match(
    incidents.received.map(({ path, body }) => [path, JSON.parse(body)]),
    ['trigger', 'resolve'].map(action => ['/v2/enqueue', { event_action: action, dedup_key: /^mesher-test-/ }]),
    'no incident stays open'
  )
  t.match(JSON.parse(good.received[0]?.body ?? '{}'), { test: true, alert: { type: 'new_issue' } })
  const again = await user.post(`/api/v1/projects/1/alert-rules/${id}/test`)
  t.equal(again.status, 429)
  t.equal(again.headers.get('retry-after'), '3')
  t.equal((await alertsOf(user)).length, 0)
})

t.test('a preview shows the requests of actions without their secrets, and sends nothing', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  const path = '/api/v1/projects/1/alert-rules/preview'
  const { status, body, text } = await user.post(path, {
    actions: [
      { type: 'telegram', token: '1:hidden', chat_id: '-100' },
      { type: 'webhook', url: 'https://hooks.example.com/a', secret: 'hidden' },
      { type: 'opsgenie', api_key: 'hidden' },
      { type: 'email', to: ['a@example.com'] }
    ],
    condition: { type: 'threshold', count: 5, window_minutes: 5 }
  })
  t.equal(status, 200)
  t.notMatch(text, /hidden/)
  t.match(body, {
    data: [
      { type: 'telegram', method: 'POST', url: 'https://api.telegram.org/bot********/sendMessage', body: /6 events/ },
      { headers: { 'X-Mesher-Signature': /,v1=\*{8}$/ } },
      { url: 'https://api.opsgenie.com/v2/alerts', headers: { Authorization: 'GenieKey ********' } },
      { method: 'MAIL', url: 'a@example.com', headers: { Subject: /6 events/ } }
    ]
  })
  const template = { type: 'template', url: 'https://a.example.com', template: '{"a": "{{ b }}"}' }
  t.match(await user.post(path, { actions: [template] }), {
    status: 400,
    body: { errors: [{ path: 'actions.0.template', message: /^line 1, column 8: there is no field/ }] }
  })
  const inside = { type: 'ntfy', topic: 'a', url: 'http://127.0.0.1' }
  t.match(await user.post(path, { actions: [inside] }), { status: 400, body: { errors: [{ path: 'actions.0.url' }] } })
})

t.test('a project has so many rules and no more', async t => {
  const node = await apiUnderTest(t)
  const user = await node.user('member')
  await node.sql`
    insert into alert_rules (project_id, id, name, is_enabled, kind, filters, actions, cooldown_minutes, created_at,
      updated_at)
    select 1, gen_random_uuid(), '', false, 'new_issue', '{}', '[]', 60, now(), now() from generate_series(1, 99)`
  const rule = { name: 'Rule', condition: { type: 'new_issue' } }
  const answers = await Promise.all([1, 2, 3].map(() => user.post('/api/v1/projects/1/alert-rules', rule)))
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409])
})
