/**
 * What has to be done now and then so that tables neither lack a partition nor grow for ever. Every step is bounded: what
 * is left over is done at the next tick. A step that fails ends the run; the next tick begins again.
 */
import { forgetFeedback } from './feedback.ts'
import { forgetBatches } from './ledger.ts'
import { forgetAttempts } from './login-attempts.ts'
import { dropExpiredPartitions, ensurePartitions, settlePastDays } from './partitions.ts'
import { forgetQuarantined } from './quarantine.ts'
import { forgetMinutes } from './rollups.ts'
import { forgetSessions } from './sessions.ts'
import type { Sql } from './sql.ts'

export type Cleaned = { made: string[], dropped: string[], batches: number, minutes: number, quarantined: number, feedback: number, sessions: number, attempts: number }

const daysAhead = 7
/** Longer than any spool waits to be replayed: until then a batch that comes again must be known. */
const ledgerDays = 7
const quarantineDays = 30
const rowsMax = 10_000
const chunksMax = 50

/** Makes partitions ahead, drops the expired ones, settles past days and forgets old rows. */
export async function clean (sql: Sql, { now }: { now: number }): Promise<Cleaned> {
  const made = await ensurePartitions(sql, { now, daysAhead })
  const dropped = await dropExpiredPartitions(sql, { now })
  await settlePastDays(sql, { now })
  return {
    made,
    dropped,
    batches: await inChunks(() => forgetBatches(sql, { days: ledgerDays, rowsMax })),
    minutes: await inChunks(() => forgetMinutes(sql, { rowsMax })),
    quarantined: await inChunks(() => forgetQuarantined(sql, { days: quarantineDays, rowsMax })),
    feedback: await inChunks(() => forgetFeedback(sql, { rowsMax })),
    sessions: await inChunks(() => forgetSessions(sql, { now, rowsMax })),
    attempts: await inChunks(() => forgetAttempts(sql, { now, rowsMax }))
  }
}

async function inChunks (forget: () => Promise<number>): Promise<number> {
  let forgotten = 0
  for (let chunk = 0; chunk < chunksMax; chunk++) {
    const rows = await forget()
    forgotten += rows
    if (rows < rowsMax) break
  }
  return forgotten
}
