/**
 * SpoolReplayer owns the spool of this node. It writes batches that cannot be committed to disk (fsynced before any
 * reply), replays them in order under their ids when PostgreSQL is back, and tells the writer to continue. It holds at
 * most `bytesMax` on disk and `waitingCharsMax` in memory; beyond that, and when the disk is full or broken, it gives
 * the batches back and clients get 503. A file that the database refuses stays, is logged, and does not hold up other
 * files. It remembers the newest client ids in the spool, so that a repeated event is a duplicate; an event that was
 * stored before the outage is recognised at the replay.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, ProcessName, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { CommittedOutcome, PreparedBatch } from '../../schema/pipeline.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { SpoolFile } from '../../services/spool/spool.ts'
import { answerOutcomes, tellRouters, charsOf, inGroups, type GroupLimits } from './awaited.ts'
import { outageText, whyOf } from './outage.ts'
import type {
  Awaited,
  FateMessage,
  Handed,
  Outage,
  RollupFolderMessage,
  SpoolMessage,
  SpoolStatus,
  StorageWriterMessage
} from './messages.ts'
import { spooledOutcomes } from './spooled-outcomes.ts'

type State = {
  /** False until the folder has been read. */
  opened: boolean
  files: SpoolFile[]
  bytes: number
  waiting: Handed[]
  /**
   * The ids of the batches that wait or are being written, and their size. A batch with one of these ids is not taken
   * twice.
   */
  pending: Set<string>
  pendingChars: number
  writing: boolean
  replaying: boolean
  /** Null while the database takes events. */
  outage: Outage | null
  /** When the log was last told of the outage. */
  toldAt: number
  /** The last write succeeded, or none was needed. */
  accepting: boolean
  /** Client id of an event in the spool → the id that the event was given. */
  spooledIds: Map<string, string>
  /** Names of files that the database has refused. */
  refused: Set<string>
}

export type SpoolOptions = {
  files: {
    open: () => Promise<SpoolFile[]>
    write: (batches: readonly PreparedBatch[]) => Promise<SpoolFile>
    /** Null when there is nothing to replay: the file is gone, or was damaged and set aside. */
    read: (name: string) => Promise<PreparedBatch[] | null>
    remove: (name: string) => Promise<void>
  }
  commit: (batches: PreparedBatch[]) => Promise<CommittedBatch[]>
  /** True when the error means that the database is away, not that it refuses the data. */
  isOutage: (error: unknown) => boolean
  /** Resolves when the database is there. */
  probe: () => Promise<unknown>
  writer: ProcessName<StorageWriterMessage>
  router: ProcessName<FateMessage>
  folder: ProcessName<RollupFolderMessage>
  report: { committed: (outcomes: readonly CommittedOutcome[]) => void; spool: (status: SpoolStatus) => void }
  bytesMax: number
  waitingCharsMax: number
  /** What is replayed in one transaction. */
  group: GroupLimits
  tickMs: number
  /** How often the log is told that an outage goes on. */
  tellMs: number
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

/** The most that a file holds, unless it is one group of a writer: a replay keeps the file in memory. */
const fileCharsMax = 16 * 1024 * 1024

type Spool = Self<SpoolMessage>

export function spoolReplayer(options: SpoolOptions): Behaviour<SpoolMessage, State> {
  return {
    init: async self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return tick(
        await open(
          {
            opened: false,
            files: [],
            bytes: 0,
            waiting: [],
            pending: new Set(),
            pendingChars: 0,
            writing: false,
            replaying: false,
            outage: null,
            toldAt: 0,
            accepting: true,
            spooledIds: new Map(),
            refused: new Set()
          },
          options
        ),
        options,
        self
      )
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'spool':
          return spool(noted(state, message.why, options), message, options, self)
        case 'written':
          return written(state, message.file, message.handed, options, self)
        case 'write_failed':
          return writeFailed(state, message, options, self)
        case 'tick':
          return state.opened
            ? tick(state, options, self)
            : open(state, options).then(next => tick(next, options, self))
        case 'replayed':
          return replayed(state, message.name, options, self)
        case 'replay_failed':
          return replayFailed(state, message, options, self)
        case 'probed':
          return probed(state, message.error, options, self)
        case 'status':
          self.reply(message.replyTo, statusOf(state, options))
          return state
      }
    }
  }
}

