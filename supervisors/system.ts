/** The node as instance admins see it: the supervision tree with the state of each process, and the pipeline. */
import type { LoadMonitorMessage } from '../actors/cluster/messages.ts'
import type { EventRouterMessage, RouterStatus } from '../actors/ingestion/messages.ts'
import { names } from '../actors/names.ts'
import type { SpoolMessage, SpoolStatus } from '../actors/storage/messages.ts'
import {
  processName,
  supervisionTree,
  type LocalMesh,
  type SupervisionTree,
  type SupervisorMessage
} from '../mesh/index.ts'
import type { Pid } from '../mesh/types.ts'
import type { NodeItem, PipelineFigures, ProcessNode } from '../schema/api/system.ts'
import type { NodeReport } from '../schema/nodes.ts'
import type { Totals } from '../services/machine/metrics.ts'

/** The name of the root supervisor. */
export const rootName = processName<SupervisorMessage>('mesher')

export function rootPid(mesh: LocalMesh): Pid {
  const pid = mesh.whereis(rootName)
  if (pid === undefined) throw new Error('the root supervisor has ended')
  return pid
}

export async function processTree(mesh: LocalMesh, root: Pid): Promise<ProcessNode[]> {
  return [shown(await supervisionTree(mesh, root))]
}

function shown({
  id,
  pid,
  type,
  state,
  restarts,
  mailboxLength,
  uptimeMs,
  children,
  omitted
}: SupervisionTree): ProcessNode {
  return {
    name: id,
    pid: pid === undefined ? null : `${pid.node}.${pid.incarnation}.${pid.serial}`,
    type,
    state,
    mailbox: mailboxLength,
    restarts,
    uptime: Math.round(uptimeMs) / 1_000,
    children: children.map(shown),
    omitted
  }
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
