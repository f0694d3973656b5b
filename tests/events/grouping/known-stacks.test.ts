// Goal: an event gets the same fingerprint, names and components whatever stacks came before it.
// Method: stacks that differ in one member, grouped in an order and again in the other one; the same stack twice gives
// the very same objects; memory is measured after a collection.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { group } from '../../../events/grouping/group.ts'
import { knownStack } from '../../../events/grouping/known-stacks.ts'
import { sourceLine } from '../../../events/grouping/source-line.ts'
import { normalise } from '../../../events/normalise.ts'
import { stackNamesOf } from '../../../events/stack-names.ts'
import type { Frame, NormalisedEvent } from '../../../schema/event.ts'

const plain: Frame = { filename: 'shop/cart.py', function: 'load', module: 'shop.cart', in_app: true, lineno: 3 }

/** Each differs from `plain` in one member. */
const others: readonly Frame[] = [
  { ...plain, filename: 'shop/kart.py' },
  { ...plain, function: 'save' },
  { ...plain, module: 'shop.kart' },
  { ...plain, in_app: false },
  { ...plain, context_line: 'raise ValueError(total)' },
  { ...plain, abs_path: '/srv/shop/cart.py' },
  { ...plain, platform: 'ruby' },
  { filename: '', function: '', package: '/usr/lib/libshop.so', instruction_addr: '0x1123', platform: 'native' },
  { filename: '', function: '', package: '/usr/lib/libshop.so', instruction_addr: '0x1124', platform: 'native' }
]

function eventOf(frames: Frame[], platform = 'python'): NormalisedEvent {
  const event = { platform, exception: { values: [{ type: 'ValueError', value: 'no total', stacktrace: { frames } }] } }
  return normalise(event, 0, { enabled: false, fields: [], ip: 'keep' }).event
}

/** What is derived of copies, as each event comes from its own text. */
function derived(event: NormalisedEvent): unknown {
  const copy = structuredClone(event)
  return { ...group(copy), names: stackNamesOf(copy) }
}

t.test('what came before changes nothing', async t => {
  const events = [plain, ...others].flatMap(frame => [
    eventOf([frame]),
    eventOf([frame], 'javascript'),
    eventOf([plain, frame]),
    eventOf([frame, plain]),
    eventOf([frame, frame, plain, frame])
  ])
  const first = events.map(derived)
  t.same([...events].reverse().map(derived).reverse(), first)
  t.same(events.map(derived), first)
})

t.test('the same stack again gives the same objects', async t => {
  const event = eventOf([plain, { ...plain, function: 'total' }])
  const names = stackNamesOf(structuredClone(event))
  t.equal(stackNamesOf(structuredClone(event)), names)
  t.equal(stackNamesOf(structuredClone(eventOf([{ ...plain, lineno: 4 }]))) === names, false)
})

t.test('variables of an event are not kept, and neither are long or very deep stacks', async t => {
  const frames = [{ ...plain, function: 'own', vars: { order: 1 } }]
  t.equal(knownStack(frames), knownStack([{ ...plain, function: 'own', vars: { order: 2 } }]))
  t.equal(knownStack([{ ...plain, context_line: 'x'.repeat(301) }]), null)
  t.equal(knownStack(Array.from({ length: 65 }, () => plain)), null)
})

t.test('texts from outside fill no memory', async t => {
  const name = 'x'.repeat(290)
  const first = [{ ...plain, function: 'kept at first' }]
  const known = knownStack(first)
  for (let index = 0; index < 300; index++) {
    const lineno = index
    knownStack(Array.from({ length: 64 }, () => ({ ...plain, function: `${name}${index}`, lineno })))
  }
  t.not(knownStack([...first]), known, 'all are forgotten when they have become too many')
})

t.test('a line that is kept keeps nothing of the text that it was a part of', async t => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const mebibyte = 1_048_576
  collect()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < 100; index++) {
    const line = `${'x'.repeat(200)}${index}${'y'.repeat(mebibyte)}`.replaceAll('x', 'z').slice(150, 350)
    knownStack([{ ...plain, lineno: index, context_line: line }])
    sourceLine(line)
  }
  collect()
  t.ok(process.memoryUsage().heapUsed - before < 20 * mebibyte)
})
