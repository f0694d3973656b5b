/**
 * Whether a pooler such as PgBouncer stands between us and the server, and whether it lends connections for one
 * transaction only. Mesher keeps prepared statements, settings and advisory locks in its sessions, so it needs one that
 * lends them for a session: with the other kind commits fail, and events wait in the spool.
 *
 * PostgreSQL names its process when a connection is opened, and a pooler makes a number up: where it is the right one
 * there is no pooler. Otherwise one session looks which process serves it, another one begins a transaction, and the
 * first looks again. A session of one's own has the same process each time, and nobody else has it.
 */
import pg from 'pg'
import * as v from 'valibot'
import { ConnectionError, sqlStateOf } from './errors.ts'
import { startError } from './start-error.ts'

const rounds = 5
const answerMsMax = 5_000
const keySchema = v.object({ processID: v.number() })
const rowSchema = v.object({ pid: v.number() })

/** Throws a `StartError` where a session may be served by several processes of the server. */
export async function refusePooledTransactions(config: pg.ClientConfig, where: string): Promise<void> {
  const [one, other] = [clientOf(config), clientOf(config)]
  try {
    const announced = await opened(one)
    const own = await servedBy(one)
    if (own === announced) return
    await opened(other)
    for (let round = 0; round < rounds; round++) {
      await other.query('begin')
      // A pool of one connection serves nobody else until the transaction ends.
      if ((await servedBy(other)) === own || (await servedBy(one)) !== own) throw refused(where)
      await other.query('commit')
    }
  } catch (error) {
    // With statement pooling there are no transactions at all.
    if (isStatementPooling(error)) throw refused(where)
    throw isTimeout(error) ? tooFew(where, error) : error
  } finally {
    for (const { connection } of [one, other]) connection.stream.destroy()
  }
}

function clientOf(config: pg.ClientConfig): pg.Client {
  const client = new pg.Client({ ...config, query_timeout: answerMsMax })
  // Every use notices a failure by itself; without a listener the event would end the process.
  client.on('error', () => {})
  return client
}

/** The process that the other side names. */
async function opened(client: pg.Client): Promise<number | null> {
  let announced: number | null = null
  client.connection.on('backendKeyData', (message: unknown) => {
    const key = v.safeParse(keySchema, message)
    if (key.success) announced = key.output.processID
  })
  try {
    await client.connect()
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw error
    throw new ConnectionError('NOT_CONNECTED', `no connection: ${String(error)}`, error)
  }
  return announced
}

async function servedBy(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select pg_backend_pid() as pid')
  return v.parse(rowSchema, rows[0]).pid
}

function isStatementPooling(error: unknown): boolean {
  return sqlStateOf(error) === '08P01' && error instanceof Error && error.message.includes('statement pooling')
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

function refused(where: string): Error {
  return startError(
    'database_refused',
    `A pooler stands before PostgreSQL on ${where} and lends connections for one transaction only. Mesher keeps ` +
      'prepared statements and locks in its sessions, and would lose them.',
    'Set pool_mode = session for this database in pgbouncer.ini, or name the server itself in DATABASE_URL.'
  )
}

function tooFew(where: string, cause: unknown): Error {
  return startError(
    'database_unreachable',
    `The pooler before PostgreSQL on ${where} has no connection to it that is free.`,
    'Raise its pool size: each node opens as many as MESHER_DATABASE_CONNECTIONS says, and two to start.',
    cause
  )
}
