/**
 * Connections to PostgreSQL, on `pg`: a pool of them, statements as tagged templates, transactions and sessions.
 * Whatever happens to the server or a connection, every promise settles within its deadline, nothing is thrown
 * elsewhere, a broken connection is never used again, and the next statement connects anew. Nothing is retried here:
 * the caller knows what may be repeated.
 */
import type pg from 'pg'
import * as v from 'valibot'
import { checkSchema, checksSchemas } from '../../schema/checked.ts'
import { parseDatabaseUrl } from './url.ts'
import { copySession, type CopySession } from './copy.ts'
import { ConnectionError } from './errors.ts'
import { WatchedClient } from './read-only.ts'
import { createPool } from './pool.ts'
import { createSession, type DatabaseSession } from './session.ts'
import {
  json,
  name,
  statementOf,
  fragmentKey,
  parameterOf,
  type Fragment,
  type JsonParameter,
  type Name,
  type Statement
} from './template.ts'
import { typeParsers } from './types.ts'

export type Rows<Row> = Row[] & { /** Rows answered or changed. */ count: number }

/** Runs when it is awaited, once; until then it may stand inside another template. */
export type PendingQuery<Row> = Promise<Rows<Row>> & Fragment

export type Queryable = {
  <Result extends readonly object[] = Record<string, unknown>[]>(
    strings: TemplateStringsArray,
    ...values: unknown[]
  ): PendingQuery<Result[number]>
  /** A name (of a table, a column) to stand in a template. */
  (name: string): Name
  /**
   * A tag for a statement whose rows are of this schema: ``sql.rows(userRow)`select id, name from users` ``. The schema
   * gives the type and changes no value. Tests and `npm run dev` check every row against it.
   */
  rows: <Row extends object>(
    schema: v.GenericSchema<Row>
  ) => (strings: TemplateStringsArray, ...values: unknown[]) => PendingQuery<Row>
  /** Makes JSON of any value. */
  json: (value: unknown) => JsonParameter
  /**
   * Runs text without a template. Without values it may hold several statements; the rows of the last one are returned.
   */
  unsafe: (text: string, values?: readonly unknown[]) => PendingQuery<Record<string, unknown>>
}

export type TransactionSql = Queryable

export type ReservedSql = Queryable &
  CopySession & {
    /** Gives the connection back, with all that was set in its session undone. */
    release: () => void
  }

export type Sql = Queryable & {
  /** Commits when `work` is through and rolls back when it throws. Rejects unless the commit is confirmed. */
  begin: <Result>(work: (sql: TransactionSql) => Promise<Result>) => Promise<Result>
  /** One connection for the caller alone, for settings and locks of a session; `patient` removes its deadlines. */
  reserve: (options?: { patient?: boolean }) => Promise<ReservedSql>
  /** Waits for what is running (at most `timeout` seconds, then cuts it off) and closes every connection. */
  end: (options?: { timeout?: number }) => Promise<void>
  /** For callers that need a connection of another kind to the same database. */
  readonly clientConfig: pg.ClientConfig
  /** The statement that makes a new connection one of this pool's. */
  readonly settings: string
}

export type ConnectOptions = {
  url: string
  /** Most connections that are open at once; they are opened when needed. */
  max: number
  /** Shown in pg_stat_activity and in the server's log. */
  applicationName?: string
  /** The server cancels what takes longer (57014), and is cut off if it stays silent; 0 sets no limit. */
  statementTimeoutMs?: number
  /** The server cancels what waits longer for a lock (55P03); 0 sets no limit. */
  lockTimeoutMs?: number
  /** Called with a sentence for people when statements wait long for a connection. */
  onWait?: (text: string) => void
}

type Run = (statement: Statement) => Promise<pg.QueryResult>

const connectTimeoutMs = 10_000
const endTimeoutSMax = 10

