/**
 * What keeps tables and disks in order. The tables are tended by one node of a cluster, which holds the lease; every
 * node watches its own disk.
 */
import { diskWatcher } from '../actors/maintenance/disk-watcher.ts'
import { eraser } from '../actors/maintenance/eraser.ts'
import { names } from '../actors/names.ts'
import { retentionCleaner } from '../actors/maintenance/retention-cleaner.ts'
import { worker } from '../mesh/index.ts'
import type { ChildSpec, ListSpec } from '../mesh/types.ts'
import type { Lease } from '../services/database/leases.ts'
import { reviewErasures } from '../services/erasure/review.ts'
import { takeErasureStep } from '../services/erasure/steps.ts'
import type { TreeDeps } from './deps.ts'
import { leadership } from './leadership.ts'

const hourMs = 60 * 60 * 1000
/** A transaction of some 100 ms. */
const erasedRowsMax = 5_000

export function maintenance(deps: TreeDeps): ListSpec {
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

function watcher({ diskSpace, config, mesh, log }: TreeDeps) {
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

function tables(lease: Lease, { clean, sql, now, log }: TreeDeps): ChildSpec[] {
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