/** A folder that cannot be opened (a full or broken disk) is no crash: the database may take everything. */
async function open(state: State, options: SpoolOptions): Promise<State> {
  try {
    const files = await options.files.open()
    if (files.length > 0) options.log.info(`the spool holds ${files.length} files from before; they are replayed now`)
    const next = {
      ...state,
      opened: true,
      accepting: true,
      files,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0)
    }
    options.report.spool(statusOf(next, options))
    return next
  } catch (error) {
    if (state.accepting) {
      options.log.error(
        { err: error },
        'the spool cannot be opened: what it holds waits, and an outage of the database could not be bridged'
      )
    }
    return { ...state, accepting: false }
  }
}

function spool(state: State, { items, from }: Handed, options: SpoolOptions, self: Spool): State {
  const fresh = items.filter(({ batch }) => !state.pending.has(batch.id))
  if (fresh.length === 0) return state
  const handed = { items: fresh, from }
  if (!state.opened) return giveBack(state, [handed], 'the spool cannot be opened', options, self)
  if (state.pendingChars > options.waitingCharsMax) {
    return giveBack(state, [handed], 'the disk of the spool is too slow', options, self)
  }

  for (const { batch } of fresh) {
    state.pending.add(batch.id)
    state.pendingChars += charsOf(batch)
  }
  state.waiting.push(handed)
  return startWriting(state, options, self)
}

/** One write at a time. What arrives meanwhile shares the next file and its fsyncs. */
function startWriting(state: State, options: SpoolOptions, self: Spool): State {
  if (state.writing || state.waiting.length === 0) return state
  if (state.bytes >= options.bytesMax) {
    return giveBack(state, state.waiting.splice(0), `the spool is full (${options.bytesMax} bytes)`, options, self)
  }
  const handed = takeFileful(state)
  pipeToSelf(
    self,
    options.files.write(handed.flatMap(({ items }) => items.map(({ batch }) => batch))),
    file => ({ type: 'written', file, handed }),
    error => ({ type: 'write_failed', error, handed })
  )
  state.writing = true
  return state
}

function takeFileful(state: State): Handed[] {
  let chars = 0
  let count = 0
  for (const { items } of state.waiting) {
    for (const { batch } of items) chars += charsOf(batch)
    if (count > 0 && chars > fileCharsMax) break
    count += 1
  }
  return state.waiting.splice(0, count)
}

function written(state: State, file: SpoolFile, handed: Handed[], options: SpoolOptions, self: Spool): State {
  state.files.push(file)
  state.bytes += file.bytes
  state.writing = false
  state.accepting = true

  const items = handed.flatMap(({ items }) => items)
  forget(state, items)
  answerOutcomes(
    self,
    items,
    spooledOutcomes(
      items.map(({ batch }) => batch),
      state.spooledIds
    )
  )
  tellRouters(self, items, options.router, batchIds => ({ type: 'settled', batchIds }))
  options.report.spool(statusOf(state, options))
  return startWriting(state, options, self)
}

function writeFailed(
  state: State,
  { error, handed }: { error: unknown; handed: Handed[] },
  options: SpoolOptions,
  self: Spool
): State {
  state.writing = false
  const next = giveBack(state, handed, `the spool cannot be written: ${String(error)}`, options, self)
  return startWriting(next, options, self)
}

function giveBack(state: State, handed: Handed[], why: string, options: SpoolOptions, self: Spool): State {
  if (state.accepting) options.log.error(`${why}: events are refused with 503 until the database or the disk is back`)
  for (const { items, from } of handed) {
    forget(state, items)
    self.cast(from, { type: 'spool_refused', items })
  }
  const next = { ...state, accepting: false }
  options.report.spool(statusOf(next, options))
  return next
}

function forget(state: State, items: Awaited[]): void {
  for (const { batch } of items) {
    if (state.pending.delete(batch.id)) state.pendingChars -= charsOf(batch)
  }
}

