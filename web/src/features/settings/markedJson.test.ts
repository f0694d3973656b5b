// Goal: both sides are the JSON of their event, and marked is what differs and nothing else.
import { expect, it } from 'vitest'
import type { ScrubPreview } from '../../api/types.ts'
import { markedLines, pathInWords, removedParts, type Side } from './markedJson.ts'

const preview: ScrubPreview = {
  before: {
    message: 'card 4111 1111 1111 1111 "was" refused',
    extra: { empty: {}, list: [1, { token: { a: 1 } }] },
    user: { ip_address: '192.0.2.7', id: '7' }
  },
  after: {
    message: 'card [Filtered] "was" refused',
    extra: { empty: {}, list: [1, { token: '[Filtered]' }] },
    user: { id: '7' }
  },
  removed: [
    { path: ['message'], kind: 'value', reason: '' },
    { path: ['extra', 'list', 1, 'token'], kind: 'name', reason: '' },
    { path: ['user', 'ip_address'], kind: 'address', reason: '' }
  ],
  removed_count: 3
}
const textOf = (side: Side): string =>
  markedLines(preview, side)
    .map(line => line.map(({ text }) => text).join(''))
    .join('\n')
const markedOf = (side: Side): string[] =>
  markedLines(preview, side).flatMap(line => line.flatMap(({ text, isMarked }) => (isMarked ? [text] : [])))

it('shows the JSON of both sides', () => {
  expect(JSON.parse(textOf('before'))).toEqual(preview.before)
  expect(textOf('after')).toBe(JSON.stringify(preview.after, null, 2))
})

it('marks what is gone, and what stands in its place', () => {
  expect(markedOf('before').join('|')).toBe('4111 1111 1111 1111|{|  "a": 1|}|192.0.2.7')
  expect(markedOf('after')).toEqual(['[Filtered]', '[Filtered]'])
})

it('follows lists from which addresses were dropped', () => {
  const listed: ScrubPreview = {
    before: {
      headers: [
        ['Forwarded', '192.0.2.7'],
        ['Cookie', 'a=b'],
        ['Query', 'x token=1']
      ]
    },
    after: {
      headers: [
        ['Cookie', '[Filtered]'],
        ['Query', 'x token=[Filtered]']
      ]
    },
    removed: [
      { path: ['headers', 0], kind: 'address', reason: '' },
      { path: ['headers', 1, 1], kind: 'name', reason: '' },
      { path: ['headers', 2, 1], kind: 'value', reason: '' }
    ],
    removed_count: 3
  }
  const marked = (side: Side): string[] =>
    markedLines(listed, side).flatMap(line => line.flatMap(({ text, isMarked }) => (isMarked ? [text.trim()] : [])))
  expect(marked('before')).toEqual(['[', '"Forwarded",', '"192.0.2.7"', ']', 'a=b', '1'])
  expect(marked('after')).toEqual(['[Filtered]', '[Filtered]'])
})

it('marks all of a text when its parts cannot be told', () => {
  expect(removedParts('abc', 'xyz')).toEqual([{ text: 'abc', isMarked: true }])
  expect(removedParts('a-b-c', 'a[Filtered]c')).toEqual([
    { text: 'a', isMarked: false },
    { text: '-b-', isMarked: true },
    { text: 'c', isMarked: false }
  ])
})

it('says where', () => {
  expect(pathInWords(['extra', 'list', 1, 'token'])).toBe('extra.list[1].token')
})
