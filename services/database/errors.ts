/**
 * What a failure of PostgreSQL means for its caller. Errors that the server reported have its SQLSTATE as `code`. Where
 * no reply came the error is a `ConnectionError`, and it is unknown whether the statement was carried out.
 */
import pg from 'pg'

/**
 * READ_ONLY: the server takes no writes. CONNECTION_LOST: no reply came. NOT_CONNECTED: there was no connection, so
 * nothing was sent. POOL_BUSY: all connections are in use, and none became free in time. DEADLINE: the server was
 * silent for too long and was cut off. CLOSED: we closed our connections, or used a session after its end. Otherwise
 * the code of the system's error.
 */
export type ConnectionErrorCode =
  'CONNECTION_LOST' | 'NOT_CONNECTED' | 'DEADLINE' | 'CLOSED' | 'READ_ONLY' | 'POOL_BUSY' | (string & {})

export class ConnectionError extends Error {
  override name = 'ConnectionError'
  readonly code: ConnectionErrorCode

  constructor(code: ConnectionErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }
}

/**
 * The same statement may succeed later without any change: the server is away, starting, stopping, full, read-only
 * after a switch-over, out of connections or memory, or another transaction was in the way.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.code !== 'CLOSED'
  const state = sqlStateOf(error)
  return state !== null && (unavailableClasses.has(state.slice(0, 2)) || unavailableStates.has(state))
}

/** The database answers, and all connections to it are in use or taken by others. */
export function isBusy(error: unknown): boolean {
  return (error instanceof ConnectionError && error.code === 'POOL_BUSY') || sqlStateOf(error) === '53300'
}

/** PostgreSQL refuses the data, and will again: values that it cannot store, or that break a constraint. */
export function isDataError(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state !== null && (dataClasses.has(state.slice(0, 2)) || dataStates.has(state))
}

/** A day has no partition of events yet: `ensurePartitionsFor` makes it, then the same statement succeeds. */
export function isMissingPartition(error: unknown): boolean {
  return sqlStateOf(error) === '23514' && error instanceof Error && error.message.includes('no partition')
}

/** Something that may exist only once exists already. */
export function isDuplicate(error: unknown): boolean {
  return sqlStateOf(error) === '23505'
}

/** The five characters by which PostgreSQL names an error; null when the server has not reported one. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}

/** Whether the server ends the connection after this error. */
export function isFatal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.severity === 'FATAL' || error.severity === 'PANIC')
}

/**
 * 08 connection, 40 rollback (serialization, deadlock), 53 resources (disk, memory, connections), 57 operator
 * (shutdown, starting, cancelled), 58 system (I/O).
 */
const unavailableClasses = new Set(['08', '40', '53', '57', '58'])
/** Read-only transaction, idle session, lock not available or object in use. */
const unavailableStates = new Set(['25006', '25P03', '25P04', '55P03', '55006'])

/** 21 cardinality, 22 data, 23 integrity, 44 check option. */
const dataClasses = new Set(['21', '22', '23', '44'])
/** Beyond a limit of PostgreSQL: statement too complex or too large. */
const dataStates = new Set(['54000', '54001', '54023'])
