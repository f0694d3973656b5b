/**
 * What has to be done now and then so that tables neither lack a partition nor grow for ever. Every step is bounded:
 * what is left over is done at the next tick. A step that fails is done again at the next tick, too.
 */
import { forgetRuleMinutes } from '../alerts/thresholds.ts'
import { forgetDeliveries } from '../alerts/deliveries.ts'
import { forgetFeedback } from '../commit/feedback.ts'
import { forgetInvites } from '../accounts/invites.ts'
import { forgetBatches } from '../commit/ledger.ts'
import { forgetAttempts } from '../accounts/login-attempts.ts'
import { dropExpiredPartitions, ensurePartitions, settlePastDays } from '../database/partitions.ts'
import { forgetQuarantined } from '../commit/quarantine.ts'
import { foldOldHours, sumPastDays } from '../rollups/days.ts'
import { forgetMinutes } from '../rollups/fold.ts'
import { forgetSessions } from '../accounts/sessions.ts'
import type { Sql } from '../database/sql.ts'

export type Cleaned = {
  made: string[]
  dropped: string[]
  batches: number
  minutes: number
  quarantined: number
  feedback: number
  sessions: number
  attempts: number
  invites: number
  deliveries: number
  ruleMinutes: number
  foldedDays: number
}

const daysAhead = 7
/** Longer than any spool waits to be replayed: until then a batch that comes again must be known. */
const ledgerDays = 7
const quarantineDays = 30
const rowsMax = 10_000
const chunksMax = 50

export type CleanOptions = {
  now: number
  /** Asked before every step: who has lost the lease leaves the rest to who has it. */
  isHeld?: () => Promise<boolean>
}

/**
 * Makes partitions ahead, drops the expired ones, settles past days and forgets old rows. Steps that fail do not keep
 * the others from being done.
 */
export async function clean(sql: Sql, { now, isHeld = async () => true }: CleanOptions): Promise<Cleaned> {
  const cleaned: Cleaned = {
    made: [],
    dropped: [],
    batches: 0,
    minutes: 0,
    quarantined: 0,
    feedback: 0,
    sessions: 0,
    attempts: 0,
    invites: 0,
    deliveries: 0,
    ruleMinutes: 0,
    foldedDays: 0
  }
  const steps: (() => Promise<unknown>)[] = [
    async () => {
      cleaned.made = await ensurePartitions(sql, { now, daysAhead })
    },
    async () => {
      cleaned.dropped = await dropExpiredPartitions(sql, { now })
    },
    () => settlePastDays(sql, { now }),
    async () => {
      cleaned.batches = await inChunks(() => forgetBatches(sql, { days: ledgerDays, rowsMax }))
    },
    async () => {
      cleaned.minutes = await inChunks(() => forgetMinutes(sql, { rowsMax }))
    },
    async () => {
      cleaned.quarantined = await inChunks(() => forgetQuarantined(sql, { days: quarantineDays, rowsMax }))
    },
    async () => {
      cleaned.feedback = await inChunks(() => forgetFeedback(sql, { rowsMax }))
    },
    async () => {
      cleaned.sessions = await inChunks(() => forgetSessions(sql, { now, rowsMax }))
    },
    async () => {
      cleaned.attempts = await inChunks(() => forgetAttempts(sql, { now, rowsMax }))
    },
    async () => {
      cleaned.invites = await inChunks(() => forgetInvites(sql, { now, rowsMax }))
    },
    async () => {
      cleaned.deliveries = await inChunks(() => forgetDeliveries(sql, { now, rowsMax }))
    },
    async () => {
      cleaned.ruleMinutes = await inChunks(() => forgetRuleMinutes(sql, { now, rowsMax }))
    },
    () => sumPastDays(sql),
    async () => {
      cleaned.foldedDays = await foldOldHours(sql, { now })
    }
  ]
  const errors: unknown[] = []
  for (const step of steps) {
    if (!(await isHeld())) break
    await step().catch((error: unknown) => {
      errors.push(error)
    })
  }
  if (errors.length > 0) throw errors[0]
  return cleaned
}

async function inChunks(forget: () => Promise<number>): Promise<number> {
  let forgotten = 0
  for (let chunk = 0; chunk < chunksMax; chunk++) {
    const rows = await forget()
    forgotten += rows
    if (rows < rowsMax) break
  }
  return forgotten
}
