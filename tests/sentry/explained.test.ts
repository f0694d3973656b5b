// Goal: an issue shows why its events are one: the rule, and the parts of the events that it used, for all that SDKs
// send. Method: events as SDKs send them to a whole node; then the issue over the API, as a member sees it.
import t from 'tap'
import type { IssueDetailBody } from '../../schema/api/issues.ts'
import { apiUnderTest } from '../support/api.ts'
import { eventEnvelope } from './support.ts'

const frames = (name: string, called: string) => ({ frames: [{ filename: name, function: called, in_app: true }] })
const member = (type: string, id: number) => ({
  type,
  value: 'x',
  mechanism: { type: 'chained', exception_id: id, parent_id: 0, source: `errors[${id - 1}]` },
  stacktrace: frames('a.js', 'work')
})

type Case = [name: string, event: Record<string, unknown>, grouping: { rule: string; components: string[] }]

const cases: Case[] = [
  [
    'an exception with its cause',
    {
      exception: {
        values: [
          { type: 'Cause', value: 'x', stacktrace: frames('db.js', 'query') },
          { type: 'Main', value: 'y', stacktrace: frames('cart.js', 'pay') }
        ]
      }
    },
    { rule: 'exception', components: ['type Cause', 'frame db.js in query', 'type Main', 'frame cart.js in pay'] }
  ],
  [
    'a group of exceptions',
    {
      exception: {
        values: [
          member('B', 2),
          member('A', 1),
          {
            type: 'AggregateError',
            value: 'many',
            mechanism: { exception_id: 0, is_exception_group: true },
            stacktrace: frames('b.js', 'all')
          }
        ]
      }
    },
    { rule: 'exception', components: ['type A', 'frame a.js in work', 'type B', 'frame a.js in work'] }
  ],
  [
    'an exception that the SDK made up',
    {
      exception: {
        values: [
          {
            type: 'SIGSEGV',
            value: 'x',
            mechanism: { type: 'signalhandler', synthetic: true },
            stacktrace: frames('main.c', 'crash')
          }
        ]
      }
    },
    { rule: 'exception', components: ['frame main.c in crash'] }
  ],
  [
    'the thread that crashed',
    {
      threads: {
        values: [
          { id: 1, stacktrace: frames('idle.c', 'wait') },
          { id: 2, crashed: true, stacktrace: frames('work.c', 'run') }
        ]
      }
    },
    { rule: 'stack', components: ['frame work.c in run'] }
  ],
  [
    'a list of threads of which one ran',
    {
      threads: [
        { id: 1, current: false, stacktrace: frames('idle.c', 'wait') },
        { id: '2', current: true, stacktrace: frames('work.c', 'walk') }
      ]
    },
    { rule: 'stack', components: ['frame work.c in walk'] }
  ],
  [
    'a template',
    { logentry: { message: 'order %s failed for %s', params: [8812, 'ann'] }, logger: 'shop' },
    { rule: 'message', components: ['message order %s failed for %s', 'logger shop'] }
  ],
  ['a message', { message: 'order 8812 failed' }, { rule: 'message', components: ['message order <number> failed'] }],
  [
    'a security report',
    { csp: { 'effective-directive': 'img-src', 'blocked-uri': 'https://cdn.example/x.png' } },
    { rule: 'security', components: ['directive img-src', 'blocked cdn.example'] }
  ],
  [
    'a fingerprint beside the default',
    { message: 'order 1 failed', fingerprint: ['{{ default }}', 'tenant-1'] },
    { rule: 'custom', components: ['default message', 'message order <number> failed', 'tenant-1'] }
  ],
  [
    'nothing',
    { platform: 'cobol', transaction: 'PAYROLL', sdk: { name: 'own.client' } },
    { rule: 'fallback', components: ['platform cobol', 'transaction PAYROLL', 'sdk own.client'] }
  ]
]

t.test('the API tells how each event came to its issue', async t => {
  const api = await apiUnderTest(t)
  const user = await api.user('member')
  for (const [name, event, grouping] of cases) {
    const sent = await fetch(`${api.url}/api/${api.projectId}/envelope/?sentry_key=${api.key}`, {
      method: 'POST',
      body: eventEnvelope(event)
    })
    const { id }: { id: string } = JSON.parse(await sent.text())
    const {
      body: { issue }
    } = await user.get<{ issue: { id: string } }>(`/api/v1/events/${id}`)
    const { body } = await user.get<IssueDetailBody>(`/api/v1/issues/${issue.id}`)
    t.same(body.grouping, { version: 'mesher:2', ...grouping }, name)
  }
})
