/**
 * The processes that write to PostgreSQL or to the spool. rest_for_one: each relies on those before it in the list.
 * None of them crashes because of the database, so an outage restarts nothing here.
 */
import { names } from '../actors/names.ts'
import { withAfterCommit, type AfterCommitOptions } from '../actors/storage/after-commit.ts'
import { databaseKeeper } from '../actors/storage/database-keeper.ts'
import { rollupFolder } from '../actors/storage/rollup-folder.ts'
import { spoolReplayer } from '../actors/storage/spool-replayer.ts'
import type { SpoolOptions } from '../actors/storage/spool-state.ts'
import { storageWriter, type StorageWriterOptions } from '../actors/storage/storage-writer.ts'
import { worker } from '../mesh/index.ts'
import type { ListSpec } from '../mesh/types.ts'
import { commit } from '../services/commit/commit.ts'
import { noteSpool } from '../services/commit/ledger.ts'
import { isUnavailable } from '../services/database/errors.ts'
import { requireWritable } from '../services/database/writable.ts'
import type { Sql } from '../services/database/sql.ts'
import { UnknownOutcome } from '../services/database/wire/connection.ts'
import { memoryBudgets } from '../services/machine/memory-budgets.ts'
import { foldRollups } from '../services/rollups/fold.ts'
import { spoolFiles, type SpoolListing } from '../services/spool/files.ts'
import type { NodeFigures } from './figures.ts'
import type { NodeParts } from './node-parts.ts'

const deltasMax = 200
/** The group of one transaction: more events gain nothing, and more text would be in memory several times. */
const group = { eventsMax: 1_000, charsMax: 8 * 1024 * 1024 }
const { eventChars: waitingCharsMax } = memoryBudgets()

const commitDeadlineMs = 5_000
const quarantinedCharsMax = 100_000

export type StorageDeps = Pick<NodeParts, 'config' | 'database' | 'sql' | 'now' | 'wallNow' | 'log'> & {
  commit: StorageWriterOptions['commit']
  outcomeUnknown: StorageWriterOptions['outcomeUnknown']
  /** A commit that takes longer goes to the spool too, which then replies. */
  commitPatienceMs: number
  probe: SpoolOptions['probe']
  spoolFiles: SpoolOptions['files']
  noteSpool: SpoolOptions['note']
  report: NodeFigures['report']
}

export function storageDeps(
  parts: NodeParts,
  {
    report,
    commitTime,
    tellStream
  }: Pick<NodeFigures, 'report' | 'commitTime'> & Pick<AfterCommitOptions, 'tellStream'>
): StorageDeps {
  const { config, database, sql, mesh, now, wallNow, log } = parts
  return {
    config,
    database,
    sql,
    now,
    wallNow,
    log,
    report,
    commit: withAfterCommit(
      batches =>
        commit(sql, batches, {
          node: config.nodeName,
          deadlineMs: commitDeadlineMs,
          now: wallNow,
          quarantinedCharsMax
        }),
      { mesh, commitTime, tellStream, evaluator: names.alertEvaluator, now }
    ),
    outcomeUnknown: error => error instanceof UnknownOutcome,
    commitPatienceMs: 1_000,
    probe: () => requireWritable(sql),
    noteSpool: listing => note(parts, listing),
    spoolFiles: spoolFiles({ data: config.data, node: config.nodeName, log })
  }
}

export function storage(deps: StorageDeps): ListSpec {
  const { sql, database, log, now } = deps
  return {
    id: 'storage',
    strategy: 'rest_for_one',
    maxRestarts: 10,
    withinMs: 10_000,
    children: [
      {
        id: 'database',
        name: names.databaseKeeper,
        start: () => worker(databaseKeeper({ ...database, pauseMs: 500, pauseMsMax: 10_000, log }))
      },
      {
        id: 'rollup-folder',
        name: names.rollupFolder,
        start: () => worker(rollupFolder({ fold: () => fold(sql), pauseMs: 500, tickMs: 5_000, now, log }))
      },
      { id: 'storage-writer', name: names.storageWriter, start: () => worker(writer(deps)) },
      { id: 'spool-replayer', name: names.spoolReplayer, start: () => worker(spool(deps)) }
    ]
  }
}

async function fold(sql: Sql): Promise<{ more: boolean }> {
  const { deltas } = await foldRollups(sql, { rowsMax: deltasMax })
  return { more: deltas === deltasMax }
}

function writer({ commit, outcomeUnknown, commitPatienceMs, report, config, log }: StorageDeps) {
  return storageWriter({
    name: names.storageWriter,
    commit,
    outcomeUnknown,
    spool: names.spoolReplayer,
    router: names.eventRouter,
    folder: names.rollupFolder,
    report,
    flushMs: config.flushMs,
    patienceMs: commitPatienceMs,
    inFlightMax: 2,
    group,
    waitingCharsMax,
    log
  })
}

/** A file from the future has an unknown age: then nothing is said, and the ledger remembers everything. */
function note({ sql, config, log }: NodeParts, { oldestAt }: SpoolListing): void {
  const oldestMs = oldestAt === null ? null : Date.now() - oldestAt
  if (oldestMs !== null && oldestMs < 0) return
  noteSpool(sql, { node: config.nodeName, oldestMs }).catch((error: unknown) =>
    log.debug({ err: error }, 'what is in the spool could not be noted; it will be in a minute')
  )
}

function spool({ spoolFiles, noteSpool, commit, probe, report, config, wallNow, log }: StorageDeps) {
  return spoolReplayer({
    files: spoolFiles,
    note: noteSpool,
    commit,
    isOutage: isUnavailable,
    probe,
    writer: names.storageWriter,
    router: names.eventRouter,
    folder: names.rollupFolder,
    report,
    bytesMax: config.spoolMaxBytes,
    waitingCharsMax,
    group,
    tickMs: 1_000,
    together: { filesMax: 100, bytesMax: 4 * 1024 * 1024 },
    tellMs: 60_000,
    now: wallNow,
    log
  })
}
