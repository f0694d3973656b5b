/** The node as instance admins see it: the supervision tree with what each process is doing, and the pipeline. */
import type { EventRouterMessage, RouterStatus } from '../actors/event-router.ts'
import type { names as processNames } from '../actors/names.ts'
import type { SpoolMessage, SpoolStatus } from '../actors/spool-replayer.ts'
import { supervisionTree, type LocalMesh, type SupervisionTree } from '../mesh/index.ts'
import type { Pid } from '../mesh/types.ts'
import type { NodeItem, PipelineFigures, ProcessNode } from '../schema/api/system.ts'
import type { Totals } from '../services/metrics.ts'

export async function processTree (mesh: LocalMesh, root: Pid): Promise<ProcessNode[]> {
  return [shown(await supervisionTree(mesh, root))]
}

function shown ({ id, pid, type, state, restarts, mailboxLength, uptimeMs, children, omitted }: SupervisionTree): ProcessNode {
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

/** `load` is the share of its time that the event loop was busy since the start. */
export function thisNode (mesh: LocalMesh, { incarnation }: Pid): NodeItem {
  return { name: mesh.name, address: null, incarnation, links: [], load: performance.eventLoopUtilization().utilization, self: true }
}

const patienceMs = 1_000

export async function pipelineOf (mesh: LocalMesh, names: typeof processNames, totals: Totals): Promise<PipelineFigures> {
  const [router, spool] = await Promise.all([
    mesh.call<EventRouterMessage, RouterStatus>(names.eventRouter, replyTo => ({ type: 'status', replyTo }), patienceMs).catch(() => null),
    mesh.call<SpoolMessage, SpoolStatus>(names.spoolReplayer, replyTo => ({ type: 'status', replyTo }), patienceMs).catch(() => null)
  ])
  return {
    at: new Date().toISOString(),
    ...totals,
    waiting: router === null ? null : { batches: router.heldBatches, oldest_seconds: Math.max(0, router.oldestHeldMs) / 1_000 },
    spool: spool === null ? null : { database_down: spool.databaseDown, accepting: spool.accepting, files: spool.files, bytes: spool.bytes }
  }
}
