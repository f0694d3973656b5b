/**
 * The state of a supervisor and its transitions: start and stop a child, restart one or a group, end. Nothing here
 * waits: `advance` continues a transition when a signal reports that a child has started or ended.
 */
import { errorText, formatReason, isAbnormal } from '../process/exit-reason.ts'
import { admitsRestart, pauseMsBefore } from './intensity.ts'
import type { Intensity } from './intensity.ts'
import { pidKey } from '../process/pid.ts'
import { isAlive } from './child.ts'
import type { Child } from './child.ts'
import type { SupervisorMessage } from './messages.ts'
import type { ExitReason, Mesh, Pid, ReplyTo, Self, SpawnOptions, Startable, Strategy } from '../types.ts'

/**
 * 'steady': every child runs or waits for its own restart. 'starting': children start in order, each after the one
 * before. 'clearing': the children from `from` on are stopped in reverse; when `rested` is set they are started again.
 */
export type Phase =
  | { readonly name: 'steady' }
  | { readonly name: 'starting' }
  | { readonly name: 'clearing'; readonly from: Child; rested: boolean; readonly cancelRest: () => void }
  | { readonly name: 'ending'; readonly reason: ExitReason }

export type Family<Args> = {
  readonly id: string
  readonly strategy: Strategy
  readonly self: Self<SupervisorMessage<Args>>
  readonly admit: (args: Args) => Child
  readonly spawnChild: (mesh: Mesh, startable: Startable, options: SpawnOptions) => Pid
  readonly intensity: Intensity
  /** In start order. */
  readonly children: Map<string, Child>
  readonly byPid: Map<string, Child>
  phase: Phase
  hasStarted: boolean
  readonly startWaiters: ReplyTo<true>[]
  restarts: number
}

const shutdownMsDefault = 5000

export function start<Args>(family: Family<Args>, child: Child): void {
  const { self, byPid } = family
  child.state = 'starting'
  try {
    const startable = child.make()
    child.type = 'spawnUnder' in startable ? 'worker' : 'supervisor'
    child.pid = family.spawnChild(self, startable, spawnOptions(child, self.pid))
    byPid.set(pidKey(child.pid), child)
  } catch (error) {
    // A child that cannot even be made has failed to start.
    childEnded(family, child, { error: errorText(error) })
  }
}

function spawnOptions({ id, name, mailbox }: Child, supervisor: Pid): SpawnOptions {
  return {
    label: id,
    link: supervisor,
    startedTo: supervisor,
    ...(name !== undefined && { name }),
    ...(mailbox && { mailbox })
  }
}

export function childStarted<Args>(family: Family<Args>, child: Child): void {
  if (child.state === 'starting') {
    child.state = 'running'
    child.hasRun = true
    answerStarter(family, child)
  }
  advance(family)
}

function answerStarter<Args>({ self }: Family<Args>, child: Child, failure?: ExitReason): void {
  const { starter, pid } = child
  child.starter = undefined
  if (starter === undefined) return
  if (failure !== undefined) self.reply(starter, { ok: false, reason: failure })
  else if (pid !== undefined) self.reply(starter, { ok: true, pid })
}

export function stop<Args>({ self }: Family<Args>, child: Child): void {
  if (child.pid === undefined || child.state === 'stopping') return
  child.state = 'stopping'
  if (child.shutdown === 'brutal_kill') return self.exit(child.pid, 'killed')

  self.exit(child.pid, 'shutdown')
  killLater(self, child, child.pid)
}

/** Asks a running child to end with a reason that counts as a crash. */
export function endForRestart<Args>({ self }: Family<Args>, child: Child, reason: ExitReason): void {
  if (child.pid === undefined) return
  if (child.shutdown === 'brutal_kill') return self.exit(child.pid, 'killed')
  self.exit(child.pid, reason)
  killLater(self, child, child.pid)
}

/** A supervisor needs as long as its children, which have deadlines of their own. */
function killLater(self: Family<never>['self'], child: Child, pid: Pid): void {
  const shutdownMs = child.shutdown ?? (child.type === 'supervisor' ? undefined : shutdownMsDefault)
  if (typeof shutdownMs === 'number') child.cancelTimer = self.sendAfter({ type: 'deadline', pid }, shutdownMs)
}

/** Handles every end of a child: crash, normal end, kill, orderly stop, failed start. */
export function childEnded<Args>(family: Family<Args>, child: Child, reason: ExitReason): void {
  const before = child.state
  bury(family, child)

  const isAsked = before === 'stopping' || isToBeStopped(family, child)
  if (!isAsked) child.lastExit = { reason, at: Date.now() }
  if (isAsked) settle(family, child, reason)
  else if (before === 'starting' && child.starter !== undefined) failStart(family, child, reason)
  else if (before === 'starting' && !family.hasStarted && !child.hasRun) {
    beginEnding(family, startFailed(family, child, reason))
  } else if (child.restart === 'permanent' || (child.restart === 'transient' && isAbnormal(reason))) {
    restart(family, child, reason)
  } else settleForGood(family, child, reason)

  advance(family)
}

/** The child was about to be stopped anyway, so its end does not count as one more failure. */
function isToBeStopped<Args>({ phase, children }: Family<Args>, child: Child): boolean {
  if (phase.name === 'ending') return true
  if (phase.name !== 'clearing') return false
  const list = [...children.values()]
  return list.indexOf(child) >= list.indexOf(phase.from)
}