/** The outage goes on, or begins: `why` is what is known of it now. */
function noted(state: State, why: string, { now }: SpoolOptions): State {
  if (state.outage === null) return { ...state, outage: { why, since: now() }, toldAt: now() }
  return { ...state, outage: { ...state.outage, why } }
}

/** Says why events are spooled, and since when, every `tellMs`. */
function tellOutage(state: State, { now, tellMs, log }: SpoolOptions): void {
  if (state.outage === null || now() - state.toldAt < tellMs) return
  state.toldAt = now()
  log.warn(`${outageText(state.outage, now())}; the spool holds ${state.files.length} files, ${state.bytes} bytes`)
}

/** Replays the oldest file. Without one, probes a database that was away. */
function tick(state: State, options: SpoolOptions, self: Spool): State {
  tellOutage(state, options)
  if (state.replaying) return state
  const [file] = state.files
  if (file !== undefined) replay(file.name, options, self)
  else if (state.outage !== null) probe(options, self)
  else return state
  return { ...state, replaying: true }
}

function probe({ probe }: SpoolOptions, self: Spool): void {
  pipeToSelf(
    self,
    probe(),
    () => ({ type: 'probed', error: null }),
    error => ({ type: 'probed', error })
  )
}

function replay(name: string, options: SpoolOptions, self: Spool): void {
  pipeToSelf(
    self,
    replayFile(name, options),
    () => ({ type: 'replayed', name }),
    error => ({ type: 'replay_failed', name, error })
  )
}

/**
 * In groups, so that no transaction is too large for its deadline. A retry skips the groups that an earlier try has
 * committed.
 */
async function replayFile(name: string, { files, commit, group, report }: SpoolOptions): Promise<void> {
  const batches = await files.read(name)
  if (batches === null) return
  for (const next of inGroups(batches, group)) {
    const committed = await commit(next)
    report.committed(committed.filter(batch => !batch.alreadyCommitted).flatMap(({ outcomes }) => outcomes))
  }
  await files.remove(name)
}

function replayed(state: State, name: string, options: SpoolOptions, self: Spool): State {
  const file = state.files.find(file => file.name === name)
  const files = state.files.filter(file => file.name !== name)
  state.refused.delete(name)
  self.cast(options.folder, { type: 'committed' })

  if (files.length === 0) {
    state.spooledIds.clear()
    options.log.info('the spool is empty: everything in it is in the database')
  }
  const next = databaseUp(
    { ...state, files, bytes: state.bytes - (file?.bytes ?? 0), replaying: false, accepting: true },
    options,
    self
  )
  options.report.spool(statusOf(next, options))
  return tick(next, options, self)
}

/**
 * Nothing is lost: the file stays and is tried again at a later tick. In an outage the order stays. A refused file goes
 * to the end, because others may succeed, and the database is probed apart from it.
 */
function replayFailed(
  state: State,
  { name, error }: { name: string; error: unknown },
  options: SpoolOptions,
  self: Spool
): State {
  const { log, isOutage } = options
  if (isOutage(error)) {
    log.debug({ err: error }, `${name} waits in the spool for the database`)
    return { ...noted(state, whyOf(error), options), replaying: false }
  }
  if (!state.refused.has(name)) {
    log.error({ err: error }, `${name} stays in the spool: its events cannot be stored; it is tried again and again`)
  }
  state.refused.add(name)
  const file = state.files.find(file => file.name === name)
  const others = state.files.filter(file => file.name !== name)
  if (state.outage !== null) probe(options, self)
  return { ...state, files: file === undefined ? others : [...others, file], replaying: state.outage !== null }
}

function probed(state: State, error: unknown, options: SpoolOptions, self: Spool): State {
  const next = { ...state, replaying: false }
  if (error !== null) return noted(next, whyOf(error), options)
  return databaseUp({ ...next, accepting: state.opened || state.accepting }, options, self)
}

function databaseUp(state: State, { writer }: SpoolOptions, self: Spool): State {
  if (state.outage !== null) self.cast(writer, { type: 'database_up' })
  return { ...state, outage: null }
}

function statusOf({ files, bytes, accepting, outage }: State, { bytesMax }: SpoolOptions): SpoolStatus {
  return { accepting, outage, files: files.length, bytes, bytesMax, oldestAt: files[0]?.writtenAt ?? null }
}
