/** What keeps the tables in order. One node of a cluster does it at a time. */
import { eraser } from '../actors/eraser.ts'
import { names } from '../actors/names.ts'
import { retentionCleaner } from '../actors/retention-cleaner.ts'
import { worker } from '../mesh/index.ts'
import type { ListSpec } from '../mesh/types.ts'
import { reviewErasures } from '../services/erasure-review.ts'
import { takeErasureStep } from '../services/erasure-steps.ts'
import type { TreeDeps } from './deps.ts'
import { leadership } from './leadership.ts'

const hourMs = 60 * 60 * 1000
/** A transaction of some 100 ms. */
const erasedRowsMax = 5_000

export function maintenance (deps: TreeDeps): ListSpec {
  const { clean, sql, now, log } = deps
  return leadership('maintenance', deps, lease => [
    {
      id: 'retention-cleaner',
      name: names.retentionCleaner,
      start: () => worker(retentionCleaner({ clean: () => clean(lease), tickMs: hourMs, retryMs: 60_000, log }))
    },
    {
      id: 'eraser',
      start: () => worker(eraser({
        step: () => takeErasureStep(sql, { rowsMax: erasedRowsMax }),
        review: () => reviewErasures(sql, { now: Date.now() }),
        tickMs: 2_000,
        reviewMs: hourMs,
        pauseMs: 50,
        now,
        log
      }))
    }
  ])
}
