/**
 * The writing connections that belong to a postgres.js pool: opened when a writer needs one more than are idle, so
 * there are as many as writers working at once. One that ended, or whose outcome is unknown, is dropped.
 */
import type { Sql } from '../sql.ts'
import { connectWire, type WireConnection } from './connection.ts'

const idleByPool = new WeakMap<Sql, WireConnection[]>()

/** Lends a connection to `work`. It comes back only when the work succeeded or PostgreSQL itself refused it. */
export async function withWire<Result> (
  sql: Sql, work: (connection: WireConnection) => Promise<Result>, { connectTimeoutMs = 5_000 } = {}
): Promise<Result> {
  const idle = idleOf(sql)
  const connection = openOf(idle) ?? await connectWire(sql, { connectTimeoutMs })
  connection.keepsProcessAlive(true)
  try {
    return await work(connection)
  } finally {
    connection.keepsProcessAlive(false)
    if (connection.isOpen()) idle.push(connection)
  }
}

/** Ends the idle writing connections of a pool; call it before `sql.end()`. */
export function closeWires (sql: Sql): void {
  for (const connection of idleOf(sql).splice(0)) connection.close()
}

/** One that ended while nobody used it is not handed out. */
function openOf (idle: WireConnection[]): WireConnection | undefined {
  for (let connection = idle.pop(); connection; connection = idle.pop()) {
    if (connection.isOpen()) return connection
  }
  return undefined
}

function idleOf (sql: Sql): WireConnection[] {
  const known = idleByPool.get(sql)
  if (known) return known
  const idle: WireConnection[] = []
  idleByPool.set(sql, idle)
  return idle
}