export function bury<Args>({ self, byPid }: Family<Args>, child: Child): void {
  if (child.pid !== undefined) byPid.delete(pidKey(child.pid))
  child.pid = undefined
  child.state = 'down'
  child.cancelTimer?.()
  child.cancelTimer = undefined
  for (const replyTo of child.stoppers.splice(0)) self.reply(replyTo, true)
}

/** After an end that was requested: the child waits for its next start, if there is one. */
function settle<Args>(family: Family<Args>, child: Child, reason: ExitReason): void {
  if (!child.wanted) settleForGood(family, child, reason)
}

export function settleForGood<Args>(family: Family<Args>, child: Child, reason: ExitReason): void {
  child.wanted = false
  answerStarter(family, child, reason)
  if (child.restart === 'temporary' || family.strategy === 'simple_one_for_one') family.children.delete(child.id)
}

/** Reports the failure to the caller of `startChild`. A child that never ran is forgotten. */
function failStart<Args>(family: Family<Args>, child: Child, reason: ExitReason): void {
  settleForGood(family, child, reason)
  if (!child.hasRun) family.children.delete(child.id)
}

function restart<Args>(family: Family<Args>, child: Child, reason: ExitReason): void {
  const now = performance.now()
  if (!admitsRestart(family.intensity, now)) return beginEnding(family, gaveUp(family, child, reason))

  child.streak = now - child.restartedAt < family.intensity.withinMs ? child.streak + 1 : 1
  child.restartedAt = now
  child.restarts += 1
  family.restarts += 1
  const pauseMs = pauseMsBefore(child.streak)
  if (family.strategy === 'one_for_all' || family.strategy === 'rest_for_one') return clear(family, child, pauseMs)
  if (pauseMs === 0) return start(family, child)
  child.state = 'resting'
  child.cancelTimer = family.self.sendAfter({ type: 'rested', id: child.id }, pauseMs)
}

/** Begins, or widens, the restart of a group. */
function clear<Args>(family: Family<Args>, failed: Child, pauseMs: number): void {
  const { self, phase, strategy } = family
  const list = [...family.children.values()]
  // While a group is being cleared only children before it can fail, so it never narrows.
  if (phase.name === 'clearing') phase.cancelRest()
  const group = list.slice(strategy === 'one_for_all' ? 0 : list.indexOf(failed))
  for (const child of group) child.wanted = child.restart !== 'temporary'

  const cancelRest = pauseMs === 0 ? () => {} : self.sendAfter({ type: 'group_rested' }, pauseMs)
  family.phase = { name: 'clearing', from: group[0] ?? failed, rested: pauseMs === 0, cancelRest }
}

/** Ends the supervisor, its children first. The first reason stands. A pending call for a start fails with the end. */
export function beginEnding<Args>(family: Family<Args>, reason: ExitReason): void {
  const { phase, children } = family
  if (phase.name === 'ending') return
  family.phase = { name: 'ending', reason }
  for (const child of children.values()) {
    if (child.state === 'resting') bury(family, child)
    if (family.strategy === 'simple_one_for_one') stop(family, child)
  }
}

/** Takes the next step of the current phase. Safe to call at any time. */
export function advance<Args>(family: Family<Args>): void {
  switch (family.phase.name) {
    case 'steady':
      return
    case 'starting':
      return startNext(family)
    case 'clearing':
      return clearNext(family, family.phase)
    case 'ending':
      return endNext(family, family.phase.reason)
  }
}

function startNext<Args>(family: Family<Args>): void {
  for (const child of family.children.values()) {
    if (!child.wanted || child.state === 'running') continue
    if (child.state === 'down') start(family, child)
    return
  }
  family.phase = { name: 'steady' }
  if (family.hasStarted) return
  family.hasStarted = true
  family.self.started()
  for (const replyTo of family.startWaiters.splice(0)) family.self.reply(replyTo, true)
}

function clearNext<Args>(family: Family<Args>, phase: Extract<Phase, { name: 'clearing' }>): void {
  const list = [...family.children.values()]
  const last = list.slice(list.indexOf(phase.from)).findLast(isAlive)
  if (last !== undefined) return stop(family, last)
  if (!phase.rested) return
  family.phase = { name: 'starting' }
  startNext(family)
}

function endNext<Args>(family: Family<Args>, reason: ExitReason): void {
  if (family.byPid.size === 0) return family.self.exit(family.self.pid, reason)
  if (family.strategy === 'simple_one_for_one') return
  const last = [...family.children.values()].findLast(isAlive)
  if (last !== undefined) stop(family, last)
}

function startFailed<Args>({ id }: Family<Args>, child: Child, reason: ExitReason): ExitReason {
  return { error: { name: 'StartFailed', message: `${child.id} under ${id} did not start: ${formatReason(reason)}` } }
}

function gaveUp<Args>({ id, intensity }: Family<Args>, child: Child, reason: ExitReason): ExitReason {
  const { maxRestarts, withinMs } = intensity
  const last = `the last one of ${child.id} (${formatReason(reason)})`
  const message = `${id} gave up: more than ${maxRestarts} restarts within ${withinMs} ms, ${last}`
  return { error: { name: 'RestartIntensity', message } }
}
