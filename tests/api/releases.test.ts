// Goal: releases, environments, outcomes, feedback and first steps over HTTP: what events have brought, to users who
// may see it. Method: events and envelopes sent to a whole node, then read by a member, by somebody else and with
// cursors that are none.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { FeedbackItem } from '../../schema/api/feedback.ts'
import type { OnboardingBody } from '../../schema/api/onboarding.ts'
import type { OutcomesBody } from '../../schema/api/outcomes.ts'
import type { Environment, Release } from '../../schema/api/releases.ts'
import { apiUnderTest, type ApiUnderTest } from '../support/api.ts'
import { envelope, eventEnvelope, newEventId } from '../sentry/support.ts'

type List<Item> = { data: Item[]; next_cursor: string | null }

async function sendEnvelope(api: ApiUnderTest, body: Buffer<ArrayBuffer>): Promise<{ id?: string }> {
  const response = await fetch(`${api.url}/api/${api.projectId}/envelope/?sentry_key=${api.key}`, {
    method: 'POST',
    body
  })
  t.equal(response.status, 200)
  const answer: { id?: string } = JSON.parse(await response.text())
  return answer
}

/** Rollups and counters follow the commit by seconds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50)
}

t.test('releases come latest first, page by page, environments by name', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const path = `/api/v1/projects/${api.projectId}`
  t.match((await user.get<List<Release>>(`${path}/releases`)).body, { data: [], next_cursor: null })

  const versions = ['shop@1.9.0', 'deadbeef', 'shop@1.10.0', 'shop@1.10.0-rc.1']
  for (const release of versions) {
    await sendEnvelope(
      api,
      eventEnvelope({ message: 'x', release, environment: release.startsWith('shop') ? 'production' : 'staging' })
    )
  }
  await sendEnvelope(api, eventEnvelope({ message: 'without either' }))
  await until(async () => (await user.get<List<Release>>(`${path}/releases`)).body.data.length === versions.length)

  const latestFirst = ['shop@1.10.0', 'shop@1.10.0-rc.1', 'shop@1.9.0', 'deadbeef']
  const { body } = await user.get<List<Release>>(`${path}/releases`)
  t.match(
    body.data,
    latestFirst.map(version => ({ version, first_seen: String, last_seen: String, events_24h: 1 }))
  )
  const seen: string[] = []
  for (let next: string | null = ''; next !== null;) {
    const { body }: { body: List<Release> } = await user.get<List<Release>>(
      `${path}/releases?limit=1${next === '' ? '' : `&cursor=${next}`}`
    )
    seen.push(...body.data.map(({ version }) => version))
    next = body.next_cursor
  }
  t.same(seen, latestFirst)
  t.match((await user.get<List<Environment>>(`${path}/environments`)).body, {
    data: [
      { name: 'production', events_24h: 3 },
      { name: 'staging', events_24h: 1 }
    ],
    next_cursor: null,
    other: 0,
    estimated: false,
    extrapolated: false
  })
  const [first] = (await user.get<List<Environment>>(`${path}/environments?limit=1`)).body.next_cursor?.split(' ') ?? []
  t.match((await user.get<List<Environment>>(`${path}/environments?cursor=${first}`)).body.data, [{ name: 'staging' }])

  for (const query of ['cursor=nonsense', 'limit=0', 'what=1']) {
    t.equal((await user.get(`${path}/releases?${query}`)).status, 400, query)
  }
  t.equal((await user.get(`${path}/environments?cursor=e30`)).status, 400, "another list's cursor")
})

t.test('what was not kept, refused or held back is counted', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const item = (type: string, payload: unknown) => ({ headers: { type }, payload: JSON.stringify(payload) })
  await sendEnvelope(
    api,
    envelope(
      {},
      item('session', {}),
      item('transaction', {}),
      item('client_report', { discarded_events: [{ reason: 'queue_overflow', category: 'error', quantity: 4 }] })
    )
  )
  await sendEnvelope(api, eventEnvelope({ message: 'kept' }))
  await fetch(`${api.url}/api/${api.projectId}/envelope/?sentry_key=${api.key}`, { method: 'POST', body: 'garbage' })

  const read = async (): Promise<OutcomesBody> =>
    (await user.get<OutcomesBody>(`/api/v1/projects/${api.projectId}/stats/outcomes`)).body
  await until(async () => {
    const { events, ignored, refused } = await read()
    return events.stored === 1 && ignored.session === 1 && refused.malformed === 1
  })
  const { from, to, ...counts } = await read()
  t.same(counts, {
    estimated: false,
    events: { stored: 1, duplicate: 0, sampled_out: 0, discarded: 0, quarantined: 0 },
    refused: { malformed: 1 },
    ignored: { session: 1, transaction: 1 },
    client_discarded: [{ reason: 'queue_overflow', category: 'error', count: 4 }]
  })
  t.ok(from < to)
})

t.test('what people wrote is listed, and stands with the event it is about', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  const eventId = newEventId()
  const report = (event: string, comments: string) =>
    envelope(
      { event_id: event },
      {
        headers: { type: 'user_report' },
        payload: JSON.stringify({ event_id: event, name: 'Ann', email: 'ann@example.com', comments })
      }
    )
  await sendEnvelope(api, report(eventId, 'before the event'))
  await sendEnvelope(api, eventEnvelope({ message: 'the event' }, { event_id: eventId }))
  await sendEnvelope(api, report(eventId, 'after the event'))
  await sendEnvelope(api, report(eventId, 'after the event'))
  await sendEnvelope(api, report(newEventId(), 'about nothing that is here'))

  const { body } = await user.get<{ id: string; feedback: FeedbackItem[] }>(`/api/v1/events/${eventId}`)
  t.match(
    body.feedback.map(({ message }) => message),
    ['before the event', 'after the event']
  )
  t.match(body.feedback, [{ event_id: body.id, client_event_id: eventId, name: 'Ann', email: 'ann@example.com' }, {}])

  const path = `/api/v1/projects/${api.projectId}/feedback`
  const all = (await user.get<List<FeedbackItem>>(path)).body
  t.match(
    all.data.map(({ message, event_id: id }) => [message, id]),
    [
      ['about nothing that is here', null],
      ['after the event', body.id],
      ['before the event', body.id]
    ]
  )
  const first = (await user.get<List<FeedbackItem>>(`${path}?limit=2`)).body
  const second = (await user.get<List<FeedbackItem>>(`${path}?limit=2&cursor=${first.next_cursor}`)).body
  t.same([...first.data, ...second.data], all.data)
  t.equal(second.next_cursor, null)
})

t.test('the first steps show the DSN and set-up for SDKs, which works', async t => {
  const api = await apiUnderTest(t, { env: { MESHER_PUBLIC_URL: 'https://errors.example.com' } })
  const member = await api.user('member')
  const path = `/api/v1/projects/${api.projectId}/onboarding`
  const { body } = await member.get<OnboardingBody>(path)
  const dsn = `https://${api.key}@errors.example.com/${api.projectId}`
  t.match(body, { dsn, has_events: false })
  t.same(
    body.snippets.map(({ platform }) => platform),
    [
      ...['javascript-browser', 'node', 'python', 'react', 'vue', 'nextjs', 'express', 'django', 'flask', 'fastapi'],
      ...['spring', 'rails', 'laravel', 'flutter', 'php', 'ruby', 'go', 'java', 'csharp', 'rust', 'curl']
    ]
  )
  for (const { platform, code } of body.snippets) {
    t.ok(code.includes(platform === 'curl' ? `X-Mesher-Key: ${api.key}` : dsn), platform)
  }

  await sendEnvelope(api, eventEnvelope({ message: 'first' }))
  t.equal((await member.get<OnboardingBody>(path)).body.has_events, true)
  await api.sql`update dsn_keys set is_active = false`
  t.match((await member.get<OnboardingBody>(path)).body, { dsn: null, snippets: [{ code: /YOUR_DSN_KEY@errors/ }] })
})

t.test('nobody else sees any of it', async t => {
  const api = await apiUnderTest(t)
  const { id } = await api.organization('others')
  const stranger = await api.user('owner', { organizationId: id })
  for (const path of ['releases', 'environments', 'feedback', 'onboarding', 'stats/outcomes']) {
    t.equal((await stranger.get(`/api/v1/projects/${api.projectId}/${path}`)).status, 404, path)
    t.equal((await api.nobody.get(`/api/v1/projects/${api.projectId}/${path}`)).status, 401, path)
  }
})
