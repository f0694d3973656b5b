/** Checks of the database: can it be reached, is it fit for Mesher, is its schema this version's, are partitions there? */
import type { Config } from '../../schema/config.ts'
import { databaseFacts, partitionedUntil, type DatabaseFacts } from '../../services/database-facts.ts'
import { isMigrated } from '../../services/migrations.ts'
import { packageRoot } from '../../services/postgres/binaries.ts'
import { findCluster } from '../../services/postgres/place.ts'
import type { Sql } from '../../services/sql.ts'
import { isStartError } from '../../services/start-error.ts'
import { withDatabase } from '../support/database.ts'
import { sentenceOf } from '../support/failure.ts'
import { bytesText } from '../support/tables.ts'
import { findingsOf, type Finding } from './finding.ts'

const versionLeast = 150_000
const dayMs = 24 * 60 * 60 * 1_000
const clockMsMax = 2_000

export async function checkDatabase (config: Config): Promise<Finding[]> {
  const { ok, fail } = findingsOf('database')
  try {
    if (config.databaseUrl === null && await findCluster(config.data) === null) {
      packageRoot()
      return [ok('embedded PostgreSQL, installed; the first start makes the database')]
    }
    return await withDatabase(config, async sql => [...checkFacts(await databaseFacts(sql), config), ...await checkSchema(sql)])
  } catch (error) {
    const hint = isStartError(error) ? error.hint : 'Is it running, and are DATABASE_URL and its password right?'
    return [fail(`cannot be used: ${sentenceOf(error)}`, hint)]
  }
}

function checkFacts (facts: DatabaseFacts, { databaseUrl }: Config): Finding[] {
  const { ok, fail } = findingsOf('database')
  const what = `PostgreSQL ${facts.version}, ${databaseUrl === null ? 'embedded' : 'external'}, ${bytesText(facts.bytes)}`
  const findings: Finding[] = []
  if (facts.versionNumber < versionLeast) findings.push(fail(`${what}: too old`, 'Mesher needs PostgreSQL 15 or later.'))
  else findings.push(ok(what))
  if (facts.encoding !== 'UTF8') findings.push(fail(`its encoding is ${facts.encoding}`, 'Create the database with ENCODING \'UTF8\': events hold every script there is.'))
  if (facts.isReadOnly) findings.push(fail('it is read-only (a replica?)', 'Name the primary in DATABASE_URL.'))
  return [...findings, checkClock(facts)]
}

/** Leases and partitions go by the database's clock, ids by ours. */
function checkClock ({ clockAheadMs, clockToleranceMs }: DatabaseFacts): Finding {
  const { ok, warn } = findingsOf('clock')
  const text = `${Math.abs(clockAheadMs)} ms ${clockAheadMs < 0 ? 'behind' : 'ahead of'} this machine's (± ${clockToleranceMs} ms)`
  if (Math.abs(clockAheadMs) - clockToleranceMs <= clockMsMax) return ok(`the database's is ${text}`)
  return warn(`the database's is ${text}`, 'Run a time service (chrony, systemd-timesyncd) on both machines.')
}

async function checkSchema (sql: Sql): Promise<Finding[]> {
  const schema = findingsOf('schema')
  if (!await isMigrated(sql)) return [schema.warn('is not that of this version', 'Run "mesher migrate", or start Mesher, which does it.')]
  return [schema.ok('is that of this version'), await checkPartitions(sql)]
}

async function checkPartitions (sql: Sql): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('partitions')
  const now = Date.now()
  const until = await partitionedUntil(sql, { now })
  const daysAhead = until === null ? -1 : Math.floor((until - now) / dayMs)
  const hint = 'A running server makes them every hour; "mesher migrate" makes them now. The log says why it could not.'
  if (until === null || daysAhead < 0) return fail('there is none for today', hint)
  const text = `made up to ${new Date(until - 1).toISOString().slice(0, 10)}`
  return daysAhead < 5 ? warn(text, hint) : ok(text)
}
