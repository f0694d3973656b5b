// Goal: rules hold for the events that they describe, change what they say, cost a bounded time, and nobody else pays.
// Method: whole events are prepared with rules of the project: tables of what matches, of what counts and what is
// stored; a hostile set of rules on a hostile event, of which the steps are counted.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { applyRules, withoutRules } from '../../../../events/grouping/rules/apply.ts'
import type { Budget } from '../../../../events/grouping/rules/glob.ts'
import { matchingRule } from '../../../../events/grouping/rules/matching.ts'
import { markStack } from '../../../../events/grouping/rules/stack-marks.ts'
import { parseRules } from '../../../../events/grouping/rules/project-rules.ts'
import { storedEvent } from '../../../../events/stored-event.ts'
import { isObject } from '../../../../schema/event.ts'
import { limits } from '../../../../schema/limits.ts'
import type { GroupingTexts, PreparedEvent } from '../../../../schema/pipeline.ts'
import { payload, prepared, receivedAt, validEvent } from '../../../support/events.ts'

function texts(fingerprintRules: string, stackRules = ''): GroupingTexts {
  return { revision: 1, fingerprintRules, stackRules }
}

function ruled(event: object, fingerprintRules: string, stackRules = ''): PreparedEvent {
  return prepared(event, { grouping: texts(fingerprintRules, stackRules) })
}

const frames = [
  { module: 'lib.Server', function: 'run', filename: 'Server.java', in_app: false, package: '/opt/jre/lib/rt.jar' },
  { module: 'shop.Cart', function: 'pay', abs_path: 'C:\\App\\src\\Cart.java', filename: 'Cart.java', in_app: true },
  { module: 'shop.util.Checks', function: 'fail', filename: 'vendor/Checks.java', in_app: true }
]
const event = {
  platform: 'java',
  message: 'Order 5 of tenant acme failed',
  logger: 'shop.orders',
  level: 'warning',
  release: 'Shop@1.2',
  environment: 'staging',
  transaction: '/pay',
  sdk: { name: 'sentry.java' },
  tags: { tenant: 'acme' },
  exception: {
    values: [
      { type: 'IOException', value: 'disk full' },
      {
        type: 'PayError',
        value: ' Card 7 refused\nby the bank ',
        mechanism: { type: 'onerror' },
        stacktrace: { frames }
      }
    ]
  }
}

const matching: [matchers: string, holds: boolean][] = [
  ['error.type:PayError', true],
  ['type:payerror', false],
  ['type:*Error value:"card * REFUSED*"', true],
  ['type:IOException value:"card*"', false],
  ['!type:PayError', true],
  ['!type:*E*', false],
  ['message:"order * failed"', true],
  ['message:"*by the bank"', true],
  ['message:order', false],
  ['mechanism:onerror type:PayError', true],
  ['logger:shop.* level:WARNING', true],
  ['logger:Shop.*', false],
  ['!logger:shop.*', false],
  ['tags.tenant:ac*', true],
  ['tags.nothing:*', false],
  ['!tags.nothing:*', true],
  ['tags.environment:staging environment:staging transaction:/p* release:shop@*', true],
  ['sdk:sentry.python,sentry.java', true],
  ['family:other', true],
  ['family:native,javascript', false],
  ['family:all', true],
  ['stack.function:pay module:shop.*', true],
  ['stack.function:pay module:lib.*', false],
  ['path:**/src/*.java', true],
  ['path:/vendor/*.java', true],
  ['path:*.java function:fail', false],
  ['package:**/rt.jar', true],
  ['app:no function:run', true],
  ['app:yes function:run', false],
  ['!module:shop.*', true],
  ['!module:*', false],
  ['stack.module:shop.{Cart,Basket}', true]
]
t.test('what matches', async t => {
  for (const [matchers, holds] of matching) {
    t.equal(ruled(event, `${matchers} -> x`).grouping.rule, holds ? 'custom_rule' : 'exception', matchers)
  }
  const without = { message: 'm' }
  for (const matchers of ['!type:A', '!function:a', 'app:no', 'logger:*']) {
    t.equal(ruled(without, `${matchers} -> x`).grouping.rule, 'message', `${matchers} of an event without any`)
  }
  t.equal(ruled(without, '!logger:a -> x').grouping.rule, 'custom_rule')
  const thread = { message: 'm', threads: { values: [{ stacktrace: { frames } }] } }
  t.equal(ruled(thread, 'function:pay -> x').grouping.rule, 'custom_rule')
})

