// Goal: a link on a tag of the dashboard searches for exactly this tag and value, and what the search field suggests is
// understood. Method: names and values made at random, written by the dashboard, read by the server's parser.
import assert from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { parseSearch, searchCharsMax } from '../../../events/search/parse.ts'
import { limits } from '../../../schema/limits.ts'
import { searchKeyNamed, searchKeys } from '../../../schema/search-keys.ts'
import { tagTerm, tokensOf, unquoted } from '../../../web/src/lib/searchQuery.ts'

const now = Date.UTC(2026, 10, 23, 12)
const names = searchKeys.flatMap(({ name, aliases = [] }) => [name, ...aliases])

const tagName = fc.oneof(
  fc.constantFrom(...names, 'browser', 'a', 'a:b', 'tags', '1st', 'constructor', 'http', 'or'),
  fc.stringMatching(/^[A-Za-z0-9_.:-]{1,200}$/)
)
const value = fc.oneof(
  fc.constantFrom('[Filtered]', '//cdn', '!x', '"', '\\', '\\"', '*', 'a,b', ' ', '-x', '>5', 'a]b', 'x\ny', '\\*'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: limits.tagValueCharsMax }),
  fc.string({ unit: fc.constantFrom(...'"\\*[],!:/-<>\n\t ab'), minLength: 1, maxLength: limits.tagValueCharsMax })
)

t.test('the search of a link is this tag with this value', async t => {
  for (const subject of ['issues', 'events'] as const) {
    fc.assert(
      fc.property(tagName, value, (key, text) => {
        const parsed = parseSearch(tagTerm(key, text), { subject, now })
        assert(parsed.ok && parsed.query?.op === 'term', JSON.stringify(parsed))
        assert.deepStrictEqual(parsed.query.term, { kind: 'tag', negated: false, key, patterns: [[text]] })
      }),
      { numRuns: 2_000 }
    )
  }
  t.pass()
})

t.test('the longest tag fits into a search', async t => {
  const longest = tagTerm('a'.repeat(limits.tagKeyCharsMax - 1) + ':', '"'.repeat(limits.tagValueCharsMax))
  t.ok(longest.length <= searchCharsMax)
})

t.test('the dashboard takes such terms apart as it put them together', async t => {
  fc.assert(
    fc.property(tagName, value, (key, text) => {
      const [first, second, third] = tokensOf(`${tagTerm(key, text)} boom`)
      assert(first?.kind === 'term' && third === undefined)
      assert.deepStrictEqual([unquoted(first.value), second?.text], [text, 'boom'])
    }),
    { numRuns: 2_000 }
  )
  t.pass()
})

t.test('names of keys are unlike each other, and known in any case', async t => {
  t.equal(new Set(names.map(name => name.toLowerCase())).size, names.length)
  for (const key of searchKeys) {
    for (const name of [key.name, ...(key.aliases ?? [])]) {
      t.equal(searchKeyNamed(name.toUpperCase()), key)
    }
  }
})

const examples: Readonly<Record<string, string>> = {
  is: 'new',
  level: 'error',
  assigned: 'me',
  has: 'x',
  issue: 'WEB-1',
  count: '5',
  time: '-1h',
  timestamp: '-1h',
  handled: 'true',
  event: '0123456789abcdef0123456789abcdef'
}

t.test('every suggested value is understood, of events only where the key says so', async t => {
  for (const { name, kind, subject, values = [] } of searchKeys) {
    for (const text of [examples[kind] ?? 'x', ...values].map(value => `${name}:${value}`)) {
      t.ok(parseSearch(text, { subject: 'issues', now }).ok, text)
      t.equal(parseSearch(text, { subject: 'events', now }).ok, subject === 'both', text)
    }
  }
})
