/**
 * The process runtime: isolated processes with mailboxes, links, monitors, names, calls and supervisors, in the words of
 * Erlang/OTP. This is its whole surface; the types are in `types.ts`.
 */
export { CallTimeout, ExitError, Overloaded, formatReason, isAbnormal } from './exit-reason.ts'
export { startMesh } from './local-mesh.ts'
export type { LocalMesh } from './local-mesh.ts'
export { pidKey, processName, samePid } from './pid.ts'
export type { CrashReport, DeadLetter, MeshOptions } from './runtime.ts'
export { countChildren, restartChild, startChild, startSupervisor, terminateChild, whenStarted, whichChildren } from './supervise.ts'
export type { ChildCounts, SupervisorMessage } from './supervisor-messages.ts'
export type { ChildInfo } from './supervisor-child.ts'
export { worker } from './worker.ts'
export { supervisionTree } from './supervision-tree.ts'
export type { SupervisionTree } from './supervision-tree.ts'
