// Goal: rules are read as documented, and what is wrong is refused with its line, column and reason.
// Method: tables; texts at the limits; random text, which never throws.
import fc from 'fast-check'
import t from 'tap'
import { matcherCount } from '../../../../events/grouping/rules/matchers.ts'
import { parseFingerprintRules, parseStackRules } from '../../../../events/grouping/rules/parse.ts'
import { limits } from '../../../../schema/limits.ts'

const fingerprints: [text: string, parts: string[], title?: string | null][] = [
  ['type:A -> x', ['x']],
  ['  error.type:"A B"   ->   x, y z  ', ['x', 'y', 'z']],
  [
    'type:A -> custom-{{ tags.tenant }}, {{default}} title="Order {{ error.value }}"',
    ['custom-{{ tags.tenant }}', '{{default}}'],
    'Order {{ error.value }}'
  ],
  ['type:A -> "a, \\"b\\" {{ transaction }}"', ['a, "b" {{ transaction }}']],
  ['!type:A !message:"*x y*" "tags.a:b":c family:native,javascript app:yes -> x,', ['x']],
  ['type:A\t->\t{{ default }}\ttitle="t"', ['{{ default }}'], 't']
]
t.test('fingerprint rules', async t => {
  for (const [text, parts, title = null] of fingerprints) {
    const { rules, errors } = parseFingerprintRules(text)
    t.same(errors, [], text)
    t.match(rules, [{ line: 1, text: text.trim(), parts, title }])
  }
})

const stacks: [text: string, actions: object[]][] = [
  ['stack.module:foo.* -app', [{ kind: 'app', flag: false, range: 'frame' }]],
  [
    'function:std::* ^-app -app v+group',
    [
      { kind: 'app', flag: false, range: 'up' },
      { kind: 'app', flag: false, range: 'frame' },
      { kind: 'group', flag: true, range: 'down' }
    ]
  ],
  ['family:native max-frames=3', [{ kind: 'max-frames', count: 3 }]],
  ['[ app:no ] | path:**/a.js | [ !function:"b c" ] +app', [{ kind: 'app', flag: true, range: 'frame' }]]
]
t.test('stack-trace rules', async t => {
  for (const [text, actions] of stacks) {
    const { rules, errors } = parseStackRules(text)
    t.same(errors, [], text)
    t.match(rules, [{ line: 1, text, actions }])
  }
  const [rule] = parseStackRules('[ app:no ] | path:a app:yes | [ function:c ] -group').rules
  t.same(
    [rule?.caller, rule?.matchers, rule?.callee].map(each => each && matcherCount(each)),
    [1, 2, 1]
  )
})

t.test('comments and empty lines count as lines, of every system', async t => {
  const text = '# a\r\n\r\n  # b\ntype:A -> x\r\rtype:B -> y'
  t.same(
    parseFingerprintRules(text).rules.map(({ line }) => line),
    [4, 6]
  )
  t.same(parseStackRules('').rules, [])
})

