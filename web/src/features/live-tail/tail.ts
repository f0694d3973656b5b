/**
 * The newest events, and the events that wait while the list is held. It knows nothing of time or screens: the caller
 * says when it is held, and looks again after each change. What waits is bounded as the list is; `held` counts all the
 * same, since what was there first would have left the list, too.
 */
import type { StreamEvent } from '../../api/types.ts'
import { ringLog } from '../../live/ringLog.ts'

export type Tail = {
  add: (events: readonly StreamEvent[]) => void
  /** Older than everything that is there; what is there already is left out. */
  addOlder: (newestFirst: readonly StreamEvent[]) => void
  /** What the stream did not tell; what is there already is left out. */
  addMissed: (newestFirst: readonly StreamEvent[]) => void
  hold: (on: boolean) => void
  clear: () => void
  /** 0 is the newest. */
  at: (index: number) => StreamEvent | undefined
  length: () => number
  held: () => number
  /** A number that stays with an event while others come: that of the newest is `added() - 1`. */
  added: () => number
}

export function tail(capacity: number): Tail {
  let log = ringLog<StreamEvent>(capacity)
  let waiting: StreamEvent[] = []
  let held = 0
  let isHeld = false

  function add(events: readonly StreamEvent[]): void {
    if (!isHeld) return log.add(events)
    held += events.length
    for (const event of events) waiting.push(event)
    // Cut only now and then: moving what stays costs as much as it is long.
    if (waiting.length > capacity * 2) waiting = waiting.slice(-capacity)
  }

  function release(): void {
    log.add(waiting)
    waiting = []
    held = 0
  }

  function shown(): StreamEvent[] {
    return Array.from({ length: log.length() }, (_, index) => log.at(index)).filter(event => event !== undefined)
  }

  function unknown(events: readonly StreamEvent[]): StreamEvent[] {
    const known = new Set([...shown(), ...waiting].map(({ id }) => id))
    return events.filter(({ id }) => !known.has(id))
  }

  function addOlder(newestFirst: readonly StreamEvent[]): void {
    const present = shown()
    const older = unknown(newestFirst).slice(0, capacity - present.length)
    log = ringLog<StreamEvent>(capacity)
    log.add([...older].reverse())
    log.add(present.reverse())
  }

  return {
    add,
    addOlder,
    addMissed: newestFirst => add(unknown(newestFirst).reverse()),
    hold: on => {
      isHeld = on
      if (!on) release()
    },
    clear: () => {
      log.clear()
      waiting = []
      held = 0
    },
    at: index => log.at(index),
    length: () => log.length(),
    held: () => held,
    added: () => log.added()
  }
}
