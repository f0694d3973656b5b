/**
 * SpoolReplayer owns this node's spool: it writes what the StorageWriters cannot commit to disk (fsynced before anybody is
 * answered), replays it in order once PostgreSQL answers, under the old batch ids, and tells the writers to go on.
 * It holds at most `bytesMax` on disk; beyond that, or when the disk is full, it gives the batches back and the clients are
 * told to come again later. While it spools it knows which client ids it took, so a repeated event is a duplicate here too;
 * what was stored before the outage is recognised when the file is replayed, and counted once.
 */
import type { Behaviour, Pid, ProcessName, ReplyTo, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { CommittedOutcome, PreparedBatch, PreparedEvent } from '../schema/pipeline.ts'
import type { CommittedBatch } from '../services/batches.ts'
import type { SpoolFile } from '../services/spool.ts'
import { answerOutcomes, type Awaited } from './awaited.ts'
import type { EventRouterMessage } from './event-router.ts'
import type { RollupFolderMessage } from './rollup-folder.ts'
import type { StorageWriterMessage } from './storage-writer.ts'

type Handed = { items: Awaited[], from: Pid<StorageWriterMessage> }

export type SpoolMessage =
  | ({ type: 'spool' } & Handed)
  | { type: 'written', file: SpoolFile, handed: Handed[] }
  | { type: 'write_failed', error: unknown, handed: Handed[] }
  | { type: 'tick' }
  | { type: 'replayed', name: string, committed: CommittedBatch[] }
  | { type: 'replay_failed', name: string, error: unknown }
  | { type: 'probed', alive: boolean }
  | { type: 'status', replyTo: ReplyTo<SpoolStatus> }

export type SpoolStatus = { accepting: boolean, databaseDown: boolean, files: number, bytes: number, bytesMax: number }

type State = {
  files: SpoolFile[]
  bytes: number
  waiting: Handed[]
  writing: boolean
  replaying: boolean
  databaseDown: boolean
  /** The last write succeeded, or none was needed. */
  accepting: boolean
  /** Client id of an event in the spool → the id it was given. */
  spooledIds: Map<string, string>
}

export type SpoolOptions = {
  files: {
    open: () => Promise<SpoolFile[]>
    write: (batches: readonly PreparedBatch[]) => Promise<SpoolFile>
    /** Null when the file was damaged and has been set aside. */
    read: (name: string) => Promise<PreparedBatch[] | null>
    remove: (name: string) => Promise<void>
  }
  commit: (batches: PreparedBatch[]) => Promise<CommittedBatch[]>
  /** Resolves when the database answers. */
  probe: () => Promise<unknown>
  writers: readonly ProcessName<StorageWriterMessage>[]
  router: ProcessName<EventRouterMessage>
  folder: ProcessName<RollupFolderMessage>
  report: { committed: (outcomes: readonly CommittedOutcome[]) => void, spool: (status: SpoolStatus) => void }
  bytesMax: number
  tickMs: number
  log: Log
}

/** One file holds about this much payload at most: what a replay keeps in memory at once. */
const fileCharsMax = 16 * 1024 * 1024

type Spool = Self<SpoolMessage>

export function spoolReplayer (options: SpoolOptions): Behaviour<SpoolMessage, State> {
  return {
    init: async self => {
      const files = await options.files.open()
      if (files.length > 0) options.log.info(`the spool holds ${files.length} files from before; they are replayed now`)
      self.sendEvery({ type: 'tick' }, options.tickMs)
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
      return tick({
        files, bytes, waiting: [], writing: false, replaying: false, databaseDown: false, accepting: true, spooledIds: new Map()
      }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'spool': return spool(state, message, options, self)
        case 'written': return written(state, message.file, message.handed, options, self)
        case 'write_failed': return writeFailed(state, message, options, self)
        case 'tick': return tick(state, options, self)
        case 'replayed': return replayed(state, message, options, self)
        case 'replay_failed': return replayFailed(state, message, options)
        case 'probed': return probed(state, message.alive, options, self)
        case 'status': self.reply(message.replyTo, statusOf(state, options)); return state
      }
    }
  }
}

function spool (state: State, { items, from }: Handed, options: SpoolOptions, self: Spool): State {
  state.databaseDown = true
  state.waiting.push({ items, from })
  return startWriting(state, options, self)
}

/** One write at a time; what arrives meanwhile shares the next file and its fsyncs. */
function startWriting (state: State, options: SpoolOptions, self: Spool): State {
  if (state.writing || state.waiting.length === 0) return state
  if (state.bytes >= options.bytesMax) {
    return giveBack({ ...state, waiting: [] }, state.waiting, `the spool is full (${options.bytesMax} bytes)`, options, self)
  }
  const handed = takeFileful(state)
  options.files.write(handed.flatMap(({ items }) => items.map(({ batch }) => batch))).then(
    file => self.cast(self.pid, { type: 'written', file, handed }),
    (error: unknown) => self.cast(self.pid, { type: 'write_failed', error, handed })
  )
  state.writing = true
  return state
}

function takeFileful (state: State): Handed[] {
  let chars = 0
  let count = 0
  for (const { items } of state.waiting) {
    if (count > 0 && chars > fileCharsMax) break
    for (const { batch } of items) for (const { payload } of batch.events) chars += payload.length
    count += 1
  }
  return state.waiting.splice(0, count)
}

function written (state: State, file: SpoolFile, handed: Handed[], options: SpoolOptions, self: Spool): State {
  state.files.push(file)
  state.bytes += file.bytes
  state.writing = false
  state.accepting = true

  const items = handed.flatMap(({ items }) => items)
  const outcomes = new Map<string, CommittedOutcome>()
  for (const { batch } of items) decideOutcomes(outcomes, batch, state.spooledIds)
  answerOutcomes(self, items, outcomes)
  self.cast(options.router, { type: 'settled', batchIds: items.map(({ batch }) => batch.id) })
  options.report.spool(statusOf(state, options))
  return startWriting(state, options, self)
}

/** What can be promised of a spooled batch; whether an issue discards it is found out when it is replayed. */
function decideOutcomes (outcomes: Map<string, CommittedOutcome>, batch: PreparedBatch, spooledIds: Map<string, string>): void {
  for (const event of batch.events) outcomes.set(event.id, spooledOutcome(event, spooledIds))
  for (const { id } of batch.sampledOut) outcomes.set(id, { id, outcome: 'sampled_out' })
  for (const { id } of batch.quarantined) outcomes.set(id, { id, outcome: 'quarantined' })
}

function spooledOutcome ({ id, projectId, eventId }: PreparedEvent, spooledIds: Map<string, string>): CommittedOutcome {
  if (eventId === null) return { id, outcome: 'stored' }
  const key = `${projectId} ${eventId}`
  const firstId = spooledIds.get(key) ?? id
  spooledIds.set(key, firstId)
  return firstId === id ? { id, outcome: 'stored' } : { id, outcome: 'duplicate', firstId }
}

function writeFailed (state: State, { error, handed }: { error: unknown, handed: Handed[] }, options: SpoolOptions, self: Spool): State {
  const next = giveBack({ ...state, writing: false }, handed, `the spool cannot be written: ${String(error)}`, options, self)
  return startWriting(next, options, self)
}

function giveBack (state: State, handed: Handed[], why: string, options: SpoolOptions, self: Spool): State {
  if (state.accepting) options.log.error(`${why}: events are refused with 503 until the database or the disk is back`)
  for (const { items, from } of handed) self.cast(from, { type: 'spool_refused', items })
  const next = { ...state, accepting: false }
  options.report.spool(statusOf(next, options))
  return next
}

/** Replays the oldest file; without one, asks whether a database that was down is back. */
function tick (state: State, options: SpoolOptions, self: Spool): State {
  if (state.replaying) return state
  const [file] = state.files
  if (file !== undefined) replay(file.name, options, self)
  else if (state.databaseDown) probe(options, self)
  else return state
  return { ...state, replaying: true }
}

function probe ({ probe }: SpoolOptions, self: Spool): void {
  probe().then(
    () => self.cast(self.pid, { type: 'probed', alive: true }),
    () => self.cast(self.pid, { type: 'probed', alive: false })
  )
}

function replay (name: string, { files, commit }: SpoolOptions, self: Spool): void {
  const replaying = async () => {
    const batches = await files.read(name)
    const committed = batches === null ? [] : await commit(batches)
    if (batches !== null) await files.remove(name)
    return committed
  }
  replaying().then(
    committed => self.cast(self.pid, { type: 'replayed', name, committed }),
    (error: unknown) => self.cast(self.pid, { type: 'replay_failed', name, error })
  )
}

function replayed (state: State, { name, committed }: { name: string, committed: CommittedBatch[] }, options: SpoolOptions, self: Spool): State {
  const file = state.files.find(file => file.name === name)
  const files = state.files.filter(file => file.name !== name)
  options.report.committed(committed.filter(batch => !batch.alreadyCommitted).flatMap(({ outcomes }) => outcomes))
  self.cast(options.folder, { type: 'committed' })

  if (files.length === 0) {
    state.spooledIds.clear()
    options.log.info('the spool is empty: everything in it is in the database')
  }
  const next = databaseUp({ ...state, files, bytes: state.bytes - (file?.bytes ?? 0), replaying: false, accepting: true }, options, self)
  options.report.spool(statusOf(next, options))
  return tick(next, options, self)
}

/** Nothing is lost: the file stays, goes to the end of the line (another may fare better), and is tried at a later tick. */
function replayFailed (state: State, { name, error }: { name: string, error: unknown }, { log }: SpoolOptions): State {
  log.debug({ err: error }, `${name} waits in the spool for the database`)
  const file = state.files.find(file => file.name === name)
  const others = state.files.filter(file => file.name !== name)
  return { ...state, files: file === undefined ? others : [...others, file], replaying: false }
}

function probed (state: State, alive: boolean, options: SpoolOptions, self: Spool): State {
  const next = { ...state, replaying: false, accepting: alive || state.accepting }
  return alive ? databaseUp(next, options, self) : next
}

function databaseUp (state: State, { writers }: SpoolOptions, self: Spool): State {
  if (state.databaseDown) for (const writer of writers) self.cast(writer, { type: 'database_up' })
  return { ...state, databaseDown: false }
}

function statusOf ({ files, bytes, accepting, databaseDown }: State, { bytesMax }: SpoolOptions): SpoolStatus {
  return { accepting, databaseDown, files: files.length, bytes, bytesMax }
}
