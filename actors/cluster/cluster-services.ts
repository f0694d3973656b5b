/**
 * ClusterServices makes the processes of this node known in the cluster: it registers their global names, adds them to
 * rooms, and lets them hear of nodes. It looks every `tickMs` for processes that have started since, because processes
 * are restarted. A process that has ended is dropped when its monitor reports it. Without a node (no links) it waits
 * for the next tick.
 */
import type { MeshNode } from '../../mesh/index.ts'
import { samePid } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName, Self } from '../../mesh/types.ts'
import type { ClusterServicesMessage } from './messages.ts'

export type Service = {
  name: ProcessName<never>
  /** Its global name. */
  global?: string
  room?: string
  /** It gets the signals `nodeup` and `nodedown`. */
  hearsOfNodes?: boolean
}

export type ClusterServicesOptions = {
  services: readonly Service[]
  node: () => Pick<MeshNode, 'names' | 'rooms' | 'monitorNodes'> | null
  tickMs: number
}

type State = { known: Map<string, Pid> }

export function clusterServices(options: ClusterServicesOptions): Behaviour<ClusterServicesMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'look' }, options.tickMs)
      return look({ known: new Map() }, options, self)
    },
    handle: (state, _message, self) => look(state, options, self),
    info: (state, signal) => {
      if (signal.type !== 'down') return state
      for (const [name, pid] of state.known) if (samePid(pid, signal.pid)) state.known.delete(name)
      return state
    }
  }
}

function look(
  state: State,
  { services, node: current }: ClusterServicesOptions,
  self: Self<ClusterServicesMessage>
): State {
  const node = current()
  if (node === null) return state
  for (const { name, global, room, hearsOfNodes } of services) {
    const pid = self.whereis(name)
    if (pid === undefined || state.known.has(name)) continue
    state.known.set(name, pid)
    self.monitor(pid)
    if (global !== undefined) node.names.register(global, pid)
    if (room !== undefined) node.rooms.join(room, pid)
    if (hearsOfNodes === true) node.monitorNodes(pid)
  }
  return state
}
