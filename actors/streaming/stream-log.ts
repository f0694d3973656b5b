/**
 * The newest published events of a project under their positions, so that a socket that reconnects resumes where it
 * was. Bounded in number and age. A position that is older, belongs to another log, or is from before this node knew
 * that it missed something is a gap.
 */
import type { StreamEvent } from '../../schema/stream.ts'

export type StreamLog = {
  /** Adds events and returns the position after them. */
  add: (events: readonly StreamEvent[], now: number) => string
  position: () => string
  /** Something is missing here: positions before the one that is returned are a gap from now on. */
  interrupt: () => string
  /** The events after this position; null for a gap. */
  after: (position: string) => StreamEvent[] | null
}

type Entry = { number: number; at: number; event: StreamEvent }

/** `run` identifies this log: positions of another log are not valid here. */
export function streamLog(run: string, { eventsMax, ageMsMax }: { eventsMax: number; ageMsMax: number }): StreamLog {
  const entries: Entry[] = []
  let first = 0
  let number = 0

  /** Entries are dropped from the front. The list itself is cut only when half of it is unused. */
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
