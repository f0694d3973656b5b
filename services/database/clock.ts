/**
 * The clock of the database, by which everything expires. A node measures how far its own clock is from it, and goes by
 * the database's where the two differ by more than `skewMsMax`: what it receives gets the database's time, and it leads
 * nothing. While the database is away the last measurement counts.
 */
import * as v from 'valibot'
import type { Queryable } from './sql.ts'

/** How far this machine's clock is ahead of the database's, and by how much that may be wrong. */
export type ClockSkew = { aheadMs: number; toleranceMs: number }

export type NodeClock = {
  /** Milliseconds since the epoch. */
  now: () => number
  skew: () => ClockSkew
  isSkewed: () => boolean
  /** Asks the database; what it finds counts from then on. */
  measure: () => Promise<ClockSkew>
}

/** Above what time services and slow answers explain; below what a person notices in a list. */
export const skewMsMax = 10_000

const timeRow = v.strictObject({ time: v.number() })

/** Milliseconds since the epoch, by the database's clock. */
export async function databaseNow(sql: Queryable): Promise<number> {
  const [row] = await sql.rows(timeRow)`select extract(epoch from clock_timestamp())::float8 * 1000 as time`
  if (row === undefined) throw new Error('the database returned no time')
  return Math.floor(row.time)
}

export async function measureSkew(sql: Queryable, localNow: () => number = Date.now): Promise<ClockSkew> {
  const startedAt = performance.now()
  const time = await databaseNow(sql)
  const toleranceMs = Math.ceil((performance.now() - startedAt) / 2)
  return { aheadMs: Math.round(localNow() - toleranceMs - time), toleranceMs }
}

/** False while the way to the database may explain the difference. */
export function isSkewed({ aheadMs, toleranceMs }: ClockSkew): boolean {
  return Math.abs(aheadMs) - toleranceMs > skewMsMax
}

/** The clock of a node that has not measured yet: its own. `localNow` is the machine's clock. */
export function nodeClock(sql: Queryable, localNow: () => number = Date.now): NodeClock {
  let skew: ClockSkew = { aheadMs: 0, toleranceMs: 0 }
  let correctionMs = 0
  return {
    now: () => localNow() - correctionMs,
    skew: () => skew,
    isSkewed: () => correctionMs !== 0,
    measure: async () => {
      skew = await measureSkew(sql, localNow)
      correctionMs = isSkewed(skew) ? skew.aheadMs : 0
      return skew
    }
  }
}
