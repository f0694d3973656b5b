/**
 * StorageWriter commits prepared batches in groups. One transaction runs, one more may wait behind it, and what arrives
 * meanwhile is the next group: groups grow under load, and an idle writer commits at once (or every `flushMs`, for
 * fewer commits). A commit that fails or takes longer than `patienceMs` is an operating error, not a crash: the group
 * goes to the spool under the ids of its batches, and so does what follows until the database is back. The writer
 * replies for what it has committed, the spool for what it was given. Beyond `waitingCharsMax` batches are refused.
 */
import assert from 'node:assert/strict'
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, CancelTimer, ProcessName, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { CommittedOutcome, PreparedBatch } from '../../schema/pipeline.ts'
import { refusals } from '../../schema/refusals.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import { answerOutcomes, charsOf, eventsOf, groupLength, tellRouters, type GroupLimits } from './awaited.ts'
import { whyOf } from './outage.ts'
import type { Awaited, FateMessage, RollupFolderMessage, SpoolMessage, StorageWriterMessage } from './messages.ts'

type Group = {
  number: number
  items: Awaited[]
  events: number
  /** The spool has the group too, and replies for it. */
  handedOver: boolean
  cancelOverdue: CancelTimer
}

type State = {
  waiting: Awaited[]
  waitingEvents: number
  waitingChars: number
  flushing: boolean
  /** In the order of sending, in which PostgreSQL also works on them. */
  inFlight: Group[]
  groups: number
  /** Ids of the batches that wait or are in flight. A batch with one of these ids is not taken twice. */
  known: Set<string>
  /** Why the database takes nothing: everything goes to the spool until it does. Null while it takes events. */
  outage: string | null
}

export type StorageWriterOptions = {
  /** The registered name of this writer. The spool gives batches back to it, also after a restart. */
  name: ProcessName<StorageWriterMessage>
  commit: (batches: PreparedBatch[]) => Promise<CommittedBatch[]>
  /** True when the error leaves open whether the commit happened. */
  outcomeUnknown: (error: unknown) => boolean
  spool: ProcessName<SpoolMessage>
  router: ProcessName<FateMessage>
  folder: ProcessName<RollupFolderMessage>
  report: WriterReport
  flushMs: number
  patienceMs: number
  /** How many transactions are sent before the first of them has ended. */
  inFlightMax: number
  group: GroupLimits
  waitingCharsMax: number
  log: Log
}

/** Where the figures of the write path go. */
export type WriterReport = {
  committed: (outcomes: readonly CommittedOutcome[]) => void
  group: (events: number) => void
}

/** What is known while a commit has neither succeeded nor failed. */
const slow = 'a commit has had no answer in time'

type Writer = Self<StorageWriterMessage>

export function storageWriter(options: StorageWriterOptions): Behaviour<StorageWriterMessage, State> {
  return {
    init: () => ({
      waiting: [],
      waitingEvents: 0,
      waitingChars: 0,
      flushing: false,
      inFlight: [],
      groups: 0,
      known: new Set(),
      outage: null
    }),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'store':
          return store(state, message, options, self)
        case 'flush':
          state.flushing = false
          return startCommit(state, options, self)
        case 'committed':
          return committed(state, message, options, self)
        case 'failed':
          return failed(state, message, options, self)
        case 'overdue':
          return overdue(state, message.group, options, self)
        case 'spool_refused':
          return spoolRefused(state, message.items, options, self)
        case 'database_up':
          state.outage = null
          return state
      }
    }
  }
}

function store(state: State, item: Awaited, options: StorageWriterOptions, self: Writer): State {
  const { batch } = item
  if (state.known.has(batch.id)) return repeated(state, batch.id, options, self)
  if (state.waiting.length > 0 && state.waitingChars + charsOf(batch) > options.waitingCharsMax) {
    refuse([item], refusals.overloaded(), options, self)
    return state
  }
  state.known.add(batch.id)
  state.waiting.push(item)
  state.waitingEvents += eventsOf(batch)
  state.waitingChars += charsOf(batch)

  if (options.flushMs === 0 || state.waitingEvents >= options.group.eventsMax) return startCommit(state, options, self)
  if (!state.flushing) self.sendAfter({ type: 'flush' }, options.flushMs)
  state.flushing = true
  return state
}

/** The batch is being committed already. But a spool that was to reply for it may have died and forgotten it. */
function repeated(state: State, batchId: string, { spool, name }: StorageWriterOptions, self: Writer): State {
  const item = state.inFlight
    .filter(group => group.handedOver)
    .flatMap(({ items }) => items)
    .find(({ batch }) => batch.id === batchId)
  if (item !== undefined) {
    self.cast(spool, { type: 'spool', items: [{ ...item, doubtful: true }], from: name, why: slow })
  }
  return state
}

