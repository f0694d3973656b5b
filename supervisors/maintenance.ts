/** What keeps the tables in order. One node of a cluster does it at a time. */
import { names } from '../actors/names.ts'
import { retentionCleaner } from '../actors/retention-cleaner.ts'
import { worker } from '../mesh/index.ts'
import type { ListSpec } from '../mesh/types.ts'
import type { TreeDeps } from './deps.ts'
import { leadership } from './leadership.ts'

const hourMs = 60 * 60 * 1000

export function maintenance (deps: TreeDeps): ListSpec {
  const { clean, log } = deps
  return leadership('maintenance', deps, lease => [
    {
      id: 'retention-cleaner',
      name: names.retentionCleaner,
      start: () => worker(retentionCleaner({ clean: () => clean(lease), tickMs: hourMs, retryMs: 60_000, log }))
    }
  ])
}
