// Goal: a pattern matches what it says, in linear time, and what is no pattern is refused at its place.
// Method: a table; random patterns and texts against a reference that tries every way; a hostile pattern and text, of
// which the steps are counted.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { GlobError, type GlobOptions } from '../../../../events/grouping/rules/glob-tokens.ts'
import { compileGlobs, matchesGlob } from '../../../../events/grouping/rules/glob.ts'

const plain: GlobOptions = { isPath: false, ignoresCase: false }
const path: GlobOptions = { isPath: true, ignoresCase: false }

function matches(pattern: string, text: string, options = plain): boolean {
  const budget = { left: Infinity }
  return compileGlobs(pattern, options).some(glob => matchesGlob(glob, text, budget))
}

const table: [pattern: string, options: GlobOptions, yes: string[], no: string[]][] = [
  ['abc', plain, ['abc'], ['', 'ab', 'abcd', 'ABC']],
  ['*', plain, ['', 'a', 'a/b\nc'], []],
  ['a*', plain, ['a', 'a/b'], ['ba', '']],
  ['*a', plain, ['a', 'b/a'], ['ab']],
  ['*a*b*', plain, ['ab', 'xaxbx'], ['ba', 'a']],
  ['ab*ba', plain, ['abba', 'ab-ba'], ['aba']],
  ['a?c', plain, ['abc', 'a/c', 'a😀c'], ['ac', 'abbc']],
  ['[a-c]x', plain, ['ax', 'cx'], ['dx', 'x']],
  ['[!a-c]x', plain, ['dx'], ['ax']],
  ['[a-]x', plain, ['-x', 'ax'], ['bx']],
  ['\\*\\[\\]\\{\\}\\\\', plain, ['*[]{}\\'], ['x[]{}\\']],
  ['{ab,c}d', plain, ['abd', 'cd'], ['abcd', 'd']],
  ['a{,b*}', plain, ['a', 'ab', 'abx'], ['ax']],
  ['a*', path, ['abc', 'a'], ['a/b']],
  ['a**', path, ['abc', 'a/b'], []],
  ['a?b', path, ['axb'], ['a/b']],
  ['[!a]', path, ['b'], ['/', 'a']],
  ['**/vendor/**', path, ['/a/vendor/b', 'vendor/b', '/vendor/b/c'], ['/a/vendor', '/a/vendors/b']],
  ['/a/**/b', path, ['/a/b', '/a/x/b', '/a/x/y/b'], ['/ab', '/a/xb']],
  ['**/**/**/b', path, ['b', '/b', 'x/y/b'], ['xb']],
  ['**/project/**.c', path, ['/project/x.c', '/a/project/x/y.c'], ['/project/x.h']],
  ['**/foo/*.c', path, ['/foo/x.c'], ['/foo/x/y.c']],
  ['/a\\\\b', path, ['/a/b'], []],
  ['Grüße*', { isPath: false, ignoresCase: true }, ['grüße', 'grüße an'], ['gruße']],
  [`${'?'.repeat(70)}z*[x-z]`, plain, [`${'a'.repeat(70)}zy`], [`${'a'.repeat(69)}zy`]],
  [
    `/${'a'.repeat(29)}/**/${'*/'.repeat(20)}b`,
    path,
    [`/${'a'.repeat(29)}/${'x/'.repeat(20)}b`],
    [`/${'a'.repeat(29)}/${'x/'.repeat(19)}b`]
  ]
]
for (const [pattern, options, yes, no] of table) {
  t.test(`${pattern} ${options.isPath ? 'of a path' : ''}`, async t => {
    for (const text of yes) t.ok(matches(pattern, text, options), `matches ${text}`)
    for (const text of no) t.notOk(matches(pattern, text, options), `does not match ${text}`)
  })
}

const bad: [pattern: string, at: number, reason: RegExp][] = [
  ['', 0, /missing/],
  ['ab[c', 2, /never closed/],
  ['ab]', 2, /closes nothing/],
  ['a{b', 1, /never closed/],
  ['a}', 1, /closes nothing/],
  ['{a,{b}}', 3, /within others/],
  ['ab\\', 2, /stands before/],
  ['[z-a]', 1, /backwards/],
  ['x[]', 1, /nothing between/],
  [`${'{a,b,c,d}'.repeat(8)}`, 27, /alternatives come to more than 400/]
]
t.test('what is no pattern is refused at its place', async t => {
  for (const [pattern, at, reason] of bad) {
    try {
      compileGlobs(pattern, plain)
      t.fail(`${pattern} was taken`)
    } catch (error) {
      assert(error instanceof GlobError)
      t.match(error.message, reason, pattern)
      t.equal(error.at, at, pattern)
    }
  }
})

/** Every way through the pattern, one after the other: right, and exponential. */
function reference(pattern: string, text: string, isPath: boolean, isFolderStart = true): boolean {
  if (pattern === '') return text === ''
  const rest = pattern.slice(1)
  const [char] = pattern
  const folders = isPath && isFolderStart ? /^\*{2,}\//.exec(pattern)?.[0] : undefined
  if (folders !== undefined && reference(pattern.slice(folders.length), text, isPath)) return true
  if (char === '*') {
    const isDeep = !isPath || rest.startsWith('*')
    const behind = rest.replace(/^\*+/, '')
    for (let taken = 0; taken <= text.length; taken++) {
      if (!isDeep && text.slice(0, taken).includes('/')) break
      if (reference(behind, text.slice(taken), isPath, false)) return true
    }
    return false
  }
  if (text === '') return false
  const takes = char === '?' ? !(isPath && text[0] === '/') : char === text[0]
  return takes && reference(rest, text.slice(1), isPath, char === '/')
}

t.test('agrees with the reference, in paths and elsewhere', async () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '**', '?', '**/'), minLength: 1, maxLength: 9 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'a'), maxLength: 12 })
  fc.assert(
    fc.property(pattern, text, fc.boolean(), (pattern, text, isPath) => {
      assert.equal(matches(pattern, text, { isPath, ignoresCase: false }), reference(pattern, text, isPath))
    }),
    { numRuns: 3_000 }
  )
})

t.test('random text is a pattern or is refused', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'binary' }), (pattern, text) => {
      try {
        matches(pattern, text, path)
      } catch (error) {
        assert(error instanceof GlobError)
        assert(error.at >= 0 && error.at <= pattern.length)
      }
    })
  )
})

t.test('a hostile pattern costs a bounded number of steps for each character', async t => {
  const text = `${'a'.repeat(8_000)}b${'a'.repeat(191)}`
  for (const pattern of ['*a'.repeat(99) + '*c*a', `${'*?a'.repeat(66)}[bc]`, `${'a*'.repeat(99)}b*a`]) {
    const budget = { left: 0 }
    for (const glob of compileGlobs(pattern, plain)) matchesGlob(glob, text, budget)
    t.ok(-budget.left <= text.length * 10, `${-budget.left} steps`)
  }
})
