// Goal: a search text is taken apart as people mean it, and completed where the cursor is.
import { describe, expect, it } from 'vitest'
import {
  eventIdIn,
  hasOperators,
  quoted,
  suggestionsFor,
  tagTerm,
  tokensOf,
  unquoted,
  withoutKey
} from './searchQuery.ts'

describe('tokensOf', () => {
  it('tells terms from text, with quotes and lists', () => {
    const tokens = tokensOf('is:unresolved !env:"two words" release:[1.0, 2.0] https://x/y boom')
    expect(tokens.map(token => (token.kind === 'term' ? [token.negated, token.key, token.value] : token.text))).toEqual(
      [
        [false, 'is', 'unresolved'],
        [true, 'env', '"two words"'],
        [false, 'release', '[1.0, 2.0]'],
        [false, 'https', '//x/y'],
        'boom'
      ]
    )
  })

  it('takes parentheses around terms for themselves', () => {
    expect(tokensOf('!(level:error OR title:f(x)) main()').map(({ text }) => text)).toEqual([
      '!(',
      'level:error',
      'OR',
      'title:f(x)',
      ')',
      'main()'
    ])
    expect(suggestionsFor('(level:err)', 10, { subject: 'events' })[0]?.text).toBe('(level:error )')
    expect(['a OR b', '!(a b)', 'NOT a', 'a (b)'].map(hasOperators)).toEqual([true, true, true, true])
    expect(['"a OR b"', 'or not', 'f(x) y'].map(hasOperators)).toEqual([false, false, false])
  })

  it('knows where everything stands', () => {
    const [, token] = tokensOf('a level:error')
    expect(token).toMatchObject({ start: 2, end: 13, valueStart: 8 })
  })
})

describe('suggestionsFor', () => {
  const source = { subject: 'issues' as const, values: { browser: ['Chrome', 'Firefox Nightly'] } }

  it('offers keys for what is typed, facets among them, each once', () => {
    expect(suggestionsFor('bro', 3, source).map(({ label }) => label)).toEqual(['browser:', 'browser.name:'])
    expect(suggestionsFor('error.type', 10, source).map(({ label }) => label)).toEqual(['error.type:'])
    expect(suggestionsFor('', 0, source).length).toBeGreaterThan(5)
    expect(suggestionsFor('assi', 4, { subject: 'events' })).toEqual([])
  })

  it('offers values, quoted where they must be, and leaves the rest alone', () => {
    const text = 'is:new browser:fire boom'
    const [first] = suggestionsFor(text, 19, source)
    expect(first).toMatchObject({ label: 'Firefox Nightly', text: 'is:new browser:"Firefox Nightly" boom' })
    expect(first?.text.slice(first.cursor)).toBe('boom')
  })

  it('keeps the sign of what is negated', () => {
    expect(suggestionsFor('!lev', 4, source)[0]).toMatchObject({ label: '!level:', text: '!level:' })
  })
})

it('names tags so that a search means them, and quotes what would mean anything else', () => {
  expect(tagTerm('browser', 'Firefox')).toBe('browser:Firefox')
  for (const name of ['level', 'ENV', 'short_id', 'event_count', 'a', 'a:b', '1st']) {
    expect(tagTerm(name, 'x')).toBe(`tags[${name}]:x`)
  }
  expect(tagTerm('browser', 'say "a\\b*"')).toBe('browser:"say \\"a\\\\b\\*\\""')
  expect(['[Filtered]', '!x', 'a,b', '//cdn', ''].map(quoted)).toEqual([
    '"[Filtered]"',
    '"!x"',
    '"a,b"',
    '"//cdn"',
    '""'
  ])
  expect(['>100', ':x', '-24h', '+7d', 'web@1.4.0+3'].map(quoted)).toEqual([
    '">100"',
    '":x"',
    '-24h',
    '+7d',
    'web@1.4.0+3'
  ])
  expect(unquoted(quoted('say "a\\b*"'))).toBe('say "a\\b*"')
})

it('cuts tokens behind quotes in quotes', () => {
  expect(tokensOf('a:"x \\" y" z').map(({ text }) => text)).toEqual(['a:"x \\" y"', 'z'])
})

it('takes a key out', () => {
  expect(withoutKey('is:new boom is:assigned', 'is')).toBe('boom')
})

it('knows the id of an event that stands alone', () => {
  const id = 'fc6d8c0c43fc4630ad850ee518f1b9d0'
  expect([id, ` ${id.toUpperCase()} `, `event_id:${id}`, `event.id:${id}`].map(eventIdIn)).toEqual([
    id,
    id.toUpperCase(),
    id,
    id
  ])
  expect(eventIdIn('019ab000-0000-7000-8000-000000000001')).toBe('019ab000-0000-7000-8000-000000000001')
  for (const text of ['', `${id}0`, `${id} x`, `!event_id:${id}`, `tag:${id}`]) expect(eventIdIn(text)).toBe(null)
})