function startCommit(state: State, options: StorageWriterOptions, self: Writer): State {
  if (state.waiting.length === 0 || !(state.outage !== null || isDue(state, options))) return state

  const items = takeGroup(state, options.group)
  if (state.outage !== null) {
    handOver(state, items, state.outage, options, self)
    return startCommit(state, options, self)
  }
  const number = ++state.groups
  const events = items.reduce((sum, { batch }) => sum + eventsOf(batch), 0)
  state.inFlight.push({
    number,
    items,
    events,
    handedOver: false,
    cancelOverdue: self.sendAfter({ type: 'overdue', group: number }, options.patienceMs)
  })
  options.report.group(events)
  pipeToSelf(
    self,
    options.commit(items.map(({ batch }) => batch)),
    committed => ({ type: 'committed', group: number, committed }),
    error => ({ type: 'failed', group: number, error })
  )
  return state
}

/**
 * A second group is sent behind the running one, so that PostgreSQL need not wait for this process; but only when it is
 * as large, because small groups would stay small, and they cost more per event.
 */
function isDue({ inFlight, waitingEvents }: State, { inFlightMax }: StorageWriterOptions): boolean {
  const last = inFlight.at(-1)
  return last === undefined || (inFlight.length < inFlightMax && waitingEvents >= last.events)
}

function takeGroup(state: State, limits: GroupLimits): Awaited[] {
  const items = state.waiting.splice(0, groupLength(state.waiting, limits))
  for (const { batch } of items) {
    state.waitingEvents -= eventsOf(batch)
    state.waitingChars -= charsOf(batch)
  }
  return items
}

/**
 * Replies even when the spool has the group too: it may have died or may give the group back. A second reply is
 * harmless.
 */
function committed(
  state: State,
  message: { group: number; committed: CommittedBatch[] },
  options: StorageWriterOptions,
  self: Writer
): State {
  const { items } = finish(state, message.group)
  if (state.outage !== null) options.log.info('the database commits again')
  state.outage = null
  answer(items, message.committed, options, self)
  options.report.committed(
    message.committed.filter(batch => !batch.alreadyCommitted).flatMap(({ outcomes }) => outcomes)
  )
  self.cast(options.folder, { type: 'committed' })
  return startCommit(state, options, self)
}

function failed(
  state: State,
  message: { group: number; error: unknown },
  options: StorageWriterOptions,
  self: Writer
): State {
  const { items, handedOver } = finish(state, message.group)
  if (state.outage === null) {
    options.log.warn({ err: message.error }, 'a commit failed: events go to the spool until the database is back')
  }
  state.outage = whyOf(message.error)
  const unknown = options.outcomeUnknown(message.error)
  if (!handedOver) {
    handOver(
      state,
      items.map(item => ({ ...item, doubtful: item.doubtful || unknown })),
      state.outage,
      options,
      self
    )
  }
  return startCommit(state, options, self)
}

/** The commit goes on; if it succeeds after all, the ledger makes the spool skip the group. */
function overdue(state: State, number: number, options: StorageWriterOptions, self: Writer): State {
  const group = state.inFlight.find(each => each.number === number)
  if (group === undefined) return state

  if (state.outage === null) {
    options.log.warn(
      `a commit takes longer than ${options.patienceMs} ms: events go to the spool until the database is back`
    )
  }
  state.outage ??= slow
  group.handedOver = true
  self.cast(options.spool, {
    type: 'spool',
    items: group.items.map(item => ({ ...item, doubtful: true })),
    from: options.name,
    why: state.outage
  })
  return startCommit(state, options, self)
}

function handOver(
  state: State,
  items: Awaited[],
  why: string,
  { spool, name }: StorageWriterOptions,
  self: Writer
): void {
  forget(state, items)
  // A spool that is missing is being restarted, and the router then sends again what it holds.
  self.cast(spool, { type: 'spool', items, from: name, why })
}

/**
 * Neither disk nor database takes the batches. Those that still wait for a commit or are in one get their reply from
 * it; the others are refused.
 */
function spoolRefused(state: State, items: Awaited[], options: StorageWriterOptions, self: Writer): State {
  const given = new Set(items.map(({ batch }) => batch.id))
  for (const group of state.inFlight) if (group.items.some(({ batch }) => given.has(batch.id))) group.handedOver = false

  const refused = items.filter(({ batch }) => !state.known.has(batch.id))
  refuse(
    refused.filter(item => item.doubtful),
    refusals.timeout(),
    options,
    self
  )
  refuse(
    refused.filter(item => !item.doubtful),
    refusals.unavailable(),
    options,
    self
  )
  return state
}

function refuse(items: Awaited[], refusal: Refusal, { router }: StorageWriterOptions, self: Writer): void {
  tellRouters(self, items, router, batchIds => ({ type: 'refused', batchIds, refusal }))
}

function finish(state: State, number: number): Group {
  const group = state.inFlight.find(each => each.number === number)
  assert(group, 'a commit ends once')
  group.cancelOverdue()
  state.inFlight = state.inFlight.filter(each => each !== group)
  forget(state, group.items)
  return group
}

function forget(state: State, items: Awaited[]): void {
  for (const { batch } of items) state.known.delete(batch.id)
}

function answer(items: Awaited[], committed: CommittedBatch[], { router }: StorageWriterOptions, self: Writer): void {
  answerOutcomes(
    self,
    items,
    new Map(committed.flatMap(({ outcomes }) => outcomes.map(outcome => [outcome.id, outcome])))
  )
  tellRouters(self, items, router, batchIds => ({ type: 'settled', batchIds }))
}
