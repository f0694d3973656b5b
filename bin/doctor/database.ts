/**
 * Checks of the database: can it be reached, is it fit for Mesher, is its schema this version's, are partitions there?
 */
import type { Config } from '../../schema/config.ts'
import { databaseNow, isSkewed, type ClockSkew } from '../../services/database/clock.ts'
import { listNodes } from '../../services/cluster/nodes.ts'
import { databaseFacts, partitionedUntil, type DatabaseFacts } from '../../services/database/facts.ts'
import { expiredEventPartitions } from '../../services/database/partitions.ts'
import { checkHour } from '../../services/upkeep/hour-check.ts'
import { passedTime } from '../../services/upkeep/passed-time.ts'
import { isMigrated } from '../../services/database/migrations.ts'
import { packageRoot } from '../../services/database/postgres/binaries.ts'
import { findCluster } from '../../services/database/postgres/place.ts'
import type { Sql } from '../../services/database/sql.ts'
import { isStartError } from '../../services/database/start-error.ts'
import { withDatabase } from '../support/database.ts'
import { sentenceOf } from '../support/failure.ts'
import { bytesText } from '../support/tables.ts'
import { findingsOf, type Finding } from './finding.ts'
import { checkNodes } from './nodes.ts'

const dayMs = 24 * 60 * 60 * 1_000
const clockMsMax = 2_000

export async function checkDatabase(config: Config): Promise<Finding[]> {
  const { ok, fail } = findingsOf('database')
  try {
    if (config.databaseUrl === null && (await findCluster(config.data)) === null) {
      packageRoot()
      return [ok('embedded PostgreSQL, installed; the first start makes the database')]
    }
    return await withDatabase(config, async sql => [
      ...checkFacts(await databaseFacts(sql), config),
      ...(await checkSchema(sql))
    ])
  } catch (error) {
    const hint = isStartError(error) ? error.hint : 'Is it running, and are DATABASE_URL and its password right?'
    return [fail(`cannot be used: ${sentenceOf(error)}`, hint)]
  }
}

/** A server that is too old, of another encoding or a standby was refused before this. */
function checkFacts(facts: DatabaseFacts, { databaseUrl }: Config): Finding[] {
  const where = databaseUrl === null ? 'embedded' : 'external'
  return [
    findingsOf('database').ok(`PostgreSQL ${facts.version}, ${where}, ${facts.encoding}, ${bytesText(facts.bytes)}`),
    checkClock(facts.skew)
  ]
}

/** A node goes by the database's clock, and does not lead, when its own is far from it. */
function checkClock(skew: ClockSkew): Finding {
  const { ok, warn, fail } = findingsOf('clock')
  const { aheadMs, toleranceMs } = skew
  const direction = aheadMs > 0 ? 'behind' : 'ahead of'
  const text = `the database's is ${Math.abs(aheadMs)} ms ${direction} this machine's (± ${toleranceMs} ms)`
  const hint = 'Run a time service (chrony, systemd-timesyncd) on both machines.'
  if (isSkewed(skew)) return fail(`${text}: a server here leads neither alerting nor maintenance`, hint)
  return Math.abs(aheadMs) - toleranceMs <= clockMsMax ? ok(text) : warn(text, hint)
}

async function checkSchema(sql: Sql): Promise<Finding[]> {
  const schema = findingsOf('schema')
  if (!(await isMigrated(sql))) {
    return [schema.warn('is not that of this version', 'Run "mesher migrate", or start Mesher, which does it.')]
  }
  return [
    schema.ok('is that of this version'),
    await checkPartitions(sql),
    await checkRetention(sql),
    await checkCounts(sql),
    ...checkNodes(await listNodes(sql))
  ]
}

async function checkPartitions(sql: Sql): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('partitions')
  const now = await databaseNow(sql)
  const until = await partitionedUntil(sql, { now })
  const daysAhead = until === null ? -1 : Math.floor((until - now) / dayMs)
  const hint = 'A running server makes them every hour; "mesher migrate" makes them now. The log says why it could not.'
  if (until === null || daysAhead < 0) return fail('there is none for today', hint)
  const text = `made up to ${new Date(until - 1).toISOString().slice(0, 10)}`
  return daysAhead < 5 ? warn(text, hint) : ok(text)
}

async function checkRetention(sql: Sql): Promise<Finding> {
  const { ok, warn } = findingsOf('retention')
  const { now, until, waitsFor } = await passedTime(sql)
  const kept = waitsFor === 'nothing' ? [] : await expiredEventPartitions(sql, { now })
  if (kept.length === 0) return ok('what is due is dropped')
  const day = new Date(until).toISOString().slice(0, 10)
  return warn(
    `${kept.length} partitions are due and are kept: no running server has seen time pass since ${day}`,
    'If the database\'s clock is right, "mesher retention confirm" lets them go. If it is wrong, put it right.'
  )
}

const foldLagSecondsMax = 300

async function checkCounts(sql: Sql): Promise<Finding> {
  const { ok, warn } = findingsOf('counts')
  const { hour, projects, different, foldLagSeconds, isErasing } = await checkHour(sql)
  if (foldLagSeconds > foldLagSecondsMax) {
    return warn(
      `commits wait for ${Math.round(foldLagSeconds)} s to be counted: dashboards are behind`,
      'A running server counts them within seconds. Its log says why it cannot.'
    )
  }
  const from = `${hour.toISOString().slice(0, 16)}Z`
  const [first] = different
  if (first === undefined || isErasing) return ok(`those of the hour from ${from} are those of the rows`)
  return warn(
    `${different.length} of ${projects} projects have other counts than rows in the hour from ${from}: ` +
      `project ${first.projectId} counts ${first.counted} and has ${first.stored}`,
    'Rows that were deleted or copied by hand are not counted. If none were, report it.'
  )
}
