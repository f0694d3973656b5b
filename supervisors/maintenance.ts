/**
 * Maintenance of tables and disks. One node of a cluster, which holds the lease, maintains the tables; every node
 * watches its own disk and its clock.
 */
import { assembler } from '../actors/maintenance/assembler.ts'
import { backupKeeper } from '../actors/maintenance/backup-keeper.ts'
import { clockWatcher } from '../actors/maintenance/clock-watcher.ts'
import { diskWatcher, type DiskWatcherOptions } from '../actors/maintenance/disk-watcher.ts'
import { eraser } from '../actors/maintenance/eraser.ts'
import { retentionCleaner } from '../actors/maintenance/retention-cleaner.ts'
import type { BackupTold } from '../actors/maintenance/messages.ts'
import { names } from '../actors/names.ts'
import { worker } from '../mesh/index.ts'
import type { ChildSpec, ListSpec } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import { assembleNext } from '../services/artifacts/assemble.ts'
import { backUpIfDue } from '../services/backup/scheduled.ts'
import { holdsLease, type Lease } from '../services/database/leases.ts'
import type { Sql } from '../services/database/sql.ts'
import { reviewErasures } from '../services/erasure/review.ts'
import { takeErasureStep } from '../services/erasure/steps.ts'
import { diskSpace } from '../services/machine/disk-space.ts'
import { passTime, type PassedTime } from '../services/upkeep/passed-time.ts'
import { clean } from '../services/upkeep/retention.ts'
import type { NodeFigures } from './figures.ts'
import { leadership, type LeadershipDeps } from './leadership.ts'
import type { NodeParts } from './node-parts.ts'

const hourMs = 60 * 60 * 1000
/** A transaction of some 100 ms. */
const erasedRowsMax = 5_000

export type MaintenanceDeps = LeadershipDeps &
  Pick<NodeParts, 'sql' | 'mesh'> & {
    report: NodeFigures['report']
    clean: (lease: Lease) => Promise<void>
    /** Makes a backup when one is due; null where none are asked for. */
    backUp: ((lease: Lease, signal: AbortSignal) => Promise<BackupTold>) | null
    /** Of the disk of the data folder, where the spool and an embedded database are. */
    diskSpace: DiskWatcherOptions['measure']
  }

export function maintenanceDeps(parts: NodeParts, { report }: Pick<NodeFigures, 'report'>): MaintenanceDeps {
  const { leaseSql, config, now, clock, log, sql, mesh } = parts
  return {
    leaseSql,
    config,
    now,
    clock,
    log,
    sql,
    mesh,
    report,
    clean: lease => cleanAndTell(sql, lease, report, log),
    backUp: backupOf(parts),
    diskSpace: () => diskSpace(config.data)
  }
}

function backupOf({ config, database, version, wallNow, sql }: NodeParts): MaintenanceDeps['backUp'] {
  const { backupDir: folder, backupEvery: everyMs, backupKeep: keep, data: dataDir } = config
  if (folder === null) return null
  const source = { url: database.url, postgres: database.version, dataDir }
  return async (lease, signal) => {
    if (!(await holdsLease(sql, lease))) return { text: null, lastAt: null, bytes: 0 }
    const startedAt = performance.now()
    const { made, removed, last } = await backUpIfDue(
      source,
      { folder, everyMs, keep },
      { now: wallNow(), version, signal }
    )
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    const older = removed.length === 0 ? '' : `; ${removed.length} older ones were removed`
    const text = made && `backed up to ${made.file}: ${made.rows} rows, ${made.bytes} bytes, ${seconds} s${older}`
    return { text, lastAt: last?.madeAt ?? null, bytes: last?.bytes ?? 0 }
  }
}

/** One run of the maintenance; logs the partitions that it made and dropped. */
async function cleanAndTell(
  sql: Sql,
  lease: Lease,
  report: Pick<NodeFigures['report'], 'keptPartitions'>,
  log: Log
): Promise<void> {
  const { made, dropped, kept, waitsFor } = await clean(sql, { isHeld: () => holdsLease(sql, lease) })
  report.keptPartitions(kept.length)
  if (made.length > 0) log.info(`made ${made.length} partitions, up to ${made.at(-1)}`)
  if (kept.length > 0) tellKept(kept.length, waitsFor, log)
  if (dropped.length > 0) log.info(`dropped ${dropped.length} expired partitions: ${dropped.join(', ')}`)
}

/** Logged at every run: either events outlive their retention, or the clock is wrong. */
function tellKept(partitions: number, waitsFor: PassedTime['waitsFor'], log: Log): void {
  const confirm = 'If the clock is right, "mesher retention confirm" lets them go'
  if (waitsFor === 'events') {
    log.error(`${partitions} partitions are due by the database's clock, but no event is as new as it says. ${confirm}`)
  } else {
    log.warn(`${partitions} partitions are due after a pause or by a wrong clock, and go a day's at a time. ${confirm}`)
  }
}

export function maintenance(deps: MaintenanceDeps): ListSpec {
  return {
    id: 'maintenance',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 60_000,
    children: [
      { id: 'disk-watcher', name: names.diskWatcher, start: () => worker(watcher(deps)) },
      { id: 'clock-watcher', name: names.clockWatcher, start: () => worker(clocks(deps)) },
      { id: 'tables', start: () => leadership('maintenance', deps, lease => tables(lease, deps)) }
    ]
  }
}

function watcher({ diskSpace, config, mesh, log }: MaintenanceDeps) {
  return diskWatcher({
    measure: diskSpace,
    minFree: config.minFree,
    tell: ({ isLow, detail }) => {
      mesh.cast(names.rateLimiter, { type: 'storage', isLow })
      mesh.cast(names.streamManager, { type: 'storage', isLow, detail })
    },
    tickMs: 10_000,
    log
  })
}

function clocks({ clock, report, log }: MaintenanceDeps) {
  return clockWatcher({
    measure: async () => ({ ...(await clock.measure()), isSkewed: clock.isSkewed() }),
    report: report.clockSkew,
    tickMs: 10_000,
    log
  })
}

function backups(lease: Lease, { backUp, report, log }: MaintenanceDeps): ChildSpec[] {
  if (backUp === null) return []
  const keeper = () =>
    backupKeeper({
      backUp: signal => backUp(lease, signal),
      report: ({ lastAt, bytes }) => {
        if (lastAt !== null) report.backup({ at: lastAt, bytes })
      },
      failed: report.backupFailed,
      tickMs: 60_000,
      retryMs: 300_000,
      log
    })
  return [{ id: 'backup-keeper', name: names.backupKeeper, start: () => worker(keeper()) }]
}

function tables(lease: Lease, deps: MaintenanceDeps): ChildSpec[] {
  const { clean, sql, now, log } = deps
  return [
    ...backups(lease, deps),
    {
      id: 'retention-cleaner',
      name: names.retentionCleaner,
      start: () => worker(retentionCleaner({ clean: () => clean(lease), tickMs: hourMs, retryMs: 60_000, log }))
    },
    {
      id: 'assembler',
      start: () => worker(assembler({ assemble: () => assembleNext(sql), tickMs: 1_000, retryMs: 10_000, log }))
    },
    {
      id: 'eraser',
      start: () =>
        worker(
          eraser({
            step: () => takeErasureStep(sql, { rowsMax: erasedRowsMax }),
            review: async () => await reviewErasures(sql, { now: (await passTime(sql)).until }),
            tickMs: 2_000,
            reviewMs: hourMs,
            pauseMs: 50,
            now,
            log
          })
        )
    }
  ]
}
