/** Events for tests that work numbers out again: of several issues, users, environments, releases, at odd moments. */
import type { PreparedEvent } from '../../schema/pipeline.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { foldAll } from '../../services/commit/count-check.ts'
import { ensurePartitionsFor } from '../../services/database/partitions.ts'
import type { Sql } from '../../services/database/sql.ts'
import { preparedBatch, preparedEvent } from './prepared.ts'

const minuteMs = 60_000

/** The same numbers for the same seed, from 0 to 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** More of them lately than before, at most `days` days old. */
export function someEvents({
  count,
  days,
  now,
  seed = 1
}: {
  count: number
  days: number
  now: number
  seed?: number
}): PreparedEvent[] {
  const random = randomOf(seed)
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[Math.floor(random() * items.length)] ?? items[0]
  return Array.from({ length: count }, () => {
    const user = random() < 0.2 ? 0 : Math.ceil(random() ** 2 * 40)
    return preparedEvent({
      issue: `i${Math.floor(random() ** 2 * 25)}`,
      receivedAt: Math.floor(now - 1_000 - random() ** 3 * (days * 24 * 60 * minuteMs)),
      level: pick(['fatal', 'error', 'warning', 'info', 'debug']),
      environment: pick(['production', 'production', 'staging', '']),
      release: pick(['shop@1.0', 'shop@1.1', '']),
      user: user === 0 ? '' : `u${user}`,
      userHash: user === 0 ? '' : user.toString(16).padStart(16, '0'),
      tags: { region: pick(['eu', 'us', 'asia']) }
    })
  })
}

/** After this every number is what it will be, as nothing else commits. */
export async function commitAndFold(sql: Sql, events: PreparedEvent[]): Promise<void> {
  const batch = preparedBatch(events)
  await ensurePartitionsFor(sql, [batch], { now: Date.now() })
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 120_000 })
  await foldAll(sql)
}
