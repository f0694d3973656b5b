/** The node as instance admins see it: the supervision tree with what each process is doing. */
import { supervisionTree, type LocalMesh, type SupervisionTree } from '../mesh/index.ts'
import type { Pid } from '../mesh/types.ts'
import type { ProcessNode } from '../schema/api/system.ts'

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
    uptime_ms: Math.round(uptimeMs),
    children: children.map(shown),
    omitted
  }
}
