/**
 * What keeps tables and disks in order. The tables are tended by one node of a cluster, which holds the lease; every
 * node watches its own disk.
 */
import { diskWatcher, type DiskWatcherOptions } from '../actors/maintenance/disk-watcher.ts'
import { eraser } from '../actors/maintenance/eraser.ts'
import { names } from '../actors/names.ts'
import { retentionCleaner } from '../actors/maintenance/retention-cleaner.ts'
import { worker } from '../mesh/index.ts'
import type { ChildSpec, ListSpec } from '../mesh/types.ts'
import { holdsLease, type Lease } from '../services/database/leases.ts'
import { reviewErasures } from '../services/erasure/review.ts'
import { takeErasureStep } from '../services/erasure/steps.ts'
import type { NodeParts } from './node-parts.ts'
import { diskSpace } from '../services/machine/disk-space.ts'
import { clean } from '../services/upkeep/retention.ts'
import { leadership, type LeadershipDeps } from './leadership.ts'
import type { Log } from '../schema/log.ts'
import type { Sql } from '../services/database/sql.ts'

const hourMs = 60 * 60 * 1000
/** A transaction of some 100 ms. */
const erasedRowsMax = 5_000

export type MaintenanceDeps = LeadershipDeps &
  Pick<NodeParts, 'sql' | 'mesh'> & {
    clean: (lease: Lease) => Promise<void>
    /** Of the disk of the data folder, where the spool and an embedded database are. */
    diskSpace: DiskWatcherOptions['measure']
  }

export function maintenanceDeps({ leaseSql, config, now, log, sql, mesh }: NodeParts): MaintenanceDeps {
  return {
    leaseSql,
    config,
    now,
    log,
    sql,
    mesh,
    clean: lease => cleanAndTell(sql, lease, log),
    diskSpace: () => diskSpace(config.data)
  }
}

/** One run of the tables' maintenance, with what it made and dropped in the log. */
async function cleanAndTell(sql: Sql, lease: Lease, log: Log): Promise<void> {
  const { made, dropped } = await clean(sql, { now: Date.now(), isHeld: () => holdsLease(sql, lease) })
  if (made.length > 0) log.info(`made ${made.length} partitions, up to ${made.at(-1)}`)
  if (dropped.length > 0) log.info(`dropped ${dropped.length} expired partitions: ${dropped.join(', ')}`)
}

export function maintenance(deps: MaintenanceDeps): ListSpec {
  return {
    id: 'maintenance',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 60_000,
    children: [
      { id: 'disk-watcher', name: names.diskWatcher, start: () => worker(watcher(deps)) },
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

function tables(lease: Lease, { clean, sql, now, log }: MaintenanceDeps): ChildSpec[] {
  return [
    {
      id: 'retention-cleaner',
      name: names.retentionCleaner,
      start: () => worker(retentionCleaner({ clean: () => clean(lease), tickMs: hourMs, retryMs: 60_000, log }))
    },
    {
      id: 'eraser',
      start: () =>
        worker(
          eraser({
            step: () => takeErasureStep(sql, { rowsMax: erasedRowsMax }),
            review: () => reviewErasures(sql, { now: Date.now() }),
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
