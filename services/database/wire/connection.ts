/**
 * A connection for the writers, which sends a whole transaction (several statements and a COPY) in one write and waits
 * once. `pg` connects, authenticates and parses; the pipeline is ours, because neither `pg` nor postgres.js sends COPY
 * data before the server has asked for it, and every such wait costs a turn of a busy event loop. A run without a reply
 * at its deadline rejects with `UnknownOutcome` and destroys the connection. A session that takes no writes is not used
 * again.
 */
import { Socket } from 'node:net'
import pg from 'pg'
import { ConnectionError, isFatal } from '../errors.ts'
import { isReadOnlyError } from '../read-only.ts'
import type { Sql } from '../sql.ts'
import { ByteWriter } from './byte-writer.ts'
import { endPipeline, pipelineInto, type Pipeline } from './pipeline.ts'

/** The result of one statement: its rows as text, and how many rows its command tag names. */
export type StatementResult = { rows: (string | null)[][]; rowCount: number }

export type RunOptions = { deadlineMs: number; signal?: AbortSignal | undefined }

export type WireConnection = {
  /**
   * Sends what `build` puts into the pipeline as one transaction (unless it holds BEGIN). Returns one result for each
   * statement.
   */
  readonly run: (build: (pipeline: Pipeline) => void, options: RunOptions) => Promise<StatementResult[]>
  readonly isOpen: () => boolean
  readonly close: () => void
  /** An idle connection must not hold back the end of the process. */
  readonly keepsProcessAlive: (on: boolean) => void
}

/** The connection ended, or the deadline passed, before the reply: the transaction may have been committed. */
export class UnknownOutcome extends ConnectionError {
  override name = 'UnknownOutcome'

  constructor(message: string, cause?: unknown) {
    super('UNKNOWN_OUTCOME', message, cause)
  }
}

/** A buffer above this size is released after the run that needed it. */
const bufferKeptBytesMax = 8 * 1024 * 1024

/**
 * Of a writing session, as statements, for poolers refuse them at the start: plans that walk the arrays in their order,
 * and a server that notices when we leave.
 */
const writing = [
  'set plan_cache_mode = force_generic_plan',
  'set enable_hashjoin = off',
  'set enable_mergejoin = off',
  'set enable_seqscan = off',
  'set jit = off',
  "set client_connection_check_interval = '1s'"
]

export async function connectWire(sql: Sql, { connectTimeoutMs = 5_000 } = {}): Promise<WireConnection> {
  const config = { ...sql.clientConfig, connectionTimeoutMillis: connectTimeoutMs, application_name: 'mesher-writer' }
  const client = await opened(config, [sql.settings, ...writing].join('; '))
  let open = true
  // Every run notices the end by itself; without a listener the event would end the process.
  client.on('error', () => {
    open = false
  })
  client.on('end', () => {
    open = false
  })

  let running = 0
  const prepared = new Set<string>()
  const buffers: ByteWriter[] = []

  function close(): void {
    open = false
    client.connection.stream.destroy()
  }

  function keepsProcessAlive(on: boolean): void {
    const { stream } = client.connection
    if (!(stream instanceof Socket)) return
    if (on) stream.ref()
    else stream.unref()
  }

  async function run(
    build: (pipeline: Pipeline) => void,
    { deadlineMs, signal }: RunOptions
  ): Promise<StatementResult[]> {
    signal?.throwIfAborted()
    const preparing = new Set<string>()
    const out = buffers.pop() ?? new ByteWriter()
    out.reset()
    build(pipelineInto(out, prepared, preparing))
    endPipeline(out)
    // After a failure the buffer is not used again: the server may refuse the first statement while the rest is being
    // sent.
    running += 1
    try {
      const results = await send(client, out.bytes(), { deadlineMs, signal }, close)
      for (const name of preparing) prepared.add(name)
      if (out.buffer.length <= bufferKeptBytesMax) buffers.push(out)
      return results
    } catch (error) {
      if (isReadOnlyError(error)) open = false
      throw error
    } finally {
      running -= 1
      // The run behind this one gets its own refusal first.
      if (!open && running === 0) close()
    }
  }

  return { run, close, isOpen: () => open, keepsProcessAlive }
}

function send(
  client: pg.Client,
  bytes: Buffer,
  { deadlineMs, signal }: RunOptions,
  close: () => void
): Promise<StatementResult[]> {
  return new Promise((resolve, reject) => {
    const results: StatementResult[] = []
    let rows: (string | null)[][] = []
    const abort = (): void => giveUp('was given up')
    const timer = setTimeout(() => giveUp(`has not answered within ${deadlineMs} ms`), deadlineMs)
    signal?.addEventListener('abort', abort)

    function settle(act: () => void): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      act()
    }
    function giveUp(what: string): void {
      settle(() => reject(new UnknownOutcome(`the transaction ${what}`)))
      close()
    }

    // Not in `submit`, which waits for the reply to the run before: the server reads this one while it works on that.
    if (client.connection.stream.writable) client.connection.stream.write(bytes)
    client.query({
      submit: () => {},
      handleRowDescription: () => {},
      handleDataRow: ({ fields }) => {
        rows.push(fields)
      },
      handleCopyInResponse: () => {},
      handleCommandComplete: ({ text }) => {
        results.push({ rows, rowCount: Number(text.slice(text.lastIndexOf(' ') + 1)) || 0 })
        rows = []
      },
      handleReadyForQuery: () => settle(() => resolve(results)),
      handleError: (error): void => {
        if (isRefusal(error) && !isFatal(error)) return whenReady(client, () => settle(() => reject(error)))
        close()
        settle(() => reject(isRefusal(error) ? error : unknownOutcome(error)))
      }
    } satisfies WireQuery)
  })
}

/**
 * Acts when the server has finished a refused transaction: `pg` counts it as one that waits until then, and the next
 * one on top of it.
 */
function whenReady(client: pg.Client, act: () => void): void {
  const { connection } = client
  function ready(): void {
    connection.off('readyForQuery', ready)
    client.off('end', ready)
    act()
  }
  connection.on('readyForQuery', ready)
  client.on('end', ready)
}

/** The methods that `pg` calls on a query of our own; its published types name only `submit`. */
type WireQuery = {
  submit: (connection: pg.Connection) => void
  handleRowDescription: () => void
  handleDataRow: (message: { fields: (string | null)[] }) => void
  handleCopyInResponse: () => void
  handleCommandComplete: (message: { text: string }) => void
  handleReadyForQuery: () => void
  handleError: (error: Error) => void
}

/** The server itself reported an error, so the transaction is rolled back. */
function isRefusal(error: Error): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined
}

function unknownOutcome(cause: Error): UnknownOutcome {
  return new UnknownOutcome(`the connection ended during a transaction: ${cause.message}`, cause)
}

/** The time to connect includes the settings: a pooler without a free connection lets them wait. */
async function opened(config: pg.ClientConfig, settings: string): Promise<pg.Client> {
  const client = new pg.Client(config)
  client.on('error', () => client.connection.stream.destroy())
  const late = setTimeout(() => client.connection.stream.destroy(), config.connectionTimeoutMillis)
  try {
    await client.connect()
    await client.query(settings)
    return client
  } catch (error) {
    client.connection.stream.destroy()
    if (error instanceof pg.DatabaseError) throw error
    throw new ConnectionError(
      'NOT_CONNECTED',
      `no connection to PostgreSQL: ${error instanceof Error ? error.message : String(error)}`,
      error
    )
  } finally {
    clearTimeout(late)
  }
}
