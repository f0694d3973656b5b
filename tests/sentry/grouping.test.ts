// Goal: events of SDKs are grouped by the same algorithm as all others, with their own members as its inputs. Method:
// pairs of events that are or are not one issue, as the pipeline prepares them; captures for the forms of real SDKs.
import zlib from 'node:zlib'
import t from 'tap'
import type { PreparedEvent } from '../../schema/pipeline.ts'
import { capture, preparedIn, preparedOf } from './support.ts'

function fingerprintOf(event: unknown): string {
  return preparedOf(event).fingerprint
}

function isOneIssue(one: unknown, other: unknown): boolean {
  return fingerprintOf(one) === fingerprintOf(other)
}

/** The event of a capture, decoded as by the server. */
function eventIn(name: string): PreparedEvent {
  const bytes = capture(name)
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, end)
  const body = /transfer-encoding: chunked/i.test(head)
    ? withoutChunks(bytes.subarray(end + 4))
    : bytes.subarray(end + 4)
  const encoding = /content-encoding: *(\S*)/i.exec(head)?.[1] ?? ''
  return preparedIn(
    encoding === 'gzip' ? zlib.gunzipSync(body) : encoding === 'br' ? zlib.brotliDecompressSync(body) : body
  )
}

function withoutChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at)
    const length = Number.parseInt(bytes.toString('latin1', at, end), 16)
    if (!(length > 0)) return Buffer.concat(chunks)
    chunks.push(bytes.subarray(end + 2, end + 2 + length))
    at = end + 4 + length
  }
}

const frames = [
  { filename: 'app.js', function: 'main', in_app: true },
  { filename: 'cart.js', function: 'pay', in_app: true }
]
const error = (type: string, value: string, stacktrace: unknown = { frames }) => ({
  exception: { values: [{ type, value, stacktrace }] }
})

t.test('one error with different numbers in its message is one issue, with a stack or without', async t => {
  t.ok(isOneIssue(error('Error', 'order 8812 failed', null), error('Error', 'order 9 failed', null)))
  t.ok(isOneIssue(error('Error', 'this'), error('Error', 'something else')), 'frames decide where there are some')
  t.notOk(isOneIssue(error('Error', 'x'), error('Error', 'x', { frames: [{ filename: 'other.js', function: 'f' }] })))
  t.notOk(isOneIssue(error('Error', 'x'), error('TypeError', 'x')))
})

t.test('all forms of one exception are one issue', async t => {
  const {
    exception: { values }
  } = error('Error', 'x')
  for (const exception of [values, values[0], { values: [null, ...values] }, [null, ...values]]) {
    t.ok(isOneIssue({ exception }, { exception: { values } }), JSON.stringify(exception).slice(0, 60))
  }
})

t.test('a template is one issue whatever its parameters are', async t => {
  const entry = (params: unknown[]) => ({ logentry: { message: 'order %s failed for %s', params } })
  t.ok(isOneIssue(entry([8812, 'ann']), entry([1, 'bob'])))
  t.equal(preparedOf(entry([8812, 'ann'])).title, 'order 8812 failed for ann')
  t.same(preparedOf(entry([1, 'bob'])).grouping.components, ['message order %s failed for %s'])
  t.equal(
    eventIn('node11-parameterized-02').grouping.components[0],
    eventIn('py-logging-01').grouping.components[0]?.replace(/%[ds]/g, '%s')
  )
})

t.test('a message is grouped by its text, not by the place that sent it', async t => {
  const threads = (name: string) => ({
    values: [{ id: 1, current: true, crashed: false, stacktrace: { frames: [{ filename: name, function: 'f' }] } }]
  })
  t.ok(
    isOneIssue(
      { message: { formatted: 'hello 5' }, threads: threads('a.rb') },
      { message: 'hello 6', threads: threads('b.rb') }
    )
  )
  t.notOk(isOneIssue({ threads: threads('a.rb') }, { threads: threads('b.rb') }), 'without words the thread decides')
  t.same(preparedOf({ threads: threads('a.rb') }).grouping, {
    rule: 'stack',
    version: 'mesher:2',
    components: ['frame a.rb in f']
  })
})

t.test('fingerprints of clients in all their forms', async t => {
  const plain = error('Error', 'x')
  for (const fingerprint of [[], ['{{ default }}'], ['{{default}}'], [null], null]) {
    t.ok(isOneIssue(plain, { ...plain, fingerprint }), JSON.stringify(fingerprint))
  }
  const salted = { ...plain, fingerprint: ['{{ default }}', 'tenant-1'] }
  t.notOk(isOneIssue(plain, salted))
  t.notOk(isOneIssue(salted, { ...plain, fingerprint: ['{{ default }}', 'tenant-2'] }))
  t.ok(isOneIssue({ ...plain, fingerprint: [1, true] }, { message: 'another', fingerprint: ['1', 'true'] }))
  t.equal(eventIn('node11-fingerprint-02').grouping.rule, 'custom')
})

t.test(
  'groups of exceptions and causes have the title of the last, and one issue in any order of their members',
  async t => {
    t.match(eventIn('node11-aggregate-02'), { title: 'AggregateError: many', grouping: { rule: 'exception' } })
    t.match(eventIn('py-group-01'), { title: 'ExceptionGroup: grp', grouping: { rule: 'exception' } })
    t.match(eventIn('node11-cause-02'), { title: 'Error: wrap' })
    const group = (...types: string[]) => ({
      exception: {
        values: [
          ...types.map((type, index) => ({
            type,
            value: 'x',
            mechanism: { exception_id: index + 1, parent_id: 0, source: `errors[${index}]` }
          })),
          { type: 'AggregateError', value: 'many', mechanism: { exception_id: 0, is_exception_group: true } }
        ]
      }
    })
    t.ok(isOneIssue(group('A', 'B'), group('B', 'A', 'B')))
    t.notOk(isOneIssue(group('A', 'B'), group('A')))
  }
)

t.test('errors that were captured twice are one issue each', async t => {
  for (const name of ['node11-exception-02', 'py-exception-01', 'php-exception-01', 'web11-exception-03']) {
    t.equal(eventIn(name).fingerprint, eventIn(name).fingerprint, name)
  }
  t.equal(eventIn('py-exception-01').fingerprint, eventIn('py-brotli-01').fingerprint)
})
