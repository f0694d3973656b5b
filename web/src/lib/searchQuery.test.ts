// Goal: a search text is taken apart as people mean it, and completed where the cursor is.
import { describe, expect, it } from 'vitest'
import { suggestionsFor, tokensOf, withoutKey, withTerm } from './searchQuery.ts'

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

  it('knows where everything stands', () => {
    const [, token] = tokensOf('a level:error')
    expect(token).toMatchObject({ start: 2, end: 13, valueStart: 8 })
  })
})

describe('suggestionsFor', () => {
  const source = { subject: 'issues' as const, tags: ['browser'], values: { browser: ['Chrome', 'Firefox Nightly'] } }

  it('offers keys for what is typed, tags of the project among them', () => {
    expect(suggestionsFor('bro', 3, source).map(({ label }) => label)).toEqual(['browser:'])
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

it('adds a term once, and takes a key out', () => {
  expect(withTerm('boom', 'browser', 'Firefox Nightly')).toBe('boom browser:"Firefox Nightly"')
  expect(withTerm('level:error', 'level', 'error')).toBe('level:error')
  expect(withoutKey('is:new boom is:assigned', 'is')).toBe('boom')
})
