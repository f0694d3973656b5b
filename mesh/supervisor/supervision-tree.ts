/**
 * The tree of supervisors and their children with their states, for the system page. Every supervisor is called. One
 * that has just ended, or is too busy to reply, is shown without its children.
 */
import type { LocalMesh } from '../process/local-mesh.ts'
import { pidKey } from '../process/pid.ts'
import type { Address } from '../process/pid.ts'
import { whichChildren } from './supervise.ts'
import type { ChildInfo, ChildState } from './child.ts'
import type { Mesh, Pid } from '../types.ts'

export type SupervisionTree = {
  readonly id: string
  readonly pid: Pid | undefined
  readonly type: 'worker' | 'supervisor'
  readonly state: ChildState
  /** Whether its supervisor starts it again after a crash. */
  readonly restart: ChildInfo['restart']
  readonly restarts: number
  readonly lastExit: ChildInfo['lastExit']
  /** The local names that it is registered under. */
  readonly names: readonly string[]
  readonly mailboxLength: number
  readonly uptimeMs: number
  readonly children: readonly SupervisionTree[]
  /** Number of children that a long list leaves out. */
  readonly omitted: number
}

const childrenMax = 100

export function supervisionTree(mesh: LocalMesh, supervisor: Pid): Promise<SupervisionTree> {
  const state = mesh.isAlive(supervisor) ? 'running' : 'down'
  const id = mesh.processInfo(supervisor)?.label ?? 'supervisor'
  return node(mesh, {
    id,
    pid: supervisor,
    state,
    type: 'supervisor',
    restart: 'temporary',
    restarts: 0,
    lastExit: undefined
  })
}

async function node(
  mesh: LocalMesh,
  { id, pid, type, state, restart, restarts, lastExit }: ChildInfo
): Promise<SupervisionTree> {
  const info = pid && mesh.processInfo(pid)
  const children = type === 'supervisor' && pid !== undefined ? await childrenOf(mesh, pid) : []
  const shown = await Promise.all(children.slice(0, childrenMax).map(child => node(mesh, child)))
  return {
    id,
    pid,
    type,
    state,
    restart,
    restarts,
    lastExit,
    names: info?.names ?? [],
    mailboxLength: info?.mailboxLength ?? 0,
    uptimeMs: info?.uptimeMs ?? 0,
    children: shown,
    omitted: children.length - shown.length
  }
}

/** The child spec says that this is a supervisor; the type of the pid does not. */
async function childrenOf(mesh: Mesh, supervisor: Address): Promise<ChildInfo[]> {
  try {
    return await whichChildren(mesh, supervisor)
  } catch {
    return []
  }
}

/** The supervisor of a process, found from a root; of this node or of another one. Undefined when none has it. */
export async function supervisorOf(
  mesh: Mesh,
  root: Address,
  pid: string
): Promise<{ readonly supervisor: Address; readonly id: string; readonly child: Pid } | undefined> {
  const waiting: Address[] = [root]
  for (let supervisor = waiting.pop(); supervisor !== undefined; supervisor = waiting.pop()) {
    for (const child of await childrenOf(mesh, supervisor)) {
      if (child.pid === undefined) continue
      if (pidKey(child.pid) === pid) return { supervisor, id: child.id, child: child.pid }
      if (child.type === 'supervisor') waiting.push(child.pid)
    }
  }
  return undefined
}
