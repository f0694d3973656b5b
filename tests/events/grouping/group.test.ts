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
    version: 'mesher:2',
    components: ['type TypeError', 'frame cart.js in add']
  })
  t.same(grouping({ exception: { type: 'TypeError', value: 'row 5 is bad' } }).components, [
    'type TypeError',
    'value row <number> is bad'
  ])
  t.same(
    grouping({
      exception: { type: 'TypeError', value: 'row 5', stacktrace: [{ filename: '<anonymous>', function: '?' }] }
    }).components,
    ['type TypeError', 'value row <number>']
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
    'value A <number>',
    'type B',
    'value B <number>'
  ])
  t.equal(hash(of(member('B', 2), member('A', 1))), hash(of(member('A', 1), member('B', 2))))
  t.same(grouping(of(member('A', 3), member('A', 2), member('A', 1))).components, ['type A', 'value A <number>'])
  t.same(
    grouping(of(member('Cause', 3, 1), member('A', 1))).components,
    ['type A', 'value A <number>'],
    'what caused a member is left to it'
  )
  const inner = { type: 'Inner', value: '', mechanism: { exception_id: 1, parent_id: 0, is_exception_group: true } }
  t.same(grouping(of(member('Leaf', 2, 1), inner)).components, ['type Leaf', 'value Leaf <number>'])
  t.same(grouping(of()).components, ['type AggregateError', 'value all failed'])
})

t.test('an exception of which nothing is known leaves it to the message', async t => {
  t.same(grouping({ message: 'm', exception: { type: '', value: ' ' } }), {
    rule: 'message',
    version: 'mesher:2',
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
    version: 'mesher:2',
    components: ['frame b.js in b']
  })
  t.same(grouping({ threads: [thread('a', { current: true }), thread('b', {})] }).components, ['frame a.js in a'])
  t.same(grouping({ threads: { values: [thread('a', {})] } }).components, ['frame a.js in a'])
  t.same(grouping({ threads: [thread('a', {}), thread('b', {})] }).rule, 'fallback')
  t.same(grouping({ message: 'm', threads: [thread('a', { crashed: true })] }).rule, 'message')
  t.same(grouping({ message: 'm', platform: 'native', threads: [thread('a', { crashed: true })] }).rule, 'stack')
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
    version: 'mesher:2',
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
    t.same(grouping({ logentry: { message: 'order 5', params: [] } }).components, ['message order <number>'])
    t.same(grouping({ message: 'order 5 failed', logger: 'app.orders' }), {
      rule: 'message',
      version: 'mesher:2',
      components: ['message order <number> failed', 'logger app.orders']
    })
    t.not(hash({ message: 'a', logger: 'x' }), hash({ message: 'a', logger: 'y' }))
  }
)

t.test('the last resort: platform, transaction and SDK', async t => {
  t.same(grouping({ threads: [{}], platform: 'node', transaction: '/a', sdk: { name: 'sdk.js' } }), {
    rule: 'fallback',
    version: 'mesher:2',
    components: ['platform node', 'transaction /a', 'sdk sdk.js']
  })
})

