/**
 * Servers that cannot be written to: standbys, and primaries that an operator or a failover has made read-only. A
 * session that was opened on one stays read-only, even when the address leads to another server or the settings
 * change. So it is used for what was asked of it and then closed, and the next one may reach the server that takes
 * writes. PostgreSQL reports both states to every client as they change, which costs no statement.
 */
import pg from 'pg'
import * as v from 'valibot'
import { sqlStateOf } from './errors.ts'

const reported = ['in_hot_standby', 'default_transaction_read_only']
const statesOf = new WeakMap<pg.Client, Set<string>>()
const statusSchema = v.object({ parameterName: v.string(), parameterValue: v.string() })

/** A client that knows whether its session is read-only. */
export class WatchedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    const states = new Set<string>()
    statesOf.set(this, states)
    this.connection.on('parameterStatus', (message: unknown) => {
      const status = v.safeParse(statusSchema, message)
      if (!status.success || !reported.includes(status.output.parameterName)) return
      if (status.output.parameterValue === 'on') states.add(status.output.parameterName)
      else states.delete(status.output.parameterName)
    })
  }
}

/** Whether what the server has reported of this session says that it takes no writes. */
export function isReadOnlySession(client: pg.Client): boolean {
  return (statesOf.get(client)?.size ?? 0) > 0
}

/** Whether the server refused a write because the session is read-only. */
export function isReadOnlyError(error: unknown): boolean {
  return sqlStateOf(error) === '25006'
}
