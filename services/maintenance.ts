/** One run of keeping the tables in shape: partitions ahead of the clock, old ones dropped, short-lived rows forgotten in steps. */
import type { Log } from '../schema/log.ts'
import { forgetBatches } from './ledger.ts'
import { dropExpiredPartitions, ensurePartitions } from './partitions.ts'
import { forgetQuarantined } from './quarantine.ts'
import { forgetMinutes } from './rollups.ts'
import type { Sql } from './sql.ts'

/** A batch may come again from a spool that was down for long; what is forgotten after this would be counted twice. */
const ledgerDays = 7
const quarantineDays = 30
const rowsMax = 5_000

/** Throws what PostgreSQL throws; whatever was done stays done, and the next run goes on from there. */
export async function maintain (sql: Sql, { now, log }: { now: number, log: Log }): Promise<void> {
  const made = await ensurePartitions(sql, { now })
  if (made.length > 0) log.info(`made ${made.length} partitions, up to ${made.at(-1)}`)

  const dropped = await dropExpiredPartitions(sql, { now })
  if (dropped.length > 0) log.info(`dropped ${dropped.length} expired partitions: ${dropped.join(', ')}`)

  await untilFew(() => forgetMinutes(sql, { rowsMax }))
  await untilFew(() => forgetBatches(sql, { days: ledgerDays, rowsMax }))
  await untilFew(() => forgetQuarantined(sql, { days: quarantineDays, rowsMax }))
}

/** Repeats a bounded step until it finds less than it could take. */
async function untilFew (step: () => Promise<number>): Promise<void> {
  while (await step() >= rowsMax);
}
