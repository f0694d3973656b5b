/**
 * The behaviour of an actor that adds up and writes what it has now and then. One write runs at a time; what comes
 * meanwhile is in the next, and so is what a failed one had. A crash loses what was added since the last write. While
 * the database is away at most `entriesMax` entries wait, and new ones beyond them are dropped.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'

export type TallyMessage<Entry> =
  { type: 'flush' } | { type: 'flushed' } | { type: 'failed'; entries: Entry[]; error: unknown }

export type TallyState<Entry> = { entries: Map<string, Entry>; isWriting: boolean }

/** `Other` are the messages that the actor handles itself. */
type TallySelf<Entry, Other> = Self<TallyMessage<Entry> | Other>

export type TallyOptions<Entry> = {
  /** Entries of one name are added up. */
  nameOf: (entry: Entry) => string
  /** Adds `entry` to `known`, which it changes. */
  addTo: (known: Entry, entry: Entry) => void
  write: (entries: Entry[]) => Promise<void>
  flushMs: number
  log: Log
  /** What waits when a write fails, for the log. */
  what: string
}

export type Tally<Entry, Other> = {
  /** For `init`. */
  start: (self: TallySelf<Entry, Other>) => TallyState<Entry>
  /** The entries are the tally's own from now on. */
  add: (state: TallyState<Entry>, entries: readonly Entry[]) => TallyState<Entry>
  /** For `handle`. */
  handle: (state: TallyState<Entry>, message: TallyMessage<Entry>, self: TallySelf<Entry, Other>) => TallyState<Entry>
}

const entriesMax = 10_000

export function tally<Entry, Other>(options: TallyOptions<Entry>): Tally<Entry, Other> {
  const { nameOf, addTo, write, flushMs, log, what } = options
  type State = TallyState<Entry>

  function add(state: State, entries: readonly Entry[]): State {
    for (const entry of entries) {
      const name = nameOf(entry)
      const known = state.entries.get(name)
      if (known !== undefined) addTo(known, entry)
      else if (state.entries.size < entriesMax) state.entries.set(name, entry)
    }
    return state
  }

  function flush(state: State, self: TallySelf<Entry, Other>): State {
    if (state.isWriting || state.entries.size === 0) return state
    const entries = [...state.entries.values()]
    pipeToSelf(
      self,
      write(entries),
      () => ({ type: 'flushed' }),
      error => ({ type: 'failed', entries, error })
    )
    return { entries: new Map(), isWriting: true }
  }

  return {
    start: self => {
      self.sendEvery({ type: 'flush' }, flushMs)
      return { entries: new Map(), isWriting: false }
    },
    add,
    handle: (state, message, self) => {
      switch (message.type) {
        case 'flush':
          return flush(state, self)
        case 'flushed':
          return { ...state, isWriting: false }
        case 'failed':
          log.debug({ err: message.error }, `${what} wait for the database`)
          return { ...add(state, message.entries), isWriting: false }
      }
    }
  }
}
