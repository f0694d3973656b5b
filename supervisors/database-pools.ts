/**
 * How a node deals out its connections to the database: one pool each for the API, so that a slow search holds up
 * nothing else, for leases, whose renewal must not wait, and for the rest. What writes events, folds counts and
 * searches for poison events has connections of its own. Where the role or the database allows fewer connections than
 * the setting, that number is dealt out: otherwise readers would take those that writers need.
 */
import * as v from 'valibot'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import { connect, type Sql } from '../services/database/sql.ts'

export type DatabasePools = { sql: Sql; apiSql: Sql; leaseSql: Sql }

export type Shares = { rest: number; api: number; leases: number }

/** Outside the pools: commits, the fold, and now and then a third. */
const writersMax = 3
/** Two for each pool. */
const connectionsMin = 8

export function sharesOf(connections: number): Shares {
  const leases = connections < 12 ? 1 : 2
  const shared = connections - writersMax - leases
  const api = Math.ceil(shared / 2)
  return { leases, api, rest: shared - api }
}

export async function openPools(
  url: string,
  { nodeName, databaseConnections }: Pick<Config, 'nodeName' | 'databaseConnections'>,
  log: Log
): Promise<DatabasePools> {
  const connections = await allowed(url, databaseConnections, log)
  const { rest, api, leases } = sharesOf(connections)
  const pool = (name: string, max: number, timeouts: { statementTimeoutMs?: number; lockTimeoutMs?: number }): Sql =>
    connect({
      url,
      max,
      applicationName: `mesher ${nodeName}${name === '' ? '' : ` ${name}`}`,
      onWait: text => log.warn(`${text}${hint(connections)}`),
      ...timeouts
    })
  return {
    sql: pool('', rest, {}),
    apiSql: pool('api', api, { statementTimeoutMs: 9_000, lockTimeoutMs: 5_000 }),
    leaseSql: pool('leases', leases, { statementTimeoutMs: 2_500, lockTimeoutMs: 2_500 })
  }
}

const limitRow = v.strictObject({ limit: v.nullable(v.number()) })

async function allowed(url: string, wanted: number, log: Log): Promise<number> {
  const sql = connect({ url, max: 1, applicationName: 'mesher start' })
  try {
    const [row] = await sql.rows(limitRow)`
      select min(connections) as limit from (
        select rolconnlimit as connections from pg_roles where rolname = current_user and not rolsuper
        union all select datconnlimit from pg_database where datname = current_database()
      ) limits where connections >= 0`
    const limit = row?.limit ?? null
    if (limit === null || limit >= wanted) return wanted
    const connections = Math.max(limit, connectionsMin)
    log.warn(
      `the role or the database allows ${limit} connections, and MESHER_DATABASE_CONNECTIONS ${wanted}: this node ` +
        `opens ${connections} at most. Several nodes share what is allowed: set it for each of them`
    )
    return connections
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function hint(connections: number): string {
  return `. This node opens ${connections} at most (MESHER_DATABASE_CONNECTIONS)`
}
