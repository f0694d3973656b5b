/** The settings of a node about other nodes: which ones it links with, and its port and certificates for them. */
import { readFileSync } from 'node:fs'
import type { MeshNode, NodeOptions } from '../mesh/index.ts'
import type { Config } from '../schema/config.ts'
import { startError } from '../services/database/start-error.ts'

export type ClusterSettings = Pick<NodeOptions, 'cookie' | 'tls' | 'advertise' | 'join'> & {
  listen: { host: string; port: number }
  /** Nodes are looked for in the database. */
  discovers: boolean
}

/** This node among others. */
export type Cluster = {
  settings: ClusterSettings | null
  /** Null while the node is not started, and always without a cookie. */
  node: () => MeshNode | null
  hold: (node: MeshNode | null) => void
  /** The id of the database: only nodes that work on the same one link. */
  database: () => string
  /** Tells what the id is by now; false when that is nothing new. */
  noteDatabase: (id: string) => boolean
}

/**
 * Null for a node without a cookie, which links with no other. Workers of one start find each other in the database,
 * whatever nodes they are told to join.
 */
export function clusterSettings(config: Config, { hasSiblings }: { hasSiblings: boolean }): ClusterSettings | null {
  const { cookie, join, host, meshHost, meshPort, meshAddress, meshTlsCert, meshTlsKey, meshTlsCa } = config
  if (cookie === null) return null
  return {
    cookie,
    join,
    discovers: join.length === 0 || hasSiblings,
    listen: { host: meshHost ?? host, port: meshPort },
    ...(meshAddress !== null && { advertise: meshAddress }),
    ...(meshTlsCert !== null &&
      meshTlsKey !== null && {
        tls: { cert: pemOf(meshTlsCert), key: pemOf(meshTlsKey), ...(meshTlsCa !== null && { ca: pemOf(meshTlsCa) }) }
      })
  }
}

export function clusterOf(
  config: Config,
  { hasSiblings, database }: { hasSiblings: boolean; database: string }
): Cluster {
  let held: MeshNode | null = null
  let known = database
  return {
    settings: clusterSettings(config, { hasSiblings }),
    node: () => held,
    hold: node => {
      held = node
    },
    database: () => known,
    noteDatabase: id => {
      const isNew = id !== known
      known = id
      return isNew
    }
  }
}

function pemOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw startError(
      'mesh_tls',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'The settings mesh-tls-cert, mesh-tls-key and mesh-tls-ca name files in PEM that Mesher may read.',
      error
    )
  }
}