t.test("a fingerprint of the client's decides, and may hold the computed one", async t => {
  const event = { exception: { type: 'A', stacktrace: frames } }
  t.same(grouping({ ...event, fingerprint: ['pool', 'exhausted'] }), {
    rule: 'custom',
    version: 'mesher:2',
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

t.test('variables of a fingerprint, and their short forms', async t => {
  const event = {
    platform: 'python',
    level: 'warning',
    logger: 'shop.cart',
    release: 'shop@1.0',
    environment: 'production',
    transaction: '/cart',
    tags: { tenant: 'a' },
    exception: {
      type: 'KeyError',
      value: 'order 5',
      stacktrace: [{ module: 'shop.cart', function: 'add', abs_path: '/srv/shop/cart.py', in_app: true }]
    }
  }
  const values = {
    '{{ error.type }}': 'KeyError',
    '{{type}}': 'KeyError',
    '{{ error.value }}': 'order <number>',
    '{{ value }}': 'order <number>',
    '{{ message }}': 'order <number>',
    '{{ transaction }}': '/cart',
    '{{ level }}': 'warning',
    '{{ logger }}': 'shop.cart',
    '{{ release }}': 'shop@1.0',
    '{{ environment }}': 'production',
    '{{ stack.function }}': 'add',
    '{{ function }}': 'add',
    '{{ stack.module }}': 'shop.cart',
    '{{ module }}': 'shop.cart',
    '{{ stack.abs_path }}': '/srv/shop/cart.py',
    '{{ path }}': '/srv/shop/cart.py',
    '{{ tags.tenant }}': 'a',
    'tenant-{{ tags.tenant }}': 'tenant-a',
    '{{ tags.other }}': '<no tags.other>',
    '{{ package }}': '<no package>',
    '{{ nonsense }}': '{{ nonsense }}'
  }
  for (const [part, value] of Object.entries(values)) {
    t.same(grouping({ ...event, fingerprint: [part] }).components, [value], part)
  }
  t.same(grouping({ ...event, fingerprint: ['{{ default }}', '{{ level }}'] }).components, [
    'default exception',
    'type KeyError',
    'frame shop.cart in add',
    'warning'
  ])
})

t.test('a message does not fall together with exceptions', async t => {
  const stacktrace = [{ filename: 'log.js', function: 'report', in_app: true }]
  const sent = (text: string) => ({
    message: text,
    exception: { value: text, mechanism: { synthetic: true }, stacktrace }
  })
  t.same(grouping(sent('disk full')), { rule: 'message', version: 'mesher:2', components: ['message disk full'] })
  t.not(hash(sent('disk full')), hash(sent('no such user')))
  t.not(hash(sent('disk full')), hash({ exception: { value: 'x', mechanism: { synthetic: true }, stacktrace } }))
  const bare = (message: string) => hash({ message, exception: { type: 'Error' } })
  t.not(bare('disk full'), bare('no such user'))
  t.equal(bare('order 5'), bare('order 6'))
})

t.test('an exception without a stack has that of its thread', async t => {
  const thread = (id: number, name: string, members: object = {}) => ({
    id,
    ...members,
    stacktrace: [{ function: name }]
  })
  const of = (exception: object, ...threads: object[]) =>
    grouping({ exception: { type: 'A', ...exception }, threads }).components
  t.same(of({ thread_id: 2 }, thread(1, 'a'), thread(2, 'b')), ['type A', 'frame in b'])
  t.same(of({ thread_id: '2' }, thread(1, 'a'), thread(2, 'b')), ['type A', 'frame in b'])
  t.same(of({}, thread(1, 'a', { crashed: true }), thread(2, 'b')), ['type A', 'frame in a'])
  t.same(of({ value: 'v' }, thread(1, 'a'), thread(2, 'b')), ['type A', 'value v'])
  t.same(of({ stacktrace: [{ function: 'own' }] }, thread(1, 'a')), ['type A', 'frame in own'])
})

t.test('a template beside its text counts as one, as loggers of .NET send it', async t => {
  const entry = (message: string, formatted: string) => grouping({ logentry: { message, formatted } }).components
  t.same(entry('Order of {Customer} failed', 'Order of ann failed'), ['message Order of {Customer} failed'])
  t.same(entry('Order 5 failed', 'Order 5 failed'), ['message Order <number> failed'])
  t.same(grouping({ message: 'Order of ann', logentry: { message: 'Order of {0}' } }).components, [
    'message Order of {0}'
  ])
})

// Sentry's public inputs of one error in several browsers, told anew: four engines, one issue.
t.test('one error is one issue in every browser', async t => {
  const page = '/tmp/test.html'
  const at = (name: string | undefined, filename = page) => ({ function: name, filename, in_app: false })
  const native = '[native code]'
  const browsers: Record<string, object[]> = {
    Chrome: [
      at(undefined),
      at('Foo.testMethod'),
      at('aha'),
      at('eval'),
      at('test'),
      at('Array.map', '<anonymous>'),
      at(undefined),
      at('Object.callback'),
      at('callAnotherThing'),
      at('Object.aha')
    ],
    Edge: [
      at('Anonymous function'),
      at('Foo.prototype.testMethod'),
      at('aha'),
      at('eval code', 'eval code'),
      at('test'),
      at('Array.prototype.map', 'native code'),
      at('Anonymous function'),
      at('callback'),
      at('callAnotherThing'),
      at('aha')
    ],
    Firefox: ['', 'testMethod', 'aha', 'eval', 'test', 'test/<', 'callback', 'callAnotherThing', 'aha'].map(name =>
      at(name, '/private/tmp/test.html')
    ),
    Safari: [
      at(undefined),
      at('testMethod'),
      at('aha'),
      at('eval', native),
      at('test'),
      at('map', native),
      at(undefined),
      at('callback'),
      at('callAnotherThing'),
      at('aha', native),
      at('aha')
    ]
  }
  const issues = Object.values(browsers).map(stacktrace =>
    hash({ platform: 'javascript', exception: { type: 'Error', value: 'bad', stacktrace } })
  )
  t.equal(new Set(issues).size, 1)
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
