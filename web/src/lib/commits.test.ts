// Goal: a commit is told in a line.
import { expect, test } from 'vitest'
import { shortSha, subjectOf } from './commits.ts'

test('the first line of a message, and the beginning of a hash', () => {
  expect(subjectOf('Fix prices\n\nThey were wrong')).toBe('Fix prices')
  expect(shortSha('0123456789abcdef0123456789abcdef01234567')).toBe('01234567')
  expect(shortSha('r1234')).toBe('r1234')
})
