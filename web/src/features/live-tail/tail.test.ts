// Goal: no event is lost or shown twice by holding, clearing or filling in what was there before; and nothing grows
// without bound.
import { expect, it } from 'vitest'
import type { StreamEvent } from '../../api/types.ts'
import { tail, type Tail } from './tail.ts'

const event = (id: number): StreamEvent => ({
  id: String(id),
  issue_id: 'i',
  title: `event ${id}`,
  culprit: '',
  level: 'error',
  environment: '',
  release: '',
  received_at: '2026-11-26T08:00:00.000Z'
})
const shown = (list: Tail): (string | undefined)[] =>
  Array.from({ length: list.length() }, (_, index) => list.at(index)?.id)

it('shows the newest first and forgets the oldest', () => {
  const list = tail(3)
  list.add([event(1), event(2)])
  list.add([event(3), event(4)])
  expect(shown(list)).toEqual(['4', '3', '2'])
})

it('keeps what comes while it is held, and shows it in order afterwards', () => {
  const list = tail(10)
  list.add([event(1)])
  list.hold(true)
  list.add([event(2), event(3)])
  expect([shown(list), list.held()]).toEqual([['1'], 2])
  list.hold(false)
  expect([shown(list), list.held()]).toEqual([['3', '2', '1'], 0])
})

it('counts all that came while it was held, and keeps as many as it can show', () => {
  const list = tail(3)
  list.hold(true)
  for (let id = 1; id <= 50; id++) list.add([event(id)])
  expect(list.held()).toBe(50)
  list.hold(false)
  expect(shown(list)).toEqual(['50', '49', '48'])
})

it('puts older events below, each once, and never more than fit', () => {
  const list = tail(4)
  list.add([event(7), event(8)])
  list.addOlder([event(8), event(7), event(6), event(5), event(4)])
  expect(shown(list)).toEqual(['8', '7', '6', '5'])
  list.add([event(9)])
  expect(shown(list)).toEqual(['9', '8', '7', '6'])
})

it('puts what was not told on top, each once, and behind what waits', () => {
  const list = tail(4)
  list.add([event(1), event(2)])
  list.addMissed([event(3), event(2), event(1)])
  expect(shown(list)).toEqual(['3', '2', '1'])
  list.hold(true)
  list.add([event(4)])
  list.addMissed([event(5), event(4), event(3)])
  expect([shown(list), list.held()]).toEqual([['3', '2', '1'], 2])
  list.hold(false)
  expect(shown(list)).toEqual(['5', '4', '3', '2'])
})

it('does not show below what still waits', () => {
  const list = tail(4)
  list.hold(true)
  list.add([event(2)])
  list.addOlder([event(2), event(1)])
  expect(shown(list)).toEqual(['1'])
  list.hold(false)
  expect(shown(list)).toEqual(['2', '1'])
})

it('is empty when it was cleared, also of what waits', () => {
  const list = tail(4)
  list.add([event(1)])
  list.hold(true)
  list.add([event(2)])
  list.clear()
  list.hold(false)
  expect(shown(list)).toEqual([])
  list.add([event(3)])
  expect(shown(list)).toEqual(['3'])
})
