/**
 * What a project's subscribers may have missed: its newest published events under their positions, so that a socket
 * that comes back resumes where it was. Bounded in number and age; a position that is older, or of another log, is a
 * gap, and so is one from before this node knew that it missed something.
 */
import type { StreamEvent } from '../../schema/stream.ts'

export type StreamLog = {
  /** Takes events and answers the position after them. */
  add: (events: readonly StreamEvent[], now: number) => string
  position: () => string
  /** Something is missing here: positions before the one that is answered are a gap from now on. */
  interrupt: () => string
  /** What came after this position; null when it cannot be told. */
  after: (position: string) => StreamEvent[] | null
}

type Entry = { number: number; at: number; event: StreamEvent }

/** `run` names this log and no other: positions of another mean nothing here. */
export function streamLog(run: string, { eventsMax, ageMsMax }: { eventsMax: number; ageMsMax: number }): StreamLog {
  const entries: Entry[] = []
  let first = 0
  let number = 0

  /** Entries are dropped from the front; the list itself is cut only when half of it is dead. */
  function forget(now: number): void {
    while (entries.length - first > eventsMax || (entries[first]?.at ?? Infinity) < now - ageMsMax) first += 1
    if (first > 1_000 && first * 2 > entries.length) {
      entries.splice(0, first)
      first = 0
    }
  }

  return {
    add: (events, now) => {
      for (const event of events) entries.push({ number: ++number, at: now, event })
      forget(now)
      return `${run}-${number}`
    },
    position: () => `${run}-${number}`,
    interrupt: () => {
      entries.length = 0
      first = 0
      number += 1
      return `${run}-${number}`
    },
    after: position => {
      const [, ofRun, digits = ''] = /^(.*)-(\d{1,15})$/.exec(position) ?? []
      const from = Number(digits)
      if (ofRun !== run || from > number) return null
      if (from === number) return []
      const oldest = entries[first]
      if (oldest === undefined || oldest.number > from + 1) return null
      return entries.slice(first + from + 1 - oldest.number).map(({ event }) => event)
    }
  }
}
