/**
 * A PostgreSQL that Mesher does not run itself (DATABASE_URL). Checks once whether Mesher can use it, and throws a
 * `StartError` that says what is wrong and what helps. Mesher neither starts nor stops it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { parseDatabaseUrl } from './url.ts'
import { isUnavailable, sqlStateOf } from './errors.ts'
import { refusePooledTransactions } from './pooler.ts'
import { connect } from './sql.ts'
import { isStartError, startError, type StartError } from './start-error.ts'

const versionMin = 15
const retryMs = 1_000

const factsRow = v.strictObject({
  version_number: v.number(),
  version: v.string(),
  encoding: v.string(),
  is_standby: v.boolean(),
  schema: v.nullable(v.string()),
  may_create: v.nullable(v.boolean())
})
type Facts = v.InferOutput<typeof factsRow>

/** Returns the version of the server. Waits up to `patienceMs` for a server that is not there yet. */
export async function checkExternalDatabase(
  url: string,
  { patienceMs, onProgress }: { patienceMs: number; onProgress: (text: string) => void }
): Promise<string> {
  const where = whereOf(url)
  const until = Date.now() + patienceMs
  let isTold = false
  for (;;) {
    try {
      const facts = await readFacts(url, where)
      refuseUnfit(facts, where)
      return facts.version
    } catch (error) {
      if (isStartError(error)) throw error
      if (!isUnavailable(error) || Date.now() + retryMs > until) throw unreachable(error, where)
      if (!isTold) onProgress(`waiting for PostgreSQL on ${where}`)
      isTold = true
      await sleep(retryMs)
    }
  }
}

async function readFacts(url: string, where: string): Promise<Facts> {
  const sql = connect({ url, max: 1, statementTimeoutMs: 10_000 })
  try {
    await refusePooledTransactions(sql.clientConfig, where)
    const [facts] = await sql.rows(factsRow)`
      select current_setting('server_version_num')::int as version_number, current_setting('server_version') as version,
        current_setting('server_encoding') as encoding, pg_is_in_recovery() as is_standby, current_schema() as schema,
        has_schema_privilege(current_schema(), 'create') as may_create`
    if (!facts) throw new Error('no answer')
    return facts
  } finally {
    await sql.end({ timeout: 1 })
  }
}

export function refuseUnfit(
  { version_number: number, version, encoding, is_standby: isStandby, schema, may_create: mayCreate }: Facts,
  where: string
): void {
  if (number < versionMin * 10_000) {
    throw startError(
      'database_too_old',
      `The server on ${where} is PostgreSQL ${version}, and Mesher needs ${versionMin} or later.`,
      'Upgrade it, or start Mesher without DATABASE_URL to use the PostgreSQL that comes with it.'
    )
  }
  if (encoding !== 'UTF8') {
    throw startError(
      'database_encoding',
      `The database on ${where} has the encoding ${encoding}, and Mesher needs UTF8.`,
      "Make another one: create database mesher encoding 'UTF8' template template0."
    )
  }
  if (isStandby) {
    throw startError(
      'database_refused',
      `The server on ${where} is a standby, where nothing can be stored.`,
      'Name the primary in DATABASE_URL.'
    )
  }
  if (mayCreate !== true) {
    const place = schema === null ? ': no schema of its search_path exists' : ` in the schema ${schema}`
    throw startError(
      'database_privileges',
      `The user of ${where} may not create tables${place}.`,
      'Make it the owner of the database ("alter database … owner to …"), ' +
        'or grant it the right to create in that schema.'
    )
  }
}

function unreachable(error: unknown, where: string): StartError {
  const said = error instanceof Error ? error.message : String(error)
  const state = sqlStateOf(error)
  if (state === '28P01' || state === '28000') {
    return startError(
      'database_refused',
      `PostgreSQL on ${where} does not let us in: ${said}`,
      "Check user and password in DATABASE_URL and the server's pg_hba.conf; " +
        'a server that insists on TLS needs ?sslmode=require.',
      error
    )
  }
  if (state === '3D000') {
    return startError(
      'database_refused',
      `PostgreSQL on ${where} says: ${said}`,
      'Make the database (create database …), or correct its name in DATABASE_URL.',
      error
    )
  }
  return startError(
    'database_unreachable',
    `PostgreSQL on ${where} cannot be used: ${said}`,
    'Is it running, and are host and port in DATABASE_URL right?',
    error
  )
}

/** Without user and password, which must not be shown. */
function whereOf(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url)
  return host.startsWith('/') ? `${host} (database ${database})` : `${host}:${port} (database ${database})`
}
