// Goal: what people read in a list: one line that says what went wrong, and where.
import t from 'tap'
import { prepared } from '../../support/events.ts'

const title = (event: object) => prepared(event).title
const culprit = (event: object) => prepared(event).culprit

t.test('titles: type and first line of the exception that was thrown last', async t => {
  t.equal(
    title({
      exception: [
        { type: 'Cause', value: 'c' },
        { type: 'TypeError', value: '\n  first line \nsecond' }
      ]
    }),
    'TypeError: first line'
  )
  t.equal(title({ exception: { type: 'TypeError' } }), 'TypeError')
  t.equal(title({ exception: { value: 'only a value' } }), 'only a value')
  t.equal(title({ message: 'm', exception: { type: 'A', value: 'b' } }), 'A: b')
  t.equal(title({ message: 'm', exception: { value: '' } }), 'm')
})

t.test('titles of messages: the first line as people read it', async t => {
  t.equal(title({ message: '\n first \r\nsecond' }), 'first')
  t.equal(title({ logentry: { message: 'order %d', params: [5], formatted: 'order 5' } }), 'order 5')
  t.equal(
    title({ csp: { effective_directive: 'script-src', blocked_uri: 'https://cdn.example/a.js' } }),
    "Blocked 'script-src' from 'cdn.example'"
  )
  t.equal(title({ threads: [{}] }), '<unlabeled event>')
})

t.test('titles and culprits are short', async t => {
  t.equal(title({ message: 'x'.repeat(1_000) }).length, 256)
  t.equal(title({ exception: { type: 'T'.repeat(200), value: 'v'.repeat(1_000) } }).length, 256)
  t.equal(culprit({ message: 'x', stacktrace: [{ filename: 'f'.repeat(1_000), function: 'g' }] }).length, 200)
})

t.test('culprits: the transaction, else the newest frame of the application, else the newest', async t => {
  const frames = [
    { filename: 'a.js', function: 'f', in_app: true },
    { module: 'shop.cart', filename: 'b.js', function: 'g', in_app: true },
    { filename: 'c.js', function: 'h' }
  ]
  t.equal(culprit({ message: 'x', transaction: '/cart', stacktrace: frames }), '/cart')
  t.equal(culprit({ exception: { type: 'A', stacktrace: frames } }), 'shop.cart in g')
  t.equal(culprit({ exception: { type: 'A', stacktrace: frames.slice(2) } }), 'c.js in h')
  t.equal(culprit({ message: 'x', stacktrace: [{ function: 'only' }] }), 'only')
  t.equal(culprit({ message: 'x', stacktrace: [{ filename: 'only.js' }] }), 'only.js')
  t.equal(culprit({ message: 'x' }), '')
})

t.test('what nobody threw is titled by the function in which it happened', async t => {
  const of = (stacktrace: object[]) =>
    title({
      platform: 'native',
      exception: { type: 'SIGSEGV', value: 'Segfault', mechanism: { synthetic: true }, stacktrace }
    })
  t.equal(of([{ function: 'shop::pay' }]), 'shop::pay')
  t.equal(of([{ function: 'shop::pay' }, { function: 'abort' }]), 'shop::pay', 'not by the machinery')
  t.equal(of([{ instruction_addr: '0x12' }]), 'SIGSEGV: Segfault')
  t.equal(
    title({
      message: 'disk full',
      exception: { value: 'disk full', mechanism: { synthetic: true }, stacktrace: [{ function: 'f' }] }
    }),
    'disk full'
  )
})

t.test('panic machinery and SDKs are no culprits', async t => {
  const stacktrace = [
    { module: 'main', function: 'pay', in_app: true },
    { module: 'github.com/getsentry/sentry-go', function: 'Recover', in_app: true },
    { module: 'runtime', function: 'gopanic', in_app: true }
  ]
  t.equal(culprit({ platform: 'go', exception: { type: 'A', stacktrace } }), 'main in pay')
})
