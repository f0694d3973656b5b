/**
 * The processes that make a node part of a cluster: its port and links, names and rooms, the live stream between nodes,
 * its load and its row in the list of nodes. They start first and stop last, so that other nodes still hear what the
 * other processes do at their end. rest_for_one: all of them rely on the node, and tell a restarted one again what it
 * must know. Without a cookie there is only the row.
 */
import { clusterNode } from '../actors/cluster/cluster-node.ts'
import { clusterServices, type Service } from '../actors/cluster/cluster-services.ts'
import { figuresTeller } from '../actors/cluster/figures-teller.ts'
import { loadMonitor } from '../actors/cluster/load-monitor.ts'
import { nodeDirectory } from '../actors/cluster/node-directory.ts'
import { guestProcessor } from '../actors/ingestion/guest-processor.ts'
import { globalNames, names, rooms } from '../actors/names.ts'
import { streamRelay } from '../actors/streaming/stream-relay.ts'
import { prepareEvent } from '../events/prepare.ts'
import { startNode, worker, type MeshNode, type NodeTiming } from '../mesh/index.ts'
import type { ChildSpec, ListSpec, ProcessName } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { NodeReport } from '../schema/nodes.ts'
import { readIdentity } from '../services/cluster/identity.ts'
import { forgetNodes, listNodes, noteNode, removeNode, silentMs } from '../services/cluster/nodes.ts'
import { eventLog, sentenceOf } from './cluster-log.ts'
import { thisProcess } from '../services/machine/this-process.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { NodeFigures } from './figures.ts'
import { guestBehaviour } from './guest-starter.ts'
import { processorOptions, type IngestionDeps } from './ingestion.ts'
import type { NodeParts } from './node-parts.ts'
import type { SymbolicationDeps } from './symbolication.ts'
import { loadMeter, rootName } from './system.ts'

/** Grows with every change of the messages between nodes: only nodes with the same version link. */
export const clusterProtocol = 'mesher 3'
/** Rooms are the projects that are followed. */
const roomsMax = 100_000

export type ClusterDeps = Pick<
  NodeParts,
  'config' | 'version' | 'mesh' | 'cluster' | 'leaseSql' | 'workers' | 'now' | 'log'
> &
  Pick<IngestionDeps, 'prepare' | 'symbols'> & {
    meshTiming: Partial<NodeTiming>
    /** How busy the event loop was since the last call: 0 to 1. */
    measureLoad: () => number
    loadTickMs: number
    /** The figures of this node alone. */
    figures: () => Promise<string>
  }

export function clusterDeps(
  { config, version, mesh, cluster, leaseSql, workers, now, log }: NodeParts,
  { figures, symbols }: Pick<NodeFigures, 'figures'> & SymbolicationDeps
): ClusterDeps {
  return {
    config,
    version,
    mesh,
    cluster,
    leaseSql,
    workers,
    now,
    log,
    symbols,
    figures,
    prepare: prepareEvent,
    meshTiming: {},
    measureLoad: loadMeter(),
    loadTickMs: 5_000
  }
}

export function cluster(deps: ClusterDeps): ListSpec {
  const { settings } = deps.cluster
  return {
    id: 'cluster',
    strategy: 'rest_for_one',
    maxRestarts: 10,
    withinMs: 60_000,
    children: [
      ...(settings === null ? [] : linked(deps, settings)),
      { id: 'node-directory', name: names.nodeDirectory, start: () => worker(directory(deps)) },
      { id: 'load-monitor', name: names.loadMonitor, start: () => worker(monitor(deps)) }
    ]
  }
}

function linked(deps: ClusterDeps, settings: ClusterSettings): ChildSpec[] {
  const { cluster, mesh, now, workers, figures } = deps
  return [
    {
      id: 'cluster-node',
      name: names.clusterNode,
      start: () => worker(clusterNode({ start: () => openNode(deps, settings), hold: cluster.hold }))
    },
    {
      id: 'cluster-services',
      name: names.clusterServices,
      start: () => worker(clusterServices({ services: servicesOf(mesh.name), node: cluster.node, tickMs: 100 }))
    },
    ...(workers.length === 0
      ? []
      : [{ id: 'figures-teller', name: names.figuresTeller, start: () => worker(figuresTeller({ text: figures })) }]),
    {
      id: 'stream-relay',
      name: names.streamRelay,
      start: () =>
        worker(
          streamRelay({
            node: cluster.node,
            name: mesh.name,
            manager: names.streamManager,
            relayOf: name => cluster.node()?.names.whereis(globalNames.streamRelay(name)),
            room: rooms.stream,
            roomOf: rooms.streamOf,
            now
          })
        )
    }
  ]
}

