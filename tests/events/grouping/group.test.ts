// Goal: which rule decides, what it is made of, and that hashes differ exactly when the components do.
// Method: whole events are prepared; vectors for every rule; the hash is computed a second time from what is stored.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { prepared, validEvent } from '../../support/events.ts'

const frames = [
  { filename: 'lib/router.js', function: 'next', in_app: false },
  { filename: 'src/cart.js', function: 'add', in_app: true, lineno: 10 }
]
const grouping = (event: object) => prepared(event).grouping
const hash = (event: object) => prepared(event).fingerprint

t.test('exceptions: type and frames; the message only where no frame tells anything', async t => {
  t.same(grouping({ exception: { type: 'TypeError', value: 'x 5', stacktrace: frames } }), {
    rule: 'exception',
    version: 'mesher:1',
    components: ['type TypeError', 'frame cart.js in add']
  })
  t.same(grouping({ exception: { type: 'TypeError', value: 'row 5 is bad' } }).components, [
    'type TypeError',
    'value row <int> is bad'
  ])
  t.same(
    grouping({
      exception: { type: 'TypeError', value: 'row 5', stacktrace: [{ filename: '<anonymous>', function: '?' }] }
    }).components,
    ['type TypeError', 'value row <int>']
  )
  t.same(
    grouping({ exception: { type: 'Error', value: 'v', mechanism: { synthetic: true }, stacktrace: frames } })
      .components,
    ['frame cart.js in add']
  )
  t.same(grouping({ message: 'm', exception: { type: 'A', value: 'b' }, logger: 'l' }).rule, 'exception')
})

t.test('the same error with other ids in its message is one issue, with and without a trace', async t => {
  for (const stacktrace of [[], frames]) {
    const of = (value: string) => hash({ exception: { type: 'E', value, stacktrace } })
    t.equal(of('order 1 failed'), of('order 2 failed'))
  }
})

t.test('the same trace with another message is one issue; another trace or type is another', async t => {
  const of = (type: string, value: string, name: string) =>
    hash({ exception: { type, value, stacktrace: [{ filename: 'a.js', function: name }] } })
  t.equal(of('E', 'one thing', 'f'), of('E', 'quite another', 'f'))
  t.not(of('E', 'one thing', 'f'), of('E', 'one thing', 'g'))
  t.not(of('E', 'one thing', 'f'), of('F', 'one thing', 'f'))
})

t.test('chains count whole, in their order, the last eight of long ones', async t => {
  const chain = (...types: string[]) => ({ exception: types.map(type => ({ type, value: '' })) })
  t.same(grouping(chain('Cause', 'Thrown')).components, ['type Cause', 'type Thrown'])
  t.not(hash(chain('A', 'B')), hash(chain('B', 'A')))
  t.same(
    grouping(chain(...'abcdefghij')).components,
    [...'cdefghij'].map(type => `type ${type}`)
  )
})

t.test('a group of exceptions is what it is made of, in any order', async t => {
  const member = (type: string, id: number, parent = 0) => ({
    type,
    value: `${type} ${id}`,
    mechanism: { exception_id: id, parent_id: parent }
  })
  const root = { type: 'AggregateError', value: 'all failed', mechanism: { exception_id: 0, is_exception_group: true } }
  const of = (...values: object[]) => ({ exception: { values: [...values, root] } })
  t.same(grouping(of(member('B', 2), member('A', 1))).components, [
    'type A',
    'value A <int>',
    'type B',
    'value B <int>'
  ])
  t.equal(hash(of(member('B', 2), member('A', 1))), hash(of(member('A', 1), member('B', 2))))
  t.same(grouping(of(member('A', 3), member('A', 2), member('A', 1))).components, ['type A', 'value A <int>'])
  t.same(
    grouping(of(member('Cause', 3, 1), member('A', 1))).components,
    ['type A', 'value A <int>'],
    'what caused a member is left to it'
  )
  const inner = { type: 'Inner', value: '', mechanism: { exception_id: 1, parent_id: 0, is_exception_group: true } }
  t.same(grouping(of(member('Leaf', 2, 1), inner)).components, ['type Leaf', 'value Leaf <int>'])
  t.same(grouping(of()).components, ['type AggregateError', 'value all failed'])
})

t.test('an exception of which nothing is known leaves it to the message', async t => {
  t.same(grouping({ message: 'm', exception: { type: '', value: ' ' } }), {
    rule: 'message',
    version: 'mesher:1',
    components: ['message m']
  })
})

t.test('threads: one that crashed, else one that ran, else the only one; and only without a message', async t => {
  const thread = (name: string, members: object) => ({
    ...members,
    stacktrace: [{ filename: `${name}.js`, function: name }]
  })
  t.same(grouping({ threads: [thread('a', { current: true }), thread('b', { crashed: true })] }), {
    rule: 'stack',
    version: 'mesher:1',
    components: ['frame b.js in b']
  })
  t.same(grouping({ threads: [thread('a', { current: true }), thread('b', {})] }).components, ['frame a.js in a'])
  t.same(grouping({ threads: { values: [thread('a', {})] } }).components, ['frame a.js in a'])
  t.same(grouping({ threads: [thread('a', {}), thread('b', {})] }).rule, 'fallback')
  t.same(grouping({ message: 'm', threads: [thread('a', { crashed: true })] }).rule, 'message')
  t.same(grouping({ message: 'm', stacktrace: frames }).rule, 'message')
})

