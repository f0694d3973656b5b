/**
 * A pool of connections, on `pg`. Who finds all in use waits for one, and so does who finds that the server gives no
 * more (a limit of the role, of the database, of the server or of a pooler in front): the pool makes do with those it
 * has and tries later whether there are more. Only when none becomes free in time it fails, and says which it was.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { ConnectionError, sqlStateOf } from './errors.ts'
import { cutOff } from './session.ts'

export type PoolOptions = {
  /** Most connections that are open at once; they are opened when needed. */
  max: number
  /** Makes a new connection ready for use. */
  setUp: (client: pg.Client) => Promise<void>
  /** Called with a sentence when callers have to wait for long; at most once a minute. */
  onWait: (text: string) => void
}

export type ConnectionPool = {
  acquire: () => Promise<pg.PoolClient>
  /** Waits for those that are lent and closes all. */
  end: () => Promise<void>
  /** Cuts off every connection, also those that are opened later. */
  cutOffAll: () => void
}

/** How long a caller waits for a connection, whatever it waits for. */
const patienceMs = 10_000
/** A pooler that has no connection to the server left accepts ours and lets it wait. */
const setUpMsMax = 4_000
const idleTimeoutMs = 60_000
const tellAfterMs = 1_000
const tellEveryMs = 60_000
/** After a refusal: from then on more connections are tried again. */
const restMs = 10_000
const retryMs = 200

export function createPool(config: pg.PoolConfig, { max, setUp, onWait }: PoolOptions): ConnectionPool {
  const options: pg.PoolConfig = {
    ...config,
    max,
    connectionTimeoutMillis: patienceMs,
    idleTimeoutMillis: idleTimeoutMs,
    onConnect: async client => {
      // The type names the part that pools of other clients have too.
      if (client instanceof pg.Client) await within(setUpMsMax, client, setUp(client))
    }
  }
  const pool = new pg.Pool(options)
  const clients = new Set<pg.Client>()
  let isCutOff = false
  let told = -Infinity
  // A connection that fails while it is unused is taken out of the pool; no caller needs to know.
  pool.on('error', () => {})
  pool.on('connect', client => {
    clients.add(client)
    if (isCutOff) cutOff(client)
    // The user of the connection gets the failure by its promise; without a listener the event would end the process.
    client.on('error', () => {})
  })
  pool.on('remove', client => {
    clients.delete(client)
  })

  function tell(why: string): void {
    if (performance.now() - told < tellEveryMs) return
    told = performance.now()
    onWait(`${why}: ${pool.waitingCount} callers wait for one of ${pool.totalCount} connections`)
  }

  /** Makes do with the connections there are, for a while. */
  function makeDo(error: unknown): void {
    tell(`PostgreSQL gives no more connections (${error instanceof Error ? error.message : String(error)})`)
    if (pool.options.max === max) setTimeout(() => (pool.options.max = max), restMs).unref()
    pool.options.max = Math.max(1, pool.totalCount)
  }

  async function acquire(): Promise<pg.PoolClient> {
    const until = performance.now() + patienceMs
    for (;;) {
      try {
        return await soon()
      } catch (error) {
        if (!isRefusal(error) || performance.now() + retryMs > until) throw failure(error, pool)
        makeDo(error)
        if (pool.totalCount === 0) await sleep(retryMs)
      }
    }
  }

  async function soon(): Promise<pg.PoolClient> {
    if (pool.idleCount > 0 || pool.totalCount < pool.options.max) return await pool.connect()
    const timer = setTimeout(() => tell('all connections to PostgreSQL are in use'), tellAfterMs)
    return await pool.connect().finally(() => clearTimeout(timer))
  }

  return {
    acquire,
    end: () => pool.end(),
    cutOffAll: () => {
      isCutOff = true
      for (const client of clients) cutOff(client)
    }
  }
}

class SetUpTimeout extends Error {}

async function within(ms: number, client: pg.Client, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      cutOff(client)
      reject(new SetUpTimeout('a pooler in front of it has none free'))
    }, ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** The server is there and gives this connection to nobody: 53300 is every kind of "too many connections". */
function isRefusal(error: unknown): boolean {
  return sqlStateOf(error) === '53300' || error instanceof SetUpTimeout
}

function failure(error: unknown, { totalCount, options }: pg.Pool): unknown {
  if (error instanceof pg.DatabaseError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (
    error instanceof SetUpTimeout ||
    (message === 'timeout exceeded when trying to connect' && totalCount >= options.max)
  ) {
    return new ConnectionError(
      'POOL_BUSY',
      `none of ${totalCount} connections to PostgreSQL became free in time`,
      error
    )
  }
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'NOT_CONNECTED'
  return new ConnectionError(code, `no connection to PostgreSQL: ${message || code}`, error)
}
