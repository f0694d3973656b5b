// Goal: settings for scrubbing are tried on an event over HTTP: it comes back before and after, errors say where they
// are, nothing is stored, and nobody reaches into another organization. Method: a whole node and requests to it; the
// tables say that nothing came of them.
import t from 'tap'
import type { ScrubPreview } from '../../schema/api/scrub.ts'
import { limits } from '../../schema/limits.ts'
import { apiUnderTest } from '../support/api.ts'

type Refused = { detail: string; errors?: { path: string; message: string; line?: number; column?: number }[] }

const scrub = { enabled: true, fields: ['customer number'], safe_fields: [], ip: 'drop' }

t.test('an event before and after, and nothing of it is stored', async t => {
  const api = await apiUnderTest(t)
  const member = await api.user('member')
  const path = `/api/v1/projects/${api.projectId}/scrub/preview`
  const event = {
    message: 'm',
    user: { id: '7', ip_address: '192.0.2.7' },
    extra: { password: 'hunter2', CustomerNumber: 5 }
  }
  for (const given of [event, JSON.stringify(event)]) {
    const { status, body } = await member.post<ScrubPreview>(path, { event: given, scrub })
    t.equal(status, 200)
    t.match(body, {
      before: event,
      after: { user: { id: '7' }, extra: { password: '[Filtered]', CustomerNumber: '[Filtered]' } },
      removed_count: 3
    })
    t.notMatch(JSON.stringify(body.after), /hunter2|192/)
  }
  const exact = await member.post<ScrubPreview>(path, {
    event: '{"message":"m","extra":{"id":12345678901234567890}}',
    scrub
  })
  t.match(exact.body.after, { extra: { id: '12345678901234567890' } }, 'as ingestion would read it')
  t.same(
    (await member.post<ScrubPreview>(path, { event, scrub: { ...scrub, enabled: false, ip: 'keep' } })).body.removed,
    []
  )
  for (const table of ['events', 'issues', 'event_keys', 'outcome_hours', 'rollup_deltas', 'quarantined_events']) {
    const [row] = await api.sql<{ count: number }[]>`select count(*)::int as count from ${api.sql(table)}`
    t.equal(row?.count, 0, table)
  }
})

t.test('what is wrong is told with its place', async t => {
  const api = await apiUnderTest(t)
  const member = await api.user('member')
  const path = `/api/v1/projects/${api.projectId}/scrub/preview`
  const refused = async (body: object) => {
    const { status, body: problem } = await member.post<Refused>(path, { scrub, ...body })
    return [status, problem.errors?.[0]?.path, problem.errors?.[0]?.line, problem.errors?.[0]?.column]
  }
  t.same(await refused({ event: '{\n  "message": "m",\n}' }), [400, 'event', 3, 1])
  t.same(await refused({ event: { message: 5 } }), [400, 'event.message', undefined, undefined])
  t.same(await refused({ event: '[]' }), [400, 'event', undefined, undefined])
  t.same(await refused({ event: {}, scrub: { ...scrub, fields: ['-'] } }), [
    400,
    'scrub.fields.0',
    undefined,
    undefined
  ])
  t.same(await refused({ event: { message: 'm' }, format: 'xml' }), [400, 'format', undefined, undefined])
  const long = 'x'.repeat(limits.scrubPreviewCharsMax)
  for (const event of [{ message: long }, JSON.stringify({ message: long })]) {
    t.equal((await refused({ event }))[0], 413)
  }
  const sentry = await member.post<ScrubPreview>(path, { event: { message: 5, level: 'odd' }, format: 'sentry', scrub })
  t.match(sentry, { status: 200, body: { after: { level: 'error' } } })
})

t.test('only who may see the project can try, and everybody may read what is always removed', async t => {
  const api = await apiUnderTest(t)
  const other = await api.organization('other')
  const stranger = await api.user('owner', { organizationId: other.id })
  const { status } = await stranger.post(`/api/v1/projects/${api.projectId}/scrub/preview`, { event: {}, scrub })
  t.equal(status, 404)
  const rules = await stranger.get<{ names: { what: string }[]; values: { what: string }[] }>('/api/v1/scrub-rules')
  t.equal(rules.status, 200)
  t.ok(rules.body.names.some(({ what }) => what === 'passwords'))
  t.ok(rules.body.values.some(({ what }) => what === 'card numbers'))
})