function servicesOf(node: string): Service[] {
  return [
    { name: rootName, global: globalNames.root(node) },
    { name: names.eventRouter, global: globalNames.eventRouter(node) },
    { name: names.storageWriter, global: globalNames.storageWriter(node) },
    { name: names.streamRelay, global: globalNames.streamRelay(node) },
    { name: names.figuresTeller, global: globalNames.figuresTeller(node) },
    { name: names.rateLimiter, room: rooms.rates, hearsOfNodes: true },
    { name: names.loadMonitor, room: rooms.load, hearsOfNodes: true }
  ]
}

async function openNode(
  deps: ClusterDeps,
  { cookie, listen, advertise, tls, join }: ClusterSettings
): Promise<MeshNode> {
  const { mesh, log, meshTiming } = deps
  const node = await startNode(mesh, {
    cookie,
    protocol: clusterProtocol,
    identity: deps.cluster.database,
    listen,
    join: join ?? [],
    ...(advertise !== undefined && { advertise }),
    ...(tls !== undefined && { tls }),
    behaviours: { [guestBehaviour]: args => worker(guest(deps, args)) },
    limits: { roomsMax },
    timing: meshTiming,
    onEvent: eventLog(log)
  }).catch((error: unknown) => {
    throw new Error(
      `the port for other nodes, ${listen.host}:${listen.port}, cannot be listened on: ` +
        `${error instanceof Error ? error.message : String(error)}. ` +
        'Choose another with --mesh-port or --mesh-host.',
      { cause: error }
    )
  })
  log.info(`other nodes reach this one at ${node.id.address}`)
  return node
}

function guest(deps: ClusterDeps, args: unknown) {
  const { mesh } = deps
  const watch: ProcessName<never>[] = [names.storageWriter, names.spoolReplayer]
  for (const name of watch) if (mesh.whereis(name) === undefined) throw new Error(`${name} is not there just now`)
  return guestProcessor({ ...processorOptions(deps), watch }, args)
}

function identityOf({ mesh, cluster }: ClusterDeps): Pick<NodeReport, 'name' | 'incarnation' | 'address'> {
  return { name: mesh.name, incarnation: mesh.incarnation, address: cluster.node()?.id.address ?? null }
}

function directory(deps: ClusterDeps) {
  const { cluster, leaseSql, version, log } = deps
  const me = () => identityOf(deps)
  return nodeDirectory({
    note: async report => {
      await noteNode(leaseSql, report, { version, process: thisProcess() })
      await forgetNodes(leaseSql, report)
      if (cluster.noteDatabase(await readIdentity(leaseSql))) relink(cluster.node(), log)
      const listed = await listNodes(leaseSql)
      return listed.filter(({ seenMsAgo }) => seenMsAgo < silentMs)
    },
    remove: () => removeNode(leaseSql, me()),
    connect: cluster.settings?.discovers === true ? address => link(cluster.node(), address) : null,
    self: me,
    log
  })
}

/** The address leads to another database by now: nodes that have not moved there too are refused from here on. */
function relink(node: MeshNode | null, log: Log): void {
  log.warn('the database is another one than before: links with other nodes are made anew')
  for (const { name } of node?.list() ?? []) node?.disconnect(name)
}

/** A node that cannot be reached is tried again when the list is read next. */
function link(node: MeshNode | null, address: string): void {
  if (node === null || node.list().some(other => other.address === address)) return
  node.connect(address).catch(() => {})
}

function monitor(deps: ClusterDeps) {
  const { cluster, config, measureLoad, loadTickMs } = deps
  return loadMonitor({
    identity: () => identityOf(deps),
    links: () => cluster.node()?.links() ?? [],
    refused: () =>
      (cluster.node()?.refused() ?? []).map(({ name, address, ...refusal }) => ({
        name,
        address,
        why: sentenceOf(refusal)
      })),
    measure: measureLoad,
    loadMax: config.loadMax,
    tell: message => {
      cluster.node()?.rooms.publish(rooms.load, message)
    },
    directory: names.nodeDirectory,
    router: names.eventRouter,
    tickMs: loadTickMs
  })
}
