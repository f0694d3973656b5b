/** Erased events that the rollups still count. */
import * as v from 'valibot'

export const uncountedRow = v.strictObject({
  issue_id: v.string(),
  received_at: v.date(),
  /** Decimal digits: JavaScript's numbers cannot hold it. */
  user_hash: v.nullable(v.string()),
  user: v.string(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  bytes: v.number(),
  weight: v.number(),
  tags: v.array(v.string())
})
export type UncountedEvent = v.InferOutput<typeof uncountedRow>

/** How many events those of each kind stand for, in the order of the keys that `keyOf` makes. */
export function tally<Key extends object>(
  events: readonly UncountedEvent[],
  keyOf: (event: UncountedEvent) => Key
): (Key & { count: number })[] {
  const counts = new Map<string, Key & { count: number }>()
  for (const event of events) {
    const key = keyOf(event)
    const text = JSON.stringify(key)
    const known = counts.get(text)
    if (known === undefined) counts.set(text, { ...key, count: event.weight })
    else known.count += event.weight
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

export function startOf(time: Date, unit: number): Date {
  return new Date(Math.floor(time.getTime() / unit) * unit)
}
