/** The node as instance admins see it: the supervision tree with the state of each process, and the pipeline. */
import type { LoadMonitorMessage } from '../actors/cluster/messages.ts'
import type { EventRouterMessage, RouterStatus } from '../actors/ingestion/messages.ts'
import { globalNames, names } from '../actors/names.ts'
import type { SpoolMessage, SpoolStatus } from '../actors/storage/messages.ts'
import {
  formatReason,
  pidKey,
  processName,
  replaceChild,
  supervisionTree,
  supervisorOf,
  type LocalMesh,
  type MeshNode,
  type SupervisionTree,
  type SupervisorMessage
} from '../mesh/index.ts'
import type { Pid } from '../mesh/types.ts'
import type { NodeItem, PipelineFigures, ProcessNode } from '../schema/api/system.ts'
import type { NodeReport } from '../schema/nodes.ts'
import type { RestartOutcome } from '../api/types.ts'
import type { Totals } from '../services/machine/metrics.ts'
import type { NodeParts } from './node-parts.ts'

/** The name of the root supervisor. */
export const rootName = processName<SupervisorMessage>('mesher')

export function rootPid(mesh: LocalMesh): Pid {
  const pid = mesh.whereis(rootName)
  if (pid === undefined) throw new Error('the root supervisor has ended')
  return pid
}

export async function processTree(mesh: LocalMesh, root: Pid, node: MeshNode | null): Promise<ProcessNode[]> {
  const global = new Map<string, string[]>()
  for (const { name, owner } of node?.names.list() ?? []) {
    global.set(pidKey(owner), [...(global.get(pidKey(owner)) ?? []), name])
  }
  return [shown(await supervisionTree(mesh, root), global)]
}

const reasonCharsMax = 500

function shown(tree: SupervisionTree, global: ReadonlyMap<string, string[]>): ProcessNode {
  const { id, pid, type, state, restart, restarts, lastExit, names, mailboxLength, uptimeMs, children, omitted } = tree
  const key = pid === undefined ? null : pidKey(pid)
  return {
    name: id,
    registered: [...names, ...((key !== null && global.get(key)) || [])],
    pid: key,
    type,
    state,
    mailbox: mailboxLength,
    restarts,
    last_exit: lastExit === undefined ? null : lastExitOf(lastExit),
    restartable: restart !== 'temporary',
    uptime: Math.round(uptimeMs) / 1_000,
    children: children.map(child => shown(child, global)),
    omitted
  }
}

function lastExitOf({ reason, at }: NonNullable<SupervisionTree['lastExit']>): ProcessNode['last_exit'] {
  return { reason: formatReason(reason).slice(0, reasonCharsMax), at: new Date(at).toISOString() }
}

/**
 * Ends a process of any node as a crash would. Its supervisor is found from the root of its node, which the node has
 * registered in the cluster.
 */
export async function restartByHand(
  { mesh, cluster, log }: Pick<NodeParts, 'mesh' | 'cluster' | 'log'>,
  pid: string,
  by: string
): Promise<RestartOutcome> {
  const node = pid.replace(/\.\d+\.\d+$/, '')
  const root = node === mesh.name ? rootPid(mesh) : cluster.node()?.names.whereis(globalNames.root(node))
  const found = root && (await supervisorOf(mesh, root, pid))
  if (found === undefined) return 'unknown'
  const { supervisor, id, child } = found
  const error = { name: 'RestartedByHand', message: `${by} restarted it` }
  const answer = await replaceChild(mesh, supervisor, child, error)
  if (answer !== 'replaced') return answer
  log.warn({ process: id, pid, user: by }, `${by} restarted ${id} by hand`)
  return { name: id }
}

/** This node first, then the nodes that are linked with it. */
export async function nodeItems(mesh: LocalMesh): Promise<NodeItem[]> {
  const reports = await mesh.call<LoadMonitorMessage, NodeReport[]>(names.loadMonitor, replyTo => ({
    type: 'nodes',
    replyTo
  }))
  return reports.map(({ name, address, incarnation, links, load, routes, refused }) => ({
    name,
    address,
    incarnation,
    links,
    load,
    routes,
    refused,
    self: name === mesh.name
  }))
}

/** Returns a function that measures how busy the event loop was since its last call: 0 to 1. */
export function loadMeter(): () => number {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  }
}

const patienceMs = 1_000

export async function pipelineOf(mesh: LocalMesh, totals: Totals): Promise<PipelineFigures> {
  const [router, spool] = await Promise.all([
    mesh
      .call<EventRouterMessage, RouterStatus>(names.eventRouter, replyTo => ({ type: 'status', replyTo }), patienceMs)
      .catch(() => null),
    mesh
      .call<SpoolMessage, SpoolStatus>(names.spoolReplayer, replyTo => ({ type: 'status', replyTo }), patienceMs)
      .catch(() => null)
  ])
  return {
    at: new Date().toISOString(),
    ...totals,
    waiting:
      router === null
        ? null
        : { batches: router.heldBatches, oldest_seconds: Math.max(0, router.oldestHeldMs) / 1_000 },
    spool:
      spool === null
        ? null
        : { database_down: spool.outage !== null, accepting: spool.accepting, files: spool.files, bytes: spool.bytes }
  }
}
