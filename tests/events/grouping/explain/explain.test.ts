// Goal: an explanation says what grouping did and nothing else, and names what was left out. Method: for random events
// and the corpus of faults its parts are put together again and compared with the components; then examples of each
// kind of name, frame and message.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import * as v from 'valibot'
import { explain } from '../../../../events/grouping/explain/explain.ts'
import { group } from '../../../../events/grouping/group.ts'
import { applyRules } from '../../../../events/grouping/rules/apply.ts'
import { parseRules } from '../../../../events/grouping/rules/project-rules.ts'
import { storedEvent } from '../../../../events/stored-event.ts'
import { explanation, type ExplainedTrace, type Explanation } from '../../../../schema/api/event-grouping.ts'
import type { NormalisedEvent } from '../../../../schema/event.ts'
import { prepare, prepared, receivedAt, validEvent } from '../../../support/events.ts'

function stored(payload: string): NormalisedEvent {
  const event = storedEvent(payload, receivedAt)
  assert(event !== null)
  return event
}

function explained(event: unknown): Explanation {
  return explain(stored(prepared(event).payload), null)
}

const framesOf = (trace: ExplainedTrace | null) => trace?.frames ?? []

/** The components that the parts of an explanation come to. */
function componentsOf({ exceptions, trace, message }: NonNullable<Explanation['content']>): string[] {
  const counting = (trace: ExplainedTrace | null) =>
    framesOf(trace).flatMap(({ fate, component }) => (fate === 'counts' ? [component] : []))
  return [
    ...exceptions.flatMap(exception => [
      ...(exception.type_counts ? [`type ${exception.type}`] : []),
      ...counting(exception.trace),
      ...(exception.value === null ? [] : [`value ${exception.value.used}`])
    ]),
    ...counting(trace),
    ...(message === null ? [] : [`message ${message.used}`])
  ]
}

function agrees(payload: string, fingerprint: string): void {
  const event = stored(payload)
  const result = explain(event, null)
  v.assert(explanation, result)
  assert.equal(result.fingerprint, fingerprint, 'what was stored is grouped as it was')
  const { rule, components } = group(event).grouping
  assert.equal(result.rule, rule)
  const { content } = result
  if (content === null || content.rule === 'security' || content.rule === 'fallback') return
  const told = content.components.filter(component => !component.startsWith('logger '))
  // Members of a group of exceptions and cycles of recursion are sorted.
  assert.deepEqual([...componentsOf(content)].sort(), [...told].sort())
  if (rule !== 'custom') assert.deepEqual(content.components, components)
}

t.test('explanations agree with grouping, for any event', async () => {
  fc.assert(
    fc.property(validEvent, event => {
      const result = prepare(event)
      if (result.kind === 'prepared') agrees(result.event.payload, result.event.fingerprint)
    }),
    { numRuns: 500 }
  )
})

const file = v.object({ events: v.array(v.looseObject({})) })

t.test('and for the corpus of faults', async t => {
  const folder = path.resolve('tests/events/grouping/faults')
  let count = 0
  for (const name of fs.readdirSync(folder)) {
    for (const event of v.parse(file, JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))).events) {
      const { payload, fingerprint } = prepared(event)
      agrees(payload, fingerprint)
      count += 1
    }
  }
  t.ok(count > 20, `${count} events`)
})

const error = (frames: object[], platform = 'javascript') => ({
  platform,
  exception: { type: 'Broke', value: 'no money', stacktrace: { frames } }
})
const tracesOf = (event: unknown) => explained(event).content?.exceptions.map(({ trace }) => framesOf(trace)) ?? []

t.test('names of functions, files and lines: what counts and what was left out', async t => {
  const [frames = []] = tracesOf(
    error([
      {
        function: 'async Cart.pay [as run]',
        filename: 'https://shop.example/static/js/Cart.3f2a9c1b.chunk.js?v=2',
        context_line: '   pay(  order )'
      },
      { function: 'eval', filename: 'webpack/checkout/index.js', context_line: `${'x'.repeat(400)}` },
      { function: 'total', filename: 'webpack/checkout/index.js', context_line: 'x'.repeat(130) }
    ])
  )
  t.match(frames[0], {
    fate: 'counts',
    function: { sent: 'async Cart.pay [as run]', used: 'pay', left_out: ['generated'] },
    place: {
      of: 'file',
      used: 'cart.chunk.js',
      left_out: ['query', 'folders', 'content_hash', 'case'],
      keeps_folder: false
    },
    source_line: { used: 'pay( order )', left_out: ['spaces'] },
    component: 'frame cart.chunk.js in pay | pay( order )'
  })
  t.match(frames[1], { fate: 'says_nothing', source_line: null, component: '' })
  t.match(frames[2], {
    place: { used: 'checkout/index.js', keeps_folder: true, left_out: ['folders'] },
    source_line: { left_out: ['cut'] }
  })
  const [native = []] = tracesOf(
    error([{ package: '/usr/lib/libshop.so', instruction_addr: '0x1123', image_addr: '0x1000' }], 'native')
  )
  t.match(native[0]?.place, { of: 'image', used: 'libshop.so at 0x123' })
  const [java = []] = tracesOf(error([{ module: 'shop.Cart$$Lambda$14/0x0', function: 'run' }], 'java'))
  t.match(java[0]?.place, { of: 'module', used: 'shop.Cart', left_out: ['generated'] })
})

