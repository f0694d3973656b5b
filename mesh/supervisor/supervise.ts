/** The functions for code that uses supervisors: start one, list its children, start and stop children. */
import { ExitError } from '../process/exit-reason.ts'
import type { ChildAnswer, ChildInfo, ReplaceAnswer } from './child.ts'
import type { ChildCounts, SupervisorMessage } from './messages.ts'
import { spawnListSupervisor, spawnTemplateSupervisor } from './supervisor.ts'
import type { ErrorText, ListSpec, Mesh, Pid, ReplyTo, SpawnOptions, Target, TemplateSpec } from '../types.ts'

/** Any supervisor, for functions that do not depend on the kind of its children. */
export type AnySupervisor = Target<SupervisorMessage<never>>

/** A child may take as long as it needs to start or to stop. The call ends when the supervisor does. */
const patienceMs = 2 ** 31 - 1

export function startSupervisor(mesh: Mesh, spec: ListSpec, options?: SpawnOptions): Pid<SupervisorMessage>
export function startSupervisor<Args>(
  mesh: Mesh,
  spec: TemplateSpec<Args>,
  options?: SpawnOptions
): Pid<SupervisorMessage<Args>>
export function startSupervisor<Args>(
  mesh: Mesh,
  spec: ListSpec | TemplateSpec<Args>,
  options: SpawnOptions = {}
): Pid<SupervisorMessage<never>> {
  return spec.strategy === 'simple_one_for_one'
    ? spawnTemplateSupervisor(mesh, spec, options)
    : spawnListSupervisor(mesh, spec, options)
}

/** Resolves when all children of a supervisor, and theirs, have started; rejects with an ExitError if one did not. */
export async function whenStarted(mesh: Mesh, supervisor: AnySupervisor): Promise<void> {
  await mesh.call(supervisor, (replyTo: ReplyTo<true>) => ({ type: 'when_started', replyTo }), patienceMs)
}

/**
 * Adds a child: from a spec, or from the template with these arguments. Rejects with an ExitError when it does not
 * start.
 */
export async function startChild<Args>(
  mesh: Mesh,
  supervisor: Target<SupervisorMessage<Args>>,
  args: Args
): Promise<Pid> {
  return pidOf(
    await mesh.call(supervisor, (replyTo: ReplyTo<ChildAnswer>) => ({ type: 'start_child', args, replyTo }), patienceMs)
  )
}

/** Starts a child that was terminated, or that ended without a restart. */
export async function restartChild(mesh: Mesh, supervisor: AnySupervisor, id: string): Promise<Pid> {
  return pidOf(
    await mesh.call(supervisor, (replyTo: ReplyTo<ChildAnswer>) => ({ type: 'restart_child', id, replyTo }), patienceMs)
  )
}

/**
 * Resolves when the child has ended; with false when there is no such child. Children of a template are named by pid.
 */
export function terminateChild(mesh: Mesh, supervisor: AnySupervisor, child: string | Pid): Promise<boolean> {
  return mesh.call(supervisor, (replyTo: ReplyTo<boolean>) => ({ type: 'terminate_child', child, replyTo }), patienceMs)
}

/**
 * Ends a running child as a crash with this error would, so that its supervisor restarts it by its strategy. Refused
 * where that would not bring the child back.
 */
export function replaceChild(
  mesh: Mesh,
  supervisor: AnySupervisor,
  child: Pid,
  error: ErrorText
): Promise<ReplaceAnswer> {
  return mesh.call(supervisor, (replyTo: ReplyTo<ReplaceAnswer>) => ({ type: 'replace_child', child, error, replyTo }))
}

export function whichChildren(mesh: Mesh, supervisor: AnySupervisor): Promise<ChildInfo[]> {
  return mesh.call(supervisor, (replyTo: ReplyTo<ChildInfo[]>) => ({ type: 'which_children', replyTo }))
}

export function countChildren(mesh: Mesh, supervisor: AnySupervisor): Promise<ChildCounts> {
  return mesh.call(supervisor, (replyTo: ReplyTo<ChildCounts>) => ({ type: 'count_children', replyTo }))
}

function pidOf(answer: ChildAnswer): Pid {
  if (!answer.ok) throw new ExitError(answer.reason)
  return answer.pid
}