type Bad = [text: string, column: number, reason: RegExp]
const badFingerprints: Bad[] = [
  ['type:A', 7, /“->”/],
  ['type:A ->', 10, /fingerprint is expected/],
  ['-> x', 1, /matcher is expected, but there is “->”/],
  ['type -> x', 5, /colon is expected after “type”/],
  ['message:foo bar -> x', 16, /colon is expected after “bar”; a pattern with spaces needs quotes/],
  ['errr.type:A -> x', 1, /no matcher “errr.type”.*Did you mean “error.type”/],
  ['!nothinglike:A -> x', 2, /There are .*error\.type.*tags\.NAME/],
  ['category:x -> y', 1, /no categories/],
  ['type: -> y', 6, /pattern is missing after “type:”/],
  ['type:"" -> y', 6, /pattern is missing/],
  ['type:"abc -> y', 6, /quote is never closed/],
  ['type:ab[c -> y', 8, /\[ is never closed/],
  ['type:"a\\"b[" -> y', 11, /\[ is never closed/],
  ['type:a\\ -> y', 7, /stands before a character/],
  ['type:[b-a] -> y', 7, /backwards/],
  [`type:${'a'.repeat(201)} -> y`, 6, /at most 200 characters/],
  ['app:maybe -> y', 5, /yes or no/],
  ['family:native,java -> y', 15, /families are/],
  ['"a b":c -> y', 1, /a name has letters/],
  ['sdk:a,b[ -> y', 8, /never closed/],
  ['type:A -> {{ eror.type }}', 11, /no variable “eror.type”. Did you mean “error.type”/],
  ['type:A -> a-{{ default }}', 13, /part for itself/],
  ['type:A -> "a {{ b', 11, /never closed/],
  ['type:A -> "a {{ b"', 14, /written \{\{ name \}\}/],
  ['type:A -> x # why', 13, /line for itself/],
  ['type:A -> x titel="y"', 13, /no attribute “titel”/],
  ['type:A -> x title=y', 19, /in quotes/],
  ['type:A -> x title="{{ nope }}"', 20, /no variable/],
  ['type:A -> x title="a" title="b"', 23, /already/],
  ['type:A -> x title=" "', 13, /something to read/],
  ['type:A -> ,', 11, /part of a fingerprint is expected/],
  [`type:A -> ${'x '.repeat(33)}`, 75, /at most 32 parts/],
  [`${'type:A '.repeat(11)}-> x`, 71, /at most 10 matchers/],
  [`type:A -> ${'x'.repeat(1000)}`, 1001, /at most 1000 characters/],
  ['[ type:A ] | type:B -> x', 1, /matcher is expected/]
]
const badStacks: Bad[] = [
  ['app:yes', 8, /action .* is expected, but there is the end of the line/],
  ['-app', 1, /matcher is expected/],
  ['app:yes app', 12, /colon is expected/],
  ['app:yes -apps', 10, /“app” or “group” is expected, but there is “apps”/],
  ['app:yes -app nothing', 14, /action .* is expected, but there is “nothing”/],
  ['app:yes max-frames=x', 20, /whole number up to 100/],
  ['app:yes max-frames=101', 20, /whole number up to 100/],
  ['app:yes max-frames=', 20, /whole number/],
  ['app:yes min-frames=2', 9, /“min-frames” cannot be set/],
  ['message:x -app', 1, /is for fingerprint rules/],
  ['tags.a:x -app', 1, /is for fingerprint rules/],
  ['[ app:yes] | app:no -app', 7, /yes or no/],
  ['[ app:yes | app:no -app', 11, /“\]” are expected, but there is “\|”/],
  ['[ type:A ] | app:no -app', 3, /matcher of frames/],
  ['app:no | app:yes -app', 10, /“\[” is expected/]
]
t.test('what is wrong is refused at its place', async t => {
  for (const [parse, table] of [
    [parseFingerprintRules, badFingerprints],
    [parseStackRules, badStacks]
  ] as const) {
    for (const [text, column, reason] of table) {
      const { rules, errors } = parse(`# first\n${text}`)
      t.equal(rules.length, 0, text)
      t.match(errors, [{ line: 2, column, reason }], text)
    }
  }
})

t.test('a line that is wrong does not hold up the others, and errors are at most so many', async t => {
  const { rules, errors } = parseFingerprintRules(`type:A -> x\n${'nope\n'.repeat(50)}type:B -> y`)
  t.equal(errors.length, limits.ruleErrorsMax)
  t.equal(rules.length, 1)
  t.match(parseFingerprintRules('bad\ntype:B -> y'), { rules: [{ line: 2 }], errors: [{ line: 1 }] })
})

t.test('limits: rules of a kind, characters of all', async t => {
  const many = 'type:A -> x\n'.repeat(limits.rulesMax)
  t.same(parseFingerprintRules(many).errors, [])
  t.match(parseFingerprintRules(`${many}\ntype:A -> x`).errors, [{ line: 202, column: 1, reason: /at most 200/ }])
  const long = '#'.repeat(limits.rulesCharsMax + 1)
  t.match(parseStackRules(long).errors, [{ line: 1, column: 1, reason: /at most 16384/ }])
})

t.test('random text never throws, and errors lie in the text', async t => {
  const unit = fc.constantFrom(
    'type:',
    'app:no',
    ' ',
    '->',
    '"',
    '\\',
    '[',
    ']',
    '{{',
    '}}',
    '|',
    '-app',
    '^',
    '=',
    ',',
    'a',
    '\n'
  )
  const text = fc.oneof(fc.string({ unit, maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 100 }))
  fc.assert(
    fc.property(text, text => {
      for (const { errors } of [parseFingerprintRules(text), parseStackRules(text)]) {
        const lines = text.split(/\r\n|\r|\n/)
        for (const { line, column } of errors) {
          if (column < 1 || column > (lines[line - 1]?.length ?? -1) + 1) return false
        }
      }
      return true
    }),
    { numRuns: 2_000 }
  )
  t.pass()
})
