/**
 * StorageWriter commits prepared batches in groups: one transaction is in flight, what arrives meanwhile is the next
 * one, so groups grow by themselves under load and an idle writer commits at once (or every `flushMs`, for those who
 * want fewer commits). A commit that fails or takes longer than `patienceMs` is an operating error, not a crash: the
 * group goes to the spool under its own batch ids, and so does what follows until the database is back.
 * It answers what it committed; what it handed over, the spool answers.
 */
import type { Behaviour, CancelTimer, ProcessName, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { CommittedOutcome, PreparedBatch } from '../schema/pipeline.ts'
import { refusals } from '../schema/refusals.ts'
import type { CommittedBatch } from '../services/batches.ts'
import type { EventRouterMessage } from './event-router.ts'
import { answerOutcomes, refuseAwaited, type Awaited } from './awaited.ts'
import type { RollupFolderMessage } from './rollup-folder.ts'
import type { SpoolMessage } from './spool-replayer.ts'

export type StorageWriterMessage =
  | ({ type: 'store' } & Awaited)
  | { type: 'flush' }
  | { type: 'committed', group: number, committed: CommittedBatch[] }
  | { type: 'failed', group: number, error: unknown }
  | { type: 'overdue', group: number }
  | { type: 'spool_refused', items: Awaited[] }
  | { type: 'database_up' }

type Group = {
  number: number
  items: Awaited[]
  /** The spool has it too, and answers. */
  handedOver: boolean
  cancelOverdue: CancelTimer
}

type State = {
  waiting: Awaited[]
  waitingEvents: number
  flushing: boolean
  inFlight: Group | null
  groups: number
  /** Batches waiting or in flight: one that is sent again meanwhile is already being taken care of. */
  known: Set<string>
  /** The database did not answer: everything goes to the spool until it does. */
  spooling: boolean
  /** Groups whose failed commit may have happened all the same. */
  doubtful: Set<string>
}

export type StorageWriterOptions = {
  commit: (batches: PreparedBatch[]) => Promise<CommittedBatch[]>
  /** True when the error leaves open whether the commit happened. */
  outcomeUnknown: (error: unknown) => boolean
  spool: ProcessName<SpoolMessage>
  router: ProcessName<EventRouterMessage>
  folder: ProcessName<RollupFolderMessage>
  report: WriterReport
  flushMs: number
  patienceMs: number
  groupEventsMax: number
  log: Log
}

/** Where the figures of the write path go. */
export type WriterReport = {
  committed: (outcomes: readonly CommittedOutcome[]) => void
  group: (events: number) => void
}

type Writer = Self<StorageWriterMessage>

export function storageWriter (options: StorageWriterOptions): Behaviour<StorageWriterMessage, State> {
  return {
    init: () => ({
      waiting: [], waitingEvents: 0, flushing: false, inFlight: null, groups: 0, known: new Set(), spooling: false, doubtful: new Set()
    }),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'store': return store(state, message, options, self)
        case 'flush': state.flushing = false; return startCommit(state, options, self)
        case 'committed': return committed(state, message, options, self)
        case 'failed': return failed(state, message, options, self)
        case 'overdue': return overdue(state, message.group, options, self)
        case 'spool_refused': return spoolRefused(state, message.items, options, self)
        case 'database_up': state.spooling = false; return state
      }
    }
  }
}

function store (state: State, { batch, addresses }: Awaited, options: StorageWriterOptions, self: Writer): State {
  if (state.known.has(batch.id)) return state
  state.known.add(batch.id)
  state.waiting.push({ batch, addresses })
  state.waitingEvents += batch.events.length

  if (options.flushMs === 0 || state.waitingEvents >= options.groupEventsMax) return startCommit(state, options, self)
  if (!state.flushing) self.sendAfter({ type: 'flush' }, options.flushMs)
  state.flushing = true
  return state
}

function startCommit (state: State, options: StorageWriterOptions, self: Writer): State {
  if (state.waiting.length === 0 || (state.inFlight !== null && !state.spooling)) return state

  const items = takeGroup(state, options.groupEventsMax)
  if (state.spooling) {
    handOver(state, items, options, self)
    return startCommit(state, options, self)
  }
  const number = ++state.groups
  state.inFlight = {
    number, items, handedOver: false, cancelOverdue: self.sendAfter({ type: 'overdue', group: number }, options.patienceMs)
  }
  options.report.group(eventCount(items))
  options.commit(items.map(({ batch }) => batch)).then(
    committed => self.cast(self.pid, { type: 'committed', group: number, committed }),
    (error: unknown) => self.cast(self.pid, { type: 'failed', group: number, error })
  )
  return state
}

