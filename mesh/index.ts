/**
 * The process runtime: isolated processes with mailboxes, links, monitors, names, calls and supervisors, in the terms
 * of Erlang/OTP; and nodes, which link several runtimes into one. This file is the whole public surface; the types are
 * in `types.ts`. `README.md` describes the folders, `docs/mesh.md` the semantics.
 */
export { systemClock } from './process/clock.ts'
export type { Clock } from './process/clock.ts'
export { ConnectError } from './node/connecting.ts'
export { CallTimeout, ExitError, Overloaded, formatReason, isAbnormal } from './process/exit-reason.ts'
export { startMesh } from './process/local-mesh.ts'
export type { LocalMesh } from './process/local-mesh.ts'
export type { GlobalNames } from './node/global-names.ts'
export { startNode } from './node/node.ts'
export type { MeshNode } from './node/node.ts'
export { pipeToSelf } from './process/pipe-to-self.ts'
export type { LinkInfo, NodeEvent, NodeLimits, NodeOptions, NodeTiming, RefusedNode } from './node/node-types.ts'
export { pidKey, processName, samePid } from './process/pid.ts'
export { remoteChild } from './node/remote-child.ts'
export type { RemoteSpawnOptions } from './node/remote-spawn.ts'
export type { Room, Rooms } from './node/rooms.ts'
export type { CrashReport, DeadLetter, MeshOptions } from './process/runtime.ts'
export {
  countChildren,
  replaceChild,
  restartChild,
  startChild,
  startSupervisor,
  terminateChild,
  whenStarted,
  whichChildren
} from './supervisor/supervise.ts'
export type { ChildCounts, SupervisorMessage } from './supervisor/messages.ts'
export type { ChildInfo, ReplaceAnswer } from './supervisor/child.ts'
export { worker } from './process/worker.ts'
export { supervisionTree, supervisorOf } from './supervisor/supervision-tree.ts'
export type { SupervisionTree } from './supervisor/supervision-tree.ts'