t.test('security reports: the directive and the host', async t => {
  const of = (directive: string, uri: string) =>
    grouping({ csp: { effective_directive: directive, blocked_uri: uri } }).components
  t.same(of('script-src', 'https://cdn.example/a.js?b=1'), ['directive script-src', 'blocked cdn.example'])
  t.same(of('script-src', 'https://cdn.example:8443/other.js'), ['directive script-src', 'blocked cdn.example'])
  t.same(of('img-src', 'data:image/png;base64,AAAA'), ['directive img-src', 'blocked data:'])
  t.same(of('img-src', 'data'), ['directive img-src', 'blocked data'])
  t.same(of('script-src', 'inline'), ['directive script-src', 'blocked inline'])
  t.same(of('script-src', ''), ['directive script-src', 'blocked self'])
  t.same(grouping({ csp: { 'csp-report': { 'violated-directive': "script-src 'self'", 'blocked-uri': 'eval' } } }), {
    rule: 'security',
    version: 'mesher:1',
    components: ['directive script-src', 'blocked eval']
  })
})

t.test(
  'messages: the template where it has parameters, else the text without what changes; and the logger',
  async t => {
    t.same(
      grouping({ logentry: { message: 'order %d for %s', params: [5, 'ann'], formatted: 'order 5 for ann' } })
        .components,
      ['message order %d for %s']
    )
    t.same(grouping({ logentry: { message: 'order 5', params: [] } }).components, ['message order <int>'])
    t.same(grouping({ message: 'order 5 failed', logger: 'app.orders' }), {
      rule: 'message',
      version: 'mesher:1',
      components: ['message order <int> failed', 'logger app.orders']
    })
    t.not(hash({ message: 'a', logger: 'x' }), hash({ message: 'a', logger: 'y' }))
  }
)

t.test('the last resort: platform, transaction and SDK', async t => {
  t.same(grouping({ threads: [{}], platform: 'node', transaction: '/a', sdk: { name: 'sdk.js' } }), {
    rule: 'fallback',
    version: 'mesher:1',
    components: ['platform node', 'transaction /a', 'sdk sdk.js']
  })
})

t.test("a fingerprint of the client's decides, and may hold the computed one", async t => {
  const event = { exception: { type: 'A', stacktrace: frames } }
  t.same(grouping({ ...event, fingerprint: ['pool', 'exhausted'] }), {
    rule: 'custom',
    version: 'mesher:1',
    components: ['pool', 'exhausted']
  })
  t.equal(hash({ ...event, fingerprint: ['a'] }), hash({ message: 'quite another', fingerprint: ['a'] }))
  t.not(hash({ ...event, fingerprint: ['a', 'b'] }), hash({ ...event, fingerprint: ['ab'] }))
  t.not(hash({ ...event, fingerprint: ['a', 'b'] }), hash({ ...event, fingerprint: ['b', 'a'] }))
  for (const fingerprint of [['{{ default }}'], ['{{default}}'], [' {{  default }} '], [], [''], [' ', '\n']]) {
    t.equal(hash({ ...event, fingerprint }), hash(event), JSON.stringify(fingerprint))
  }
  t.same(grouping({ ...event, fingerprint: ['{{ default }}', 'tenant-1'] }).components, [
    'default exception',
    'type A',
    'frame cart.js in add',
    'tenant-1'
  ])
  t.not(
    hash({ ...event, fingerprint: ['{{ default }}', 'tenant-1'] }),
    hash({ ...event, fingerprint: ['{{ default }}', 'tenant-2'] })
  )
  t.equal(grouping({ ...event, fingerprint: ['{{ other }}'] }).rule, 'custom')
})

t.test('the stored components are what was hashed', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const {
        fingerprint,
        grouping: { version, rule, components }
      } = prepared(event)
      const text = [version, rule, ...components].map(part => `${part.length}:${part}`).join('')
      assert.equal(createHash('sha256').update(text).digest('hex'), fingerprint, text)
    }),
    { numRuns: 200 }
  )
})

t.test('what does not tell bugs apart changes no fingerprint', async () => {
  fc.assert(
    fc.property(validEvent, fc.string({ maxLength: 20 }), (event, text) => {
      const other = {
        ...Object(event),
        environment: text,
        release: text,
        server_name: text,
        user: { id: text },
        tags: { text },
        extra: { text },
        breadcrumbs: [],
        timestamp: null,
        event_id: null,
        level: 'debug'
      }
      assert.equal(hash(other), hash(Object(event)))
    }),
    { numRuns: 100 }
  )
})