export function connect({
  url,
  max,
  applicationName = 'mesher',
  statementTimeoutMs = 30_000,
  lockTimeoutMs = 10_000,
  onWait = () => {}
}: ConnectOptions): Sql {
  const clientConfig = clientConfigOf(url, applicationName)
  const settings = settingsOf(statementTimeoutMs, lockTimeoutMs)
  const pool = createPool(
    { ...clientConfig, Client: WatchedClient },
    {
      max,
      setUp: async client => {
        await client.query(settings)
      },
      onWait
    }
  )
  const isChecked = checksSchemas()
  let ended: Promise<void> | undefined

  async function session(deadlineMs = statementTimeoutMs): Promise<DatabaseSession> {
    if (ended) throw new ConnectionError('CLOSED', 'the connections to PostgreSQL are closed')
    return createSession(await pool.acquire(), { statementTimeoutMs: deadlineMs, settings })
  }

  const run: Run = async statement => {
    const own = await session()
    return own.runLast(statement).finally(own.release)
  }

  async function begin<Result>(work: (sql: TransactionSql) => Promise<Result>): Promise<Result> {
    const own = await session()
    try {
      await own.run({ text: 'begin', values: [] })
      const result = await work(queryable(own.run, isChecked))
      const { command } = await own.runLast({ text: 'commit', values: [] })
      // So the server reports it when a statement has failed and `work` has continued all the same.
      if (command !== 'COMMIT') throw new Error('the transaction was rolled back, because a statement in it had failed')
      return result
    } catch (error) {
      await own.rollback()
      throw error
    } finally {
      own.release()
    }
  }

  async function reserve({ patient = false } = {}): Promise<ReservedSql> {
    const own = await session(patient ? 0 : statementTimeoutMs)
    if (patient) {
      await own.run({ text: 'set statement_timeout = 0; set lock_timeout = 0', values: [] }).catch((error: unknown) => {
        own.release()
        throw error
      })
    }
    return Object.assign(queryable(own.run, isChecked), { release: own.resetAndRelease, ...copySession(own) })
  }

  async function end(timeoutS: number): Promise<void> {
    const patience = setTimeout(pool.cutOffAll, timeoutS * 1_000)
    await pool.end().finally(() => clearTimeout(patience))
  }

  return Object.assign(queryable(run, isChecked), {
    begin,
    reserve,
    end: ({ timeout = endTimeoutSMax } = {}) => {
      ended ??= end(timeout)
      return ended
    },
    clientConfig,
    settings
  })
}

/** As a statement: poolers refuse parameters of the start that they do not know. */
function settingsOf(statementTimeoutMs: number, lockTimeoutMs: number): string {
  return `set timezone = 'UTC'; set statement_timeout = ${statementTimeoutMs}; set lock_timeout = ${lockTimeoutMs}`
}

function clientConfigOf(url: string, applicationName: string): pg.ClientConfig {
  const { host, port, user, password, database, tls } = parseDatabaseUrl(url)
  return {
    host,
    port,
    user,
    // As a function, so that no variable and no file of the environment takes the place of an empty one.
    password: () => password,
    database,
    ssl: tls,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: typeParsers
  }
}

function queryable(run: Run, isChecked: boolean): Queryable {
  function tag<Row>(first: TemplateStringsArray, ...values: unknown[]): PendingQuery<Row>
  function tag(first: string): Name
  function tag<Row>(first: TemplateStringsArray | string, ...values: unknown[]): PendingQuery<Row> | Name {
    if (typeof first === 'string') return name(first)
    return pending(first, values, () => run(statementOf(first, values)))
  }
  function rows<Row extends object>(schema: v.GenericSchema<Row>) {
    return (strings: TemplateStringsArray, ...values: unknown[]): PendingQuery<Row> =>
      pending(strings, values, async () => {
        const statement = statementOf(strings, values)
        const result = await run(statement)
        if (isChecked) checkSchema(v.array(schema), result.rows, `rows of ${statement.text}`)
        return result
      })
  }
  function unsafe(text: string, values: readonly unknown[] = []): PendingQuery<Record<string, unknown>> {
    return pending([text], [], () => run({ text, values: values.map(parameterOf) }))
  }
  return Object.assign(tag, { rows, json, unsafe })
}

/** A promise that starts its work when it is first awaited. */
function pending<Row>(
  strings: readonly string[],
  values: readonly unknown[],
  start: () => Promise<pg.QueryResult>
): PendingQuery<Row> {
  let started: Promise<Rows<Row>> | undefined
  const result = (): Promise<Rows<Row>> => (started ??= startAsync(start))
  return {
    [fragmentKey]: { strings, values },
    [Symbol.toStringTag]: 'PendingQuery',
    then: (onFulfilled, onRejected) => result().then(onFulfilled, onRejected),
    catch: onRejected => result().catch(onRejected),
    finally: onFinally => result().finally(onFinally)
  }
}

/** A value that cannot be a parameter rejects too, instead of throwing synchronously. */
async function startAsync<Row>(start: () => Promise<pg.QueryResult>): Promise<Rows<Row>> {
  const { rows, rowCount } = await start()
  const typed: Row[] = rows
  return Object.assign(typed, { count: rowCount ?? 0 })
}
