/**
 * What has to be done from time to time so that no table lacks a partition or grows without end. What expires goes by
 * the time that has certainly passed (passed-time.ts). Every step is bounded, and the next tick does what is left. A
 * step that fails is done again at the next tick; it does not keep the others from running. All failures are thrown at
 * the end.
 */
import { forgetChunks } from '../artifacts/chunks.ts'
import { expireBundles, removeDeletedBundles, removeUnusedFiles } from '../artifacts/upkeep.ts'
import { forgetRuleMinutes } from '../alerts/thresholds.ts'
import { forgetRuleUsers } from '../alerts/user-thresholds.ts'
import { forgetUnanswered } from '../alerts/recipients.ts'
import { forgetDeliveries } from '../alerts/deliveries.ts'
import { forgetKeyUses } from '../accounts/key-uses.ts'
import { forgetFeedback } from '../commit/feedback.ts'
import { forgetInvites } from '../accounts/invites.ts'
import { forgetBatches, forgetExcess, forgetSpools } from '../commit/ledger.ts'
import { forgetClients } from '../accounts/known-clients.ts'
import { forgetAttempts } from '../accounts/login-attempts.ts'
import {
  dropExpiredPartitions,
  ensurePartitions,
  expiredEventPartitions,
  settlePastDays
} from '../database/partitions.ts'
import { forgetQuarantined } from '../commit/quarantine.ts'
import { forgetWordSets } from '../commit/word-sets.ts'
import { retentionClasses } from '../../schema/pipeline.ts'
import { foldOldHours, sumPastDays } from '../rollups/days.ts'
import { forgetMinutes } from '../rollups/fold.ts'
import { forgetSessions } from '../accounts/sessions.ts'
import { passTime, type PassedTime } from './passed-time.ts'
import type { Sql } from '../database/sql.ts'

export type Cleaned = {
  made: string[]
  dropped: string[]
  /** Partitions that are due by the clock and stay, because it is not certain that the time has passed. */
  kept: string[]
  waitsFor: PassedTime['waitsFor']
  batches: number
  minutes: number
  quarantined: number
  feedback: number
  keyUses: number
  sessions: number
  attempts: number
  clients: number
  invites: number
  recipients: number
  deliveries: number
  ruleMinutes: number
  ruleUsers: number
  wordSets: number
  /** Rows of chunks, bundles and files. */
  artifacts: number
  foldedDays: number
}

const daysAhead = 7
/** Longer than any spool waits to be replayed: for so long a batch that comes again must be recognised. */
const ledgerDays = 7
/** Some 2 GB. Batches of what cannot be replayed go earlier, so that only many lost nodes could get there. */
const ledgerBatchesMax = 20_000_000
/** An hour of 400 commits a second is forgotten in one run. */
const ledgerRowsMax = 100_000
const quarantineDays = 30
const longestRetention = Math.max(...retentionClasses)
const rowsMax = 10_000
/** With up to a megabyte each. */
const artifactRowsMax = 1_000
const chunksMax = 50

export type CleanOptions = {
  /** Called before every step: once the lease is lost, the steps that are left belong to its new holder. */
  isHeld?: () => Promise<boolean>
}

const nothing = {
  made: [],
  dropped: [],
  kept: [],
  batches: 0,
  minutes: 0,
  quarantined: 0,
  feedback: 0,
  keyUses: 0,
  sessions: 0,
  attempts: 0,
  clients: 0,
  invites: 0,
  recipients: 0,
  deliveries: 0,
  ruleMinutes: 0,
  ruleUsers: 0,
  wordSets: 0,
  artifacts: 0,
  foldedDays: 0
} satisfies Omit<Cleaned, 'waitsFor'>

/** Makes partitions ahead, drops expired ones, settles past days and deletes old rows. */
export async function clean(sql: Sql, { isHeld = async () => true }: CleanOptions = {}): Promise<Cleaned> {
  const { now, until, waitsFor } = await passTime(sql)
  const cleaned: Cleaned = { ...nothing, waitsFor }
  const steps: (() => Promise<unknown>)[] = [
    async () => {
      cleaned.made = await ensurePartitions(sql, { now, daysAhead })
    },
    async () => {
      cleaned.dropped = await dropExpiredPartitions(sql, { now: until })
      cleaned.kept = await expiredEventPartitions(sql, { now })
    },
    () => settlePastDays(sql, { now }),
    async () => {
      const bounds = { now: until, days: ledgerDays, batchesMax: ledgerBatchesMax, rowsMax: ledgerRowsMax }
      await forgetSpools(sql, bounds)
      cleaned.batches = await inChunks(() => forgetBatches(sql, bounds), ledgerRowsMax)
      cleaned.batches += await forgetExcess(sql, bounds)
    },
    async () => {
      cleaned.minutes = await inChunks(() => forgetMinutes(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.quarantined = await inChunks(() => forgetQuarantined(sql, { now: until, days: quarantineDays, rowsMax }))
    },
    async () => {
      cleaned.feedback = await inChunks(() => forgetFeedback(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.keyUses = await inChunks(() => forgetKeyUses(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.sessions = await inChunks(() => forgetSessions(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.attempts = await inChunks(() => forgetAttempts(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.clients = await inChunks(() => forgetClients(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.invites = await inChunks(() => forgetInvites(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.recipients = await inChunks(() => forgetUnanswered(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.deliveries = await inChunks(() => forgetDeliveries(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.ruleMinutes = await inChunks(() => forgetRuleMinutes(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.ruleUsers = await inChunks(() => forgetRuleUsers(sql, { now: until, rowsMax }))
    },
    async () => {
      cleaned.wordSets = await inChunks(() => forgetWordSets(sql, { now: until, days: longestRetention, rowsMax }))
    },
    async () => {
      cleaned.artifacts += await inChunks(() => forgetChunks(sql, { rowsMax: artifactRowsMax }), artifactRowsMax)
      cleaned.artifacts += await inChunks(() => expireBundles(sql, { rowsMax }))
      cleaned.artifacts += await inChunks(() => removeDeletedBundles(sql, { rowsMax }))
      cleaned.artifacts += await inChunks(() => removeUnusedFiles(sql, { rowsMax: artifactRowsMax }), artifactRowsMax)
    },
    () => sumPastDays(sql),
    async () => {
      cleaned.foldedDays = await foldOldHours(sql, { now: until })
    }
  ]
  const errors: unknown[] = []
  for (const step of steps) {
    const goesOn = await isHeld().catch((error: unknown) => {
      errors.push(error)
      return false
    })
    if (!goesOn) break
    await step().catch((error: unknown) => {
      errors.push(error)
    })
  }
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} steps failed`)
  if (errors.length === 1) throw errors[0]
  return cleaned
}

async function inChunks(forget: () => Promise<number>, chunkRowsMax = rowsMax): Promise<number> {
  let forgotten = 0
  for (let chunk = 0; chunk < chunksMax; chunk++) {
    const rows = await forget()
    forgotten += rows
    if (rows < chunkRowsMax) break
  }
  return forgotten
}
