// Goal: the live stream over real sockets opens for users who may see it, shows what is committed, resumes, and ends
// with the session. Method: one whole node on a real database, `ws` clients, events sent over HTTP.
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { names } from '../../actors/names.ts'
import { limits } from '../../schema/limits.ts'
import { until } from '../actors/support.ts'
import { apiUnderTest, type Credential } from '../support/api.ts'

type Message = Record<string, unknown> & { type: string }

const api = await apiUnderTest(t)
const { url, key, projectId, sql } = api
const member = await api.user('member')
const stranger = await api.user(null)

async function refusal(headers: Credential): Promise<number> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, { headers })
  const status = await new Promise<number>((resolve, reject) => {
    ws.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    ws.on('open', () => resolve(101))
    ws.on('error', reject)
  })
  ws.on('error', () => {})
  ws.terminate()
  return status
}

async function dashboard(t: Test, headers: Credential = member.credential) {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, { headers })
  t.teardown(() => ws.terminate())
  const messages: Message[] = []
  let heard = (): void => {}
  ws.on('message', data => {
    messages.push(JSON.parse(String(data)))
    heard()
  })
  ws.on('close', () => heard())
  await once(ws, 'open')
  /** The next message of this type; others are kept, because messages of events and issues come in no order. */
  async function next(type: string): Promise<Message> {
    for (;;) {
      const at = messages.findIndex(message => message.type === type)
      if (at !== -1) return messages.splice(at, 1)[0] ?? { type }
      if (ws.readyState !== ws.OPEN) throw new Error(`closed before ${type}`)
      await new Promise<void>(resolve => {
        heard = resolve
      })
    }
  }
  const say = (message: unknown) => ws.send(JSON.stringify(message))
  return {
    ws,
    say,
    next,
    subscribe: async (more: object = {}) => {
      say({ type: 'subscribe', project: String(projectId), ...more })
      return await next('subscribed')
    }
  }
}

async function send(event: object): Promise<string> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': key },
    body: JSON.stringify(event)
  })
  if (response.status !== 202) throw new Error(`not stored: ${response.status}`)
  return Object(await response.json()).id
}

t.test('opens for a session with the Origin of this server and for a token, and for nobody else', async t => {
  const { cookie = '' } = member.credential
  t.equal(await refusal({}), 401)
  t.equal(await refusal({ cookie: `mesher_session=${'x'.repeat(43)}`, origin: url }), 401)
  t.equal(await refusal({ authorization: 'Bearer nonsense' }), 401)
  t.equal(await refusal({ cookie }), 403)
  t.equal(await refusal({ cookie, origin: 'https://elsewhere.example' }), 403)
  t.equal(await refusal(member.credential), 101)
  t.equal(await refusal((await member.withToken(['read'])).credential), 101)
  t.equal((await fetch(`${url}/api/v1/stream`)).status, 400)
})

t.test('shows committed events with the filters of each, new issues, and counts', async t => {
  const all = await dashboard(t)
  const errors = await dashboard(t)
  t.match(await all.subscribe(), { project: String(projectId), seq: String })
  await errors.subscribe({ filters: { level: ['error'], environment: ['prod'] } })
  const info = await send({ message: 'a note', level: 'info', environment: 'prod' })
  const error = await send({ message: 'it broke', level: 'error', environment: 'prod', release: '1.0' })

  const shown: { id: string }[] = []
  while (shown.length < 2) shown.push(...Object(await all.next('events')).events)
  t.same(new Set(shown.map(({ id }) => id)), new Set([info, error]))
  t.match(await errors.next('events'), {
    project: String(projectId),
    events: [
      {
        id: error,
        title: 'it broke',
        level: 'error',
        environment: 'prod',
        release: '1.0',
        received_at: String,
        issue_id: String
      }
    ]
  })
  t.match(await all.next('issue'), {
    action: 'created',
    issue: { id: String, short_id: String, title: String, status: 'unresolved', substatus: 'new', event_count: Number }
  })
  t.match(await all.next('issue_counts'), {
    issue_counts: [{ issue_id: String, event_count: Number, user_count: Number, last_seen: String }],
    unresolved: Number
  })
})

t.test('shows that an issue has regressed, and that an archived one escalates', async t => {
  const { subscribe, next } = await dashboard(t)
  await send({ message: 'it comes and goes' })
  const [issue] = await sql<{ id: string }[]>`
    update issues set status = 'resolved', substatus = '', resolved_at = now() - interval '1 second'
    where title = 'it comes and goes' returning id`
  // Messages of an earlier issue may still come.
  async function told(): Promise<Message> {
    for (;;) {
      const message = await next('issue')
      if (Object(message.issue).id === issue?.id) return message
    }
  }
  await subscribe()
  await send({ message: 'it comes and goes' })
  t.match(await told(), { action: 'regressed', issue: { id: issue?.id, status: 'unresolved', substatus: 'regressed' } })

  await sql`
    update issues set status = 'archived', substatus = '', event_count = event_count + 1000
    where id = ${issue?.id ?? ''}`
  await sql`
    insert into issue_archives (project_id, issue_id, at, hourly_mean, event_count, user_count, until)
    values (${projectId}, ${issue?.id ?? ''}, now(), 0, 2, 0, '"escalating"')`
  await sql`
    insert into issue_minutes (project_id, issue_id, minute, count)
    values (${projectId}, ${issue?.id ?? ''}, date_trunc('minute', now()), 1000)
    on conflict (project_id, issue_id, minute) do update set count = excluded.count`
  await until(() => api.running.mesh.whereis(names.spikeDetector) !== undefined)
  api.running.mesh.cast(names.spikeDetector, { type: 'tick' })
  t.match(await told(), {
    action: 'escalated',
    issue: { id: issue?.id, status: 'unresolved', substatus: 'escalating' }
  })
})

t.test('a user has a bounded number of sockets', async t => {
  const user = await api.user('member')
  const sockets: WebSocket[] = []
  while (sockets.length < limits.streamSocketsOfUserMax) {
    sockets.push(
      ...(await Promise.all(Array.from({ length: 20 }, async () => (await dashboard(t, user.credential)).ws)))
    )
  }
  t.equal(await refusal(user.credential), 503)
  t.equal(await refusal(member.credential), 101, 'others are not concerned')
  const [first] = sockets
  first?.terminate()
  await until(async () => (await refusal(user.credential)) === 101)
})

t.test('resumes where it was, and tells when it cannot', async t => {
  const first = await dashboard(t)
  const { seq } = await first.subscribe()
  const missed = await send({ message: 'while it was away' })
  await first.next('events')
  first.ws.terminate()
  const second = await dashboard(t)
  t.notOk('gap' in (await second.subscribe({ after: seq })))
  t.match(await second.next('events'), { events: [{ id: missed }] })
  const third = await dashboard(t)
  t.match(await third.subscribe({ after: 'of another node-1' }), { gap: true })
})

t.test('a project of another organization does not exist for the user', async t => {
  const { say, next } = await dashboard(t, stranger.credential)
  say({ type: 'subscribe', project: String(projectId) })
  t.match(await next('error'), { status: 404 })
})

t.test('a lost membership ends the subscription, an ended session the socket', async t => {
  const leaver = await api.user('member')
  const { ws, next, subscribe } = await dashboard(t, leaver.credential)
  await subscribe()
  await sql`delete from memberships where user_id = ${leaver.id}`
  t.match(await next('unsubscribed'), { project: String(projectId) })
  await sql`delete from sessions where user_id = ${leaver.id}`
  const [code] = await once(ws, 'close')
  t.equal(code, 1008)
})