/** As many waiting batches as make a group of at most `eventsMax` events, but at least one. */
function takeGroup (state: State, eventsMax: number): Awaited[] {
  let count = 0
  let events = 0
  for (const { batch } of state.waiting) {
    if (count > 0 && events + batch.events.length > eventsMax) break
    events += batch.events.length
    count += 1
  }
  state.waitingEvents -= events
  return state.waiting.splice(0, count)
}

function committed (state: State, message: { group: number, committed: CommittedBatch[] }, options: StorageWriterOptions, self: Writer): State {
  const group = finish(state, message.group)
  if (state.spooling) options.log.info('the database commits again')
  state.spooling = false
  if (group !== null && !group.handedOver) {
    answer(group.items, message.committed, options, self)
  }
  options.report.committed(message.committed.flatMap(({ outcomes }) => outcomes))
  self.cast(options.folder, { type: 'committed' })
  return startCommit(state, options, self)
}

function failed (state: State, message: { group: number, error: unknown }, options: StorageWriterOptions, self: Writer): State {
  const group = finish(state, message.group)
  if (!state.spooling) options.log.warn({ err: message.error }, 'a commit failed: events go to the spool until the database is back')
  state.spooling = true
  if (group !== null && !group.handedOver) {
    if (options.outcomeUnknown(message.error)) for (const { batch } of group.items) state.doubtful.add(batch.id)
    handOver(state, group.items, options, self)
  }
  return startCommit(state, options, self)
}

/** The commit goes on; should it succeed after all, the ledger lets the spool skip the group. */
function overdue (state: State, number: number, options: StorageWriterOptions, self: Writer): State {
  const group = state.inFlight
  if (group === null || group.number !== number) return state

  if (!state.spooling) options.log.warn(`a commit takes longer than ${options.patienceMs} ms: events go to the spool until the database is back`)
  state.spooling = true
  group.handedOver = true
  self.cast(options.spool, { type: 'spool', items: group.items, from: self.pid })
  return startCommit(state, options, self)
}

function handOver (state: State, items: Awaited[], { spool }: StorageWriterOptions, self: Writer): void {
  forget(state, items)
  // A spool that is not there is being restarted, and the router then sends again what it still holds.
  self.cast(spool, { type: 'spool', items, from: self.pid })
}

/**
 * Neither disk nor database: what is still being committed is answered by that commit, everything else is refused.
 */
function spoolRefused (state: State, items: Awaited[], options: StorageWriterOptions, self: Writer): State {
  const flying = new Set(state.inFlight?.items.map(({ batch }) => batch.id))
  if (state.inFlight !== null && items.some(({ batch }) => flying.has(batch.id))) state.inFlight.handedOver = false

  const refused = items.filter(({ batch }) => !flying.has(batch.id))
  for (const item of refused) {
    refuseAwaited(self, item, state.doubtful.delete(item.batch.id) ? refusals.timeout() : refusals.unavailable())
  }
  if (refused.length > 0) self.cast(options.router, { type: 'settled', batchIds: refused.map(({ batch }) => batch.id) })
  return state
}

function finish (state: State, number: number): Group | null {
  const group = state.inFlight
  if (group === null || group.number !== number) return null
  group.cancelOverdue()
  state.inFlight = null
  forget(state, group.items)
  return group
}

function forget (state: State, items: Awaited[]): void {
  for (const { batch } of items) state.known.delete(batch.id)
}

function answer (items: Awaited[], committed: CommittedBatch[], { router }: StorageWriterOptions, self: Writer): void {
  answerOutcomes(self, items, new Map(committed.flatMap(({ outcomes }) => outcomes.map(outcome => [outcome.id, outcome]))))
  self.cast(router, { type: 'settled', batchIds: items.map(({ batch }) => batch.id) })
}

function eventCount (items: Awaited[]): number {
  return items.reduce((sum, { batch }) => sum + batch.events.length, 0)
}
