/**
 * One connection that one user holds. Its statements run one after the other, each under a deadline of our own too,
 * because a server that is stopped or unreachable sends nothing at all. After its end a session refuses statements: a
 * late one would otherwise run outside its transaction, on a connection that another user has by then. A connection to
 * a server that takes no writes is closed after its use.
 */
import pg from 'pg'
import { ConnectionError, isFatal } from './errors.ts'
import { isReadOnlyError, isReadOnlySession } from './read-only.ts'
import type { Statement } from './template.ts'

export type DatabaseSession = {
  run: (statement: Statement) => Promise<pg.QueryResult>
  /** Runs this statement after those before it, and refuses every later one. */
  runLast: (statement: Statement) => Promise<pg.QueryResult>
  /** Runs something other than a statement (a COPY) in its turn, without a deadline: the connection is its own. */
  alone: <Result>(work: (client: pg.PoolClient) => Promise<Result>) => Promise<Result>
  /** Ends the transaction, if the connection still works. Never rejects. */
  rollback: () => Promise<void>
  release: () => void
  resetAndRelease: () => void
}

/** The deadline of the server should pass first. */
const graceMs = 2_000
const rollbackMsMax = 5_000

export type SessionOptions = {
  statementTimeoutMs: number
  /** The statement that sets what every connection of the pool has. */
  settings: string
}

export function createSession(
  client: pg.PoolClient,
  { statementTimeoutMs, settings }: SessionOptions
): DatabaseSession {
  let isOver = false
  let isBroken = false
  let lastRun: Promise<unknown> = Promise.resolve()

  function inTurn(statement: Statement, deadlineMs: number): Promise<pg.QueryResult> {
    const result = lastRun.then(() => execute(statement, deadlineMs))
    lastRun = result.catch(() => {})
    return result
  }

  async function execute({ text, values }: Statement, deadlineMs: number): Promise<pg.QueryResult> {
    if (isBroken) throw new ConnectionError('CONNECTION_LOST', 'the connection to PostgreSQL is lost')
    let isLate = false
    const deadline =
      deadlineMs === 0
        ? undefined
        : setTimeout(() => {
            isLate = true
            cutOff(client)
          }, deadlineMs)
    try {
      // Without values the simple protocol is used, which takes several statements and returns several results.
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(
        values.length === 0 ? { text } : { text, values }
      )
      return Array.isArray(result) ? lastOf(result) : result
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error
      isBroken = !(error instanceof pg.DatabaseError) || isFatal(error) || isReadOnlyError(error)
      throw error instanceof pg.DatabaseError ? error : lost(error, isLate)
    } finally {
      clearTimeout(deadline)
    }
  }

  async function alone<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    if (isOver) throw new ConnectionError('CLOSED', 'this transaction or session has ended')
    const result = lastRun.then(() => {
      if (isBroken) throw new ConnectionError('CONNECTION_LOST', 'the connection to PostgreSQL is lost')
      return work(client)
    })
    lastRun = result.catch((error: unknown) => {
      isBroken = !(error instanceof pg.DatabaseError) || isFatal(error)
    })
    return await result
  }

  function giveBack(): void {
    if (isBroken) cutOff(client)
    client.release(isBroken || isReadOnlySession(client))
  }

  const msMax = statementTimeoutMs === 0 ? 0 : statementTimeoutMs + graceMs
  return {
    run: async statement => {
      if (isOver) throw new ConnectionError('CLOSED', 'this transaction or session has ended')
      return inTurn(statement, msMax)
    },
    runLast: statement => {
      isOver = true
      return inTurn(statement, msMax)
    },
    alone,
    rollback: async () => {
      isOver = true
      await inTurn({ text: 'rollback', values: [] }, rollbackMsMax).catch(() => {
        isBroken = true
      })
    },
    release: () => {
      isOver = true
      lastRun.then(giveBack).catch(unexpected)
    },
    resetAndRelease: () => {
      isOver = true
      // Alone: DISCARD ALL is refused among other statements.
      inTurn({ text: 'discard all', values: [] }, rollbackMsMax)
        .then(() => inTurn({ text: settings, values: [] }, rollbackMsMax))
        .catch(() => {
          isBroken = true
        })
        .then(giveBack)
        .catch(unexpected)
    }
  }
}

/** Returning a connection cannot fail, except by a programmer error, which must not go unnoticed. */
function unexpected(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}

/** Ends a connection without a message: the other side may not be listening. */
export function cutOff(client: pg.Client): void {
  client.connection.stream.destroy()
}

function lost(error: unknown, isLate: boolean): ConnectionError {
  if (isLate) return new ConnectionError('DEADLINE', 'PostgreSQL did not answer in time and was cut off', error)
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'CONNECTION_LOST'
  return new ConnectionError(
    code,
    `the connection to PostgreSQL is lost: ${error instanceof Error ? error.message : String(error)}`,
    error
  )
}

function lastOf(results: pg.QueryResult[]): pg.QueryResult {
  const last = results.at(-1)
  if (!last) throw new TypeError('a statement without text')
  return last
}
