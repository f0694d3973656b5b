/**
 * SpoolReplayer owns the spool of this node. It writes batches that cannot be committed to disk (fsynced before any
 * reply), replays them in order under their ids when PostgreSQL is back, and tells the writer to continue. It holds at
 * most `bytesMax` on disk and `waitingCharsMax` in memory; beyond that, and when the disk is full or broken, it gives
 * the batches back and clients get 503. A file that the database refuses stays, is logged, and does not hold up other
 * files. It remembers the newest client ids in the spool, so that a repeated event is a duplicate; an event that was
 * stored before the outage is recognised at the replay.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour } from '../../mesh/types.ts'
import type { SpoolFile } from '../../services/spool/spool.ts'
import { answerOutcomes, charsOf, tellRouters } from './awaited.ts'
import type { Awaited, Handed, SpoolMessage } from './messages.ts'
import { listed, noted, probed, replayed, replayFailed, tick } from './spool-replay.ts'
import { statusOf, unopened, withFiles, type Spool, type SpoolOptions, type State } from './spool-state.ts'
import { spooledOutcomes } from './spooled-outcomes.ts'

/** The most that a file holds, unless it is one group of a writer: a replay keeps the file in memory. */
const fileCharsMax = 16 * 1024 * 1024

export function spoolReplayer(options: SpoolOptions): Behaviour<SpoolMessage, State> {
  return {
    init: async self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return tick(await open(unopened(), options), options, self)
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
          return replayed(state, message.names, options, self)
        case 'replay_failed':
          return replayFailed(state, message, options, self)
        case 'listed':
          return listed(state, message.listing, options)
        case 'list_failed':
          return { ...state, listing: false }
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
    const { files, setAside } = await options.files.open()
    if (files.length > 0) options.log.info(`the spool holds ${files.length} files from before; they are replayed now`)
    const next = { ...withFiles(state, files), opened: true, accepting: true, setAside, listedAt: options.now() }
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
  if (!state.files.some(({ name }) => name === file.name)) {
    state.files.push(file)
    state.bytes += file.bytes
  }
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
