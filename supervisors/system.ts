/** The node as instance admins see it: the supervision tree with what each process is doing. */
import { supervisionTree, type LocalMesh, type SupervisionTree } from '../mesh/index.ts'
import type { Pid } from '../mesh/types.ts'
import type { NodeItem, ProcessNode } from '../schema/api/system.ts'

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
