/**
 * The writing connections that belong to a pool of `Sql`, opened when they are needed. Two commits share one: while
 * PostgreSQL works on the first transaction the second is already there, so it never waits for this process, and as
 * they run one after the other they never wait for each other's locks. Every other user has a connection to itself. A
 * connection that ended, or whose outcome is unknown, is dropped.
 */
import type { Sql } from '../sql.ts'
import { connectWire, type WireConnection } from './connection.ts'

type Shared = { opening: Promise<WireConnection>; connection: WireConnection | undefined; users: number }
type Wires = { idle: WireConnection[]; shared: Shared[] }
type Work<Result> = (connection: WireConnection) => Promise<Result>

/** `pg` knows one query that runs and one that waits. */
const sharersMax = 2

const wiresByPool = new WeakMap<Sql, Wires>()

/** Lends a connection to `work` alone. It comes back only when the work succeeded or PostgreSQL itself refused it. */
export async function withWire<Result>(sql: Sql, work: Work<Result>): Promise<Result> {
  const { idle } = wiresOf(sql)
  const connection = openOf(idle) ?? (await connectWire(sql))
  connection.keepsProcessAlive(true)
  try {
    return await work(connection)
  } finally {
    connection.keepsProcessAlive(false)
    if (connection.isOpen()) idle.push(connection)
  }
}

/** Lends a connection that another user may share. Each run on it must be a transaction of its own. */
export async function withSharedWire<Result>(
  sql: Sql,
  work: Work<Result>,
  { connectTimeoutMs = 5_000 } = {}
): Promise<Result> {
  const wires = wiresOf(sql)
  wires.shared = wires.shared.filter(({ connection }) => connection?.isOpen() !== false)
  const lent = wires.shared.find(({ users }) => users < sharersMax) ?? open(sql, wires, connectTimeoutMs)
  lent.users += 1
  try {
    const connection = (lent.connection ??= await lent.opening)
    connection.keepsProcessAlive(true)
    return await work(connection)
  } finally {
    lent.users -= 1
    if (lent.users === 0) lent.connection?.keepsProcessAlive(false)
    if (lent.connection === undefined) wires.shared = wires.shared.filter(other => other !== lent)
  }
}

function open(sql: Sql, { shared }: Wires, connectTimeoutMs: number): Shared {
  const opened: Shared = { opening: connectWire(sql, { connectTimeoutMs }), connection: undefined, users: 0 }
  shared.push(opened)
  return opened
}

/** Ends the unused writing connections of a pool; call it before `sql.end()`. */
export function closeWires(sql: Sql): void {
  const wires = wiresOf(sql)
  for (const connection of wires.idle.splice(0)) connection.close()
  for (const { users, connection } of wires.shared.splice(0)) if (users === 0) connection?.close()
}

/** A connection that ended while it was unused is not handed out. */
function openOf(idle: WireConnection[]): WireConnection | undefined {
  for (let connection = idle.pop(); connection; connection = idle.pop()) {
    if (connection.isOpen()) return connection
  }
  return undefined
}

function wiresOf(sql: Sql): Wires {
  const known = wiresByPool.get(sql)
  if (known) return known
  const wires: Wires = { idle: [], shared: [] }
  wiresByPool.set(sql, wires)
  return wires
}
