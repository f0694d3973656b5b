/**
 * A bound on the connections of clients, so that many of them leave descriptors to the database and the spool. A
 * connection beyond it is closed at once, which clients take for a server that is busy. The transport tells of every
 * connection that begins, and of the end of those that have not become WebSockets; those report their end themselves.
 */
import type { Log } from '../schema/log.ts'
import type { HttpResponse, Door } from './transport/types.ts'

export type ConnectionLimit = {
  webSocketClosed: () => void
  /** Connections that were closed because there were too many. */
  refused: () => number
}

export type ConnectionLimitOptions = {
  /** Infinity sets no bound. */
  connectionsMax: number
  /** Milliseconds, monotonic. */
  now: () => number
  log: Log
}

const tellMs = 60_000

export function connectionLimit(door: Door, { connectionsMax, now, log }: ConnectionLimitOptions): ConnectionLimit {
  let open = 0
  let refused = 0
  let toldAt = -Infinity
  function watch(connection: Pick<HttpResponse, 'close'>, change: number): void {
    open += change
    if (change < 0 || open <= connectionsMax) return
    refused += 1
    if (now() - toldAt >= tellMs) {
      toldAt = now()
      log.warn(`${connectionsMax} clients are connected, more are refused: raise the limit of open files (ulimit -n)`)
    }
    connection.close()
  }
  door.watchConnections(watch)
  return {
    webSocketClosed: () => {
      open -= 1
    },
    refused: () => refused
  }
}