t.test('frames: which do not count, and why', async t => {
  const frame = (name: string, others: object = {}) => ({ function: name, module: 'shop', in_app: true, ...others })
  const fates = (event: unknown) => tracesOf(event).flatMap(frames => frames.map(({ fate }) => fate))
  t.same(
    fates(
      error(
        [frame('main'), frame('lib', { in_app: false }), frame('again'), frame('again'), frame('?', { module: '' })],
        'python'
      )
    ),
    ['counts', 'not_in_app', 'counts', 'repeats', 'says_nothing']
  )
  t.same(fates(error([{ function: 'main' }, { function: 'std::panicking::begin_panic' }], 'rust')), [
    'counts',
    'machinery'
  ])
  const deep = Array.from({ length: 40 }, (_, index) => frame(`f${index}`))
  t.same(fates(error(deep, 'python')).filter(fate => fate === 'beyond').length, 10)
  const overflow = {
    platform: 'python',
    exception: {
      type: 'RecursionError',
      stacktrace: { frames: [frame('main'), ...Array.from({ length: 12 }, () => frame('walk'))] }
    }
  }
  t.same([...new Set(fates(overflow))], ['outside_recursion', 'counts', 'repeats'])
})

t.test('exceptions of a chain and of a group', async t => {
  const fates = (values: object[]) => explained({ exception: { values } }).content?.exceptions.map(({ fate }) => fate)
  const chain = Array.from({ length: 9 }, (_, index) => ({ type: `E${index}` }))
  t.same(fates(chain), ['older', ...Array.from({ length: 8 }, () => 'counts')])
  t.same(
    fates([
      { type: 'Cause', mechanism: { exception_id: 3, parent_id: 1 } },
      { type: 'A', mechanism: { exception_id: 2, parent_id: 0 } },
      { type: 'A', mechanism: { exception_id: 1, parent_id: 0 } },
      { type: 'Group', mechanism: { exception_id: 0, is_exception_group: true } }
    ]),
    ['cause_of_member', 'counts', 'same_type', 'group']
  )
  t.match(explained({ exception: { type: 'E', value: 'order 5' } }).content?.exceptions[0], {
    type_counts: true,
    value: { sent: 'order 5', used: 'order <number>', left_out: ['changing'] },
    trace: null
  })
})

t.test('messages, threads and fingerprints', async t => {
  t.match(explained({ message: 'order 5 failed' }), {
    rule: 'message',
    content: { message: { used: 'order <number> failed', left_out: ['changing'], is_template: false } }
  })
  t.match(explained({ message: 'order 5', logentry: { message: 'order %s', params: ['5'] } }).content?.message, {
    sent: 'order %s',
    used: 'order %s',
    is_template: true
  })
  const threads = { values: [{ crashed: true, stacktrace: { frames: [{ function: 'f' }] } }] }
  t.match(explained({ threads }), {
    rule: 'stack',
    content: { trace: { from: 'thread', choice: 'not_machinery', frames: [{ fate: 'counts' }] } }
  })
  const custom = explained({ message: 'm 5', level: 'error', fingerprint: ['{{ default }}', 'at {{ level }}'] })
  t.match(custom, {
    rule: 'custom',
    parts: [
      { is_default: true, used: ['message m <number>'] },
      { is_default: false, used: ['at error'], variables: [{ name: 'level', value: 'error' }] }
    ],
    content: { rule: 'message' }
  })
  t.equal(explained({ message: 'm', fingerprint: ['x'] }).content, null)
})

t.test('rules of the project: their text, and what they did to frames', async t => {
  const rules = parseRules({
    revision: 1,
    fingerprintRules: 'error.type:Broke -> broke, {{ error.type }}, {{ default }}',
    stackRules: 'function:helper -group'
  })
  const event = error(
    [
      { function: 'pay', module: 'shop', in_app: true },
      { function: 'helper', module: 'shop', in_app: true }
    ],
    'python'
  )
  const { event: changed, ruled } = applyRules(stored(prepared(event).payload), rules)
  const result = explain(changed, ruled)
  t.match(result, {
    rule: 'custom_rule',
    parts: [{ used: ['broke'] }, { used: ['Broke'] }, { is_default: true }],
    rules: { fingerprint: /^error.type:Broke/, stack: [{ rule: 'function:helper -group', frames: ['shop in helper'] }] }
  })
  t.same(
    framesOf(result.content?.exceptions[0]?.trace ?? null).map(({ fate }) => fate),
    ['counts', 'left_out_by_rule']
  )
})
