// Goal: an explanation is told in words, crash first, and what does not count takes little room.
import { expect, it } from 'vitest'
import type { ExplainedFrame } from '../../../api/types.ts'
import { partsOf, rowsOf, sentName } from './groupingWords.ts'

const frame = (index: number, fate: ExplainedFrame['fate'], others: Partial<ExplainedFrame> = {}): ExplainedFrame => ({
  index,
  fate,
  by_rule: false,
  function: { sent: `f${index}`, used: `f${index}`, left_out: [] },
  place: null,
  source_line: null,
  component: `frame in f${index}`,
  ...others
})

it('folds frames that do not count for one reason', () => {
  const rows = rowsOf({
    from: 'exception',
    choice: 'in_app',
    frames: [frame(0, 'beyond'), frame(1, 'not_in_app'), frame(2, 'not_in_app'), frame(3, 'counts')]
  })
  expect(rows.map(row => (row.kind === 'counts' ? row.frame.index : row.frames.map(({ index }) => index)))).toEqual([
    3,
    [2, 1],
    [0]
  ])
})

it('says what was left out of each part', () => {
  const place = { sent: 'src/a/index.3f2a.js', used: 'a/index.js', left_out: ['folders', 'content_hash'] as const }
  const parts = partsOf(
    frame(0, 'counts', { place: { ...place, left_out: [...place.left_out], of: 'file', keeps_folder: true } })
  )
  expect(parts.map(({ label, note }) => [label, note])).toEqual([
    ['File', 'left out: folders, the hash of its content; its folder is kept: the name alone says nothing'],
    ['Function', '']
  ])
  expect(sentName(frame(1, 'counts', { function: null }))).toBe('a frame without a name')
})
