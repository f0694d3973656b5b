// Goal: the live tail's buffers: newest first and bounded, at most one flush a frame, nothing lost silently in a hidden
// tab.
import { describe, expect, it } from 'vitest'
import { frameBatcher } from './frameBatcher.ts'
import { ringLog } from './ringLog.ts'

describe('ringLog', () => {
  it('keeps the newest, newest first', () => {
    const log = ringLog<number>(3)
    log.add([1, 2])
    expect([log.at(0), log.at(1), log.at(2)]).toEqual([2, 1, undefined])
    log.add([3, 4, 5])
    expect([log.at(0), log.at(1), log.at(2), log.at(3), log.at(-1)]).toEqual([5, 4, 3, undefined, undefined])
    expect([log.length(), log.added()]).toEqual([3, 5])
  })

  it('is empty after it was cleared, and goes on', () => {
    const log = ringLog<number>(3)
    log.add([1, 2, 3, 4])
    log.clear()
    expect([log.length(), log.at(0)]).toEqual([0, undefined])
    log.add([5])
    expect([log.length(), log.at(0), log.at(1)]).toEqual([1, 5, undefined])
  })
})

describe('frameBatcher', () => {
  it('flushes once a frame, and tells what was too much', () => {
    const frames: (() => void)[] = []
    const flushed: [number[], number][] = []
    const batcher = frameBatcher<number>((items, dropped) => flushed.push([items, dropped]), {
      cap: 2,
      frame: run => frames.push(run),
      cancel: () => {}
    })
    batcher.push([1])
    batcher.push([2])
    expect(frames).toHaveLength(1)
    frames[0]?.()
    batcher.push([3, 4, 5, 6, 7])
    frames[1]?.()
    expect(flushed).toEqual([
      [[1, 2], 0],
      [[6, 7], 3]
    ])
  })
})