t.test('the first rule that matches gives the fingerprint, which says which rule it was', async t => {
  const rules = 'type:Nope -> no\ntype:PayError -> pay-{{ tags.tenant }}, {{ error.value }}\ntype:* -> last'
  const { grouping, fingerprint } = ruled(event, rules)
  t.same(grouping, {
    rule: 'custom_rule',
    version: 'mesher:2',
    components: [
      'rule type:PayError -> pay-{{ tags.tenant }}, {{ error.value }}',
      'pay-acme',
      'Card <number> refused\nby the bank'
    ]
  })
  t.equal(
    fingerprint,
    prepared({ ...event, fingerprint: ['pay-acme', 'Card <number> refused\nby the bank'] }).fingerprint,
    'the same as from a client'
  )
  t.equal(fingerprint, ruled(event, 'value:card* -> pay-acme "Card <number> refused\\nby the bank"').fingerprint)
})

t.test('{{ default }} refines, and alone keeps an event from the rules below', async t => {
  const plain = prepared(event)
  t.same(ruled(event, 'type:* -> {{ default }} {{ tags.tenant }}').grouping.components, [
    'rule type:* -> {{ default }} {{ tags.tenant }}',
    'default exception',
    ...plain.grouping.components,
    'acme'
  ])
  const kept = ruled(event, 'type:PayError -> {{ default }} title="Paying"\ntype:* -> x')
  t.match(kept, { fingerprint: plain.fingerprint, title: 'Paying', grouping: { rule: 'exception' } })
})

t.test('the fingerprint of the event comes first', async t => {
  const own = { ...event, fingerprint: ['mine'] }
  t.same(ruled(own, 'type:* -> x title="t"'), prepared(own))
  t.equal(ruled({ ...event, fingerprint: ['{{ default }}'] }, 'type:* -> x').grouping.rule, 'custom_rule')
})

t.test('titles hold variables as they are', async t => {
  const title = (rule: string) => ruled(event, `type:* -> x title="${rule}"`).title
  t.equal(title('{{ error.type }}: {{ error.value }}'), 'PayError: Card 7 refused')
  t.equal(title('{{ message }} in {{ stack.function }} {{ tags.none }}'), `${event.message} in fail <no tags.none>`)
  t.equal(title('x'.repeat(256)).length, limits.titleCharsMax)
  t.equal(ruled(event, 'type:* -> x').title, prepared(event).title)
})

const components = (stackRules: string, of: object = event) =>
  ruled(of, '', stackRules).grouping.components.filter(each => each.startsWith('frame '))

const [run, pay, fail] = ['frame lib.Server in run', 'frame shop.Cart in pay', 'frame shop.util.Checks in fail']
const stacks: [rules: string, counting: (string | undefined)[]][] = [
  ['', [pay, fail]],
  ['module:nothing -app', [pay, fail]],
  ['module:shop.util.* -app', [pay]],
  ['path:**/vendor/** -group', [pay]],
  ['function:run +app', [run, pay, fail]],
  ['function:run +group', [run, pay, fail]],
  ['function:fail -group -app', [pay]],
  ['function:pay ^-group', [pay]],
  ['function:pay v-group', [pay, fail]],
  ['function:pay v+app', [run, pay, fail]],
  ['app:yes -app', [run, pay, fail]],
  ['app:yes -group', [run]],
  ['app:* -app', [pay, fail]],
  ['function:pay max-frames=1', [fail]],
  ['function:pay max-frames=1\nfunction:pay max-frames=0', [pay, fail]],
  ['function:nothing max-frames=1', [pay, fail]],
  ['function:pay -app\napp:no -group', [fail]],
  ['function:pay -app\nfunction:pay +app', [pay, fail]],
  ['[ function:run ] | app:yes -app', [fail]],
  ['app:yes | [ function:fail ] -app', [fail]],
  ['[ function:pay ] | function:run -app', [pay, fail]],
  ['function:run | [ function:pay ] +app', [run, pay, fail]],
  ['type:PayError function:fail -app', [pay]],
  ['type:IOException function:fail -app', [pay, fail]],
  ['!type:IOException family:other function:fail -app', [pay]],
  ['family:native function:fail -app', [pay, fail]]
]
t.test('which frames count by stack-trace rules', async t => {
  for (const [rules, counting] of stacks) t.same(components(rules), counting, rules)
})

t.test('the SDK, panics and unwinding count when a rule says so', async t => {
  const rust = {
    platform: 'rust',
    exception: {
      type: 'panic',
      stacktrace: {
        frames: [
          { function: 'shop::pay', in_app: true },
          { function: 'std::panicking::begin_panic', in_app: true }
        ]
      }
    }
  }
  t.same(components('function:std::* +app', rust), ['frame in shop::pay'])
  t.same(components('function:std::* +group', rust), ['frame in shop::pay', 'frame in std::panicking::begin_panic'])
})

