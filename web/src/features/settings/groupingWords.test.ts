import { describe, expect, it } from 'vitest'
import { ApiError } from '../../api/client.ts'
import { effectOf, groupInWords, lineErrors, lookedAt, placeIn } from './groupingWords.ts'

const error = new ApiError(
  {
    type: '',
    status: 400,
    title: '',
    detail: '',
    errors: [
      { path: 'grouping.stack_rules', message: 'is wrong', line: 3, column: 5 },
      { path: 'grouping.fingerprint_rules', message: 'is too long' }
    ]
  },
  { request: '' }
)

describe('rules for grouping', () => {
  it('has errors of a field at their lines', () => {
    expect(lineErrors(error, ['stack_rules', 'grouping.stack_rules'])).toEqual([
      { line: 3, column: 5, message: 'is wrong' }
    ])
    expect(lineErrors(error, ['grouping.fingerprint_rules'])).toEqual([{ line: 1, column: 1, message: 'is too long' }])
    expect(lineErrors(null, ['stack_rules'])).toEqual([])
  })

  it('finds places in a text, also behind its end', () => {
    expect(placeIn('ab\ncd', { line: 2, column: 2 })).toBe(4)
    expect(placeIn('ab\ncd', { line: 1, column: 9 })).toBe(2)
    expect(placeIn('ab', { line: 7, column: 1 })).toBe(2)
  })

  it('tells what would happen', () => {
    const preview = { events: 1000, ended_by: 'events' } as Parameters<typeof lookedAt>[0]
    expect(lookedAt(preview)).toBe('Looked at the last 1,000 events.')
    expect(lookedAt({ ...preview, events: 1, ended_by: null })).toBe('Looked at the last 1 event: all there are.')
    const issue = { split: true, joined: false, groups_count: 3 } as Parameters<typeof effectOf>[0]
    expect(effectOf(issue)).toBe('Split into 3')
    expect(effectOf({ ...issue, split: false })).toBe('A new issue for the same events')
    expect(effectOf({ ...issue, joined: true })).toBe('Split into 3, joined with others')
    const group = { title: '', events: 2, events_in_all: 5, issues_joined: 3, is_new: false }
    expect(groupInWords(group)).toBe('2 events, the issue that is there, together with 2 other issues')
    expect(groupInWords({ ...group, issues_joined: 1, is_new: true })).toBe('2 events, a new issue')
  })
})
