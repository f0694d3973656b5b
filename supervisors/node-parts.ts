/**
 * The parts of a node that exist before its tree starts: settings, connections, the process runtime. Every subtree
 * takes what it needs from them and builds the rest itself.
 */
import type { Dashboard } from '../edge/dashboard-files.ts'
import type { Transport } from '../edge/transport/types.ts'
import type { LocalMesh } from '../mesh/index.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import type { NodeClock } from '../services/database/clock.ts'
import type { Database } from '../services/database/database.ts'
import type { Sql } from '../services/database/sql.ts'
import type { Cluster } from './cluster-settings.ts'

export type NodeParts = {
  config: Config
  version: string
  log: Log
  mesh: LocalMesh
  /** Milliseconds, monotonic. */
  now: () => number
  /** The database's clock, as this node knows it. */
  clock: NodeClock
  /** Milliseconds since the epoch, by that clock. */
  wallNow: () => number
  database: Pick<Database, 'onLost' | 'restart' | 'url' | 'version'>
  sql: Sql
  /** Connections for reading, which never wait behind the writers. */
  apiSql: Sql
  /** For leases, and for the row in the list of nodes. */
  leaseSql: Sql
  /** This node among others. */
  cluster: Cluster
  /**
   * The names of the workers of this start, with this node's: they share the port. Empty for a node with a port of its
   * own.
   */
  workers: readonly string[]
  /** What serves HTTP. */
  transport: Transport
  /** The dashboard's files; null when it has not been built. */
  dashboard: Dashboard | null
}