t.test('in_app is stored as rules say, with what it was; all else as it came', async t => {
  const stored = (stackRules: string, of: object = event) => payload(of, { grouping: texts('', stackRules) })
  t.same(stored('function:nothing -app'), payload(event))
  t.same(stored('function:pay -group max-frames=1'), payload(event))
  const [first, second, third] = frames
  t.match(stored('function:pay -app\nfunction:run +app'), {
    exception: {
      values: [
        {},
        {
          stacktrace: {
            frames: [
              { ...first, in_app: true, data: { orig_in_app: 0 } },
              { ...second, in_app: false, data: { orig_in_app: 1 } },
              third
            ]
          }
        }
      ]
    }
  })
  const unknown = { message: 'm', stacktrace: [{ function: 'f', data: { symbolicated: true } }] }
  t.match(stored('function:f +app', unknown), {
    stacktrace: { frames: [{ function: 'f', in_app: true, data: { symbolicated: true, orig_in_app: -1 } }] }
  })
  t.equal(ruled(event, '', 'function:fail -app').culprit, '/pay')
  t.equal(ruled({ ...event, transaction: undefined }, '', 'function:fail -app').culprit, 'shop.Cart in pay')
})

t.test('what was stored can be looked at without its rules', async () => {
  fc.assert(
    fc.property(validEvent.filter(isObject), given => {
      const plain = storedEvent(prepared(given).payload, receivedAt)
      const withRules = storedEvent(ruled(given, '', 'app:no +app\nfunction:m* -app').payload, receivedAt)
      assert(plain !== null && withRules !== null)
      assert.deepEqual(JSON.parse(JSON.stringify(withoutRules(withRules))), JSON.parse(JSON.stringify(plain)))
    })
  )
})

t.test('the components say which frames were changed by which rule', async t => {
  t.same(ruled(event, '', 'app:yes -app\nfunction:pay +app').grouping.components.slice(-2), [
    'stack rule app:yes -app : shop.util.Checks in fail',
    'stack rule function:pay +app : shop.Cart in pay'
  ])
  const deep = Array.from({ length: 9 }, (_, index) => ({ function: `f${'abcdefghi'.charAt(index)}` }))
  t.equal(
    ruled({ message: 'm', stacktrace: deep }, '', 'function:* -group').grouping.components.at(-1),
    'stack rule function:* -group : fa, fb, fc, fd, fe and 4 more'
  )
})

t.test('without rules, and with rules that match nothing, an event is what it was', async () => {
  fc.assert(
    fc.property(validEvent.filter(isObject), given => {
      assert.deepEqual(ruled(given, 'type:nothing -> x', 'function:nothing -app'), prepared(given))
    })
  )
})

t.test('lines that a newer version may understand are left out', async t => {
  t.equal(ruled(event, 'colour:red -> x\ntype:* -> y').grouping.rule, 'custom_rule')
})

t.test('the most expensive rules on a hostile event stop at the limit, and say so', async t => {
  const hostile = `${'a'.repeat(100)}*`
  const rule = (name: string) => `${name}:*${'a*'.repeat(35)}${hostile}[!0-9a]b`
  const fingerprintRules = Array.from({ length: 70 }, () => `${rule('message')} -> x`).join('\n')
  const stackRules = Array.from({ length: 70 }, () => `${rule('function')} -app`).join('\n')
  const deep = Array.from({ length: 250 }, (_, index) => ({ function: `${'a'.repeat(190)}${index}b`, in_app: true }))
  const given = {
    message: `${'a'.repeat(8_000)}b`,
    exception: Array.from({ length: 50 }, () => ({ type: 'E', stacktrace: { frames: deep } }))
  }
  const rules = parseRules(texts(fingerprintRules, stackRules))
  t.same([rules.fingerprint.length, rules.stack.length], [70, 70])
  const normalised = storedEvent(prepared(given).payload, receivedAt)
  assert(normalised !== null)
  const { event: after } = applyRules(normalised, rules)
  t.match(after.notes, [{ path: 'grouping', message: /rules of the project stopped/ }])
  for (const work of [
    (budget: Budget) => matchingRule(rules.fingerprint, normalised, budget),
    (budget: Budget) => markStack(rules.stack, deep, { language: null }, budget)
  ]) {
    const budget = { left: limits.ruleStepsMax }
    work(budget)
    t.ok(budget.left < 0 && budget.left > -100_000, 'one pattern beyond the limit at most')
  }
  t.same(ruled(given, fingerprintRules, stackRules), ruled(given, fingerprintRules, stackRules), 'the same every time')
})
