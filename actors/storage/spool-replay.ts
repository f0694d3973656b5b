/**
 * How the SpoolReplayer empties its spool: the oldest files first, small ones together, and what it does while the
 * database is away or refuses a file.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import type { SpoolListing } from '../../services/spool/files.ts'
import { inGroups } from './awaited.ts'
import { outageText, whyOf } from './outage.ts'
import { statusOf, withFiles, type Spool, type SpoolOptions, type State } from './spool-state.ts'

/** The outage goes on, or begins: `why` is what is known of it now. */
export function noted(state: State, why: string, options: SpoolOptions): State {
  const { now } = options
  if (state.outage === null) {
    const next = { ...state, outage: { why, since: now() }, toldAt: now() }
    options.report.spool(statusOf(next, options))
    return next
  }
  return { ...state, outage: { ...state.outage, why } }
}

/** Says why events are spooled, and since when, every `tellMs`. */
function tellOutage(state: State, { now, tellMs, log }: SpoolOptions): void {
  if (state.outage === null || now() - state.toldAt < tellMs) return
  state.toldAt = now()
  log.warn(`${outageText(state.outage, now())}; the spool holds ${state.files.length} files, ${state.bytes} bytes`)
}

/** Replays the oldest files. Without one, probes a database that was away. */
export function tick(state: State, options: SpoolOptions, self: Spool): State {
  tellOutage(state, options)
  lookThrough(state, options, self)
  if (state.replaying) return state
  const names = nextNames(state, options.together)
  if (names.length > 0) replay(names, options, self)
  else if (state.outage !== null) probe(options, self)
  else return state
  return { ...state, replaying: true }
}

/** Small files are replayed together: a file of its own for each would be a transaction of its own. */
function nextNames({ files, alone }: State, { filesMax, bytesMax }: SpoolOptions['together']): string[] {
  if (alone > 0) return files.slice(0, 1).map(({ name }) => name)
  const names: string[] = []
  let sum = 0
  for (const { name, bytes } of files) {
    sum += bytes
    if (names.length > 0 && (sum > bytesMax || names.length === filesMax)) break
    names.push(name)
  }
  return names
}

function probe({ probe }: SpoolOptions, self: Spool): void {
  pipeToSelf(
    self,
    probe(),
    () => ({ type: 'probed', error: null }),
    error => ({ type: 'probed', error })
  )
}

function replay(names: string[], options: SpoolOptions, self: Spool): void {
  pipeToSelf(
    self,
    replayFiles(names, options),
    () => ({ type: 'replayed', names }),
    error => ({ type: 'replay_failed', names, error })
  )
}

/**
 * In groups, so that no transaction is too large for its deadline. A retry skips the groups that an earlier try has
 * committed.
 */
async function replayFiles(names: readonly string[], { files, commit, group, report }: SpoolOptions): Promise<void> {
  const read: { name: string; batches: PreparedBatch[] | null }[] = []
  // One after the other: a hundred open files at once may be more than the process may have.
  for (const name of names) read.push({ name, batches: await files.read(name) })
  // A batch that was sent again may be in two files.
  const batches = new Map(read.flatMap(({ batches }) => (batches ?? []).map(batch => [batch.id, batch] as const)))
  for (const next of inGroups([...batches.values()], group)) {
    const committed = await commit(next)
    report.committed(committed.filter(batch => !batch.alreadyCommitted).flatMap(({ outcomes }) => outcomes))
  }
  for (const { name, batches } of read) if (batches !== null) await files.remove(name)
}

export function replayed(state: State, names: readonly string[], options: SpoolOptions, self: Spool): State {
  const files = state.files.filter(({ name }) => !names.includes(name))
  for (const name of names) state.refused.delete(name)
  self.cast(options.folder, { type: 'committed' })

  if (files.length === 0) {
    state.spooledIds.clear()
    options.log.info('the spool is empty: everything in it is in the database')
  }
  const next = databaseUp(
    { ...withFiles(state, files), replaying: false, accepting: true, alone: Math.max(state.alone - 1, 0) },
    options,
    self
  )
  options.report.spool(statusOf(next, options))
  return tick(next, options, self)
}

/**
 * Nothing is lost: the files stay and are tried again at a later tick. In an outage the order stays. When several files
 * are refused, each is tried alone. A refused file goes to the end, because others may succeed, and the database is
 * probed apart from it.
 */
export function replayFailed(
  state: State,
  { names, error }: { names: string[]; error: unknown },
  options: SpoolOptions,
  self: Spool
): State {
  const { log, isOutage } = options
  const [name = ''] = names
  if (isOutage(error)) {
    log.debug({ err: error }, `${name} waits in the spool for the database`)
    return { ...noted(state, whyOf(error), options), replaying: false }
  }
  if (names.length > 1) return tick({ ...state, replaying: false, alone: names.length }, options, self)
  if (!state.refused.has(name)) {
    log.error({ err: error }, `${name} stays in the spool: its events cannot be stored; it is tried again and again`)
  }
  state.refused.add(name)
  const refused = state.files.filter(file => file.name === name)
  const others = state.files.filter(file => file.name !== name)
  if (state.outage !== null) probe(options, self)
  return {
    ...state,
    files: [...others, ...refused],
    alone: Math.max(state.alone - 1, 0),
    replaying: state.outage !== null
  }
}

export function probed(state: State, error: unknown, options: SpoolOptions, self: Spool): State {
  const next = { ...state, replaying: false }
  if (error !== null) return noted(next, whyOf(error), options)
  return databaseUp({ ...next, accepting: state.opened || state.accepting }, options, self)
}

function databaseUp(state: State, options: SpoolOptions, self: Spool): State {
  if (state.outage === null) return state
  self.cast(options.writer, { type: 'database_up' })
  const next = { ...state, outage: null }
  options.report.spool(statusOf(next, options))
  return next
}

/** Looks into the folder every `tellMs`: an operator may have put files back. */
function lookThrough(state: State, { files, now, tellMs }: SpoolOptions, self: Spool): void {
  if (!state.opened || state.listing || now() - state.listedAt < tellMs) return
  state.listing = true
  state.listedAt = now()
  pipeToSelf(
    self,
    files.list(),
    listing => ({ type: 'listed', listing }),
    () => ({ type: 'list_failed' })
  )
}

/** Files that are not known are added. One that has been replayed since is read as nothing. */
export function listed(state: State, listing: SpoolListing, options: SpoolOptions): State {
  const { files, setAside } = listing
  options.note(listing)
  const known = new Set(state.files.map(({ name }) => name))
  const found = files.filter(({ name }) => !known.has(name))
  const next = { ...withFiles(state, [...state.files, ...found]), setAside, listing: false }
  options.report.spool(statusOf(next, options))
  return next
}
