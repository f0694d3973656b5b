/**
 * A supervisor: a process that traps exits and is linked to its children, so that a crash, a normal end, a kill and a
 * failed start all reach it in one way. It never blocks: while a child starts or stops it handles other messages and
 * signals. Beyond its restart intensity it stops its children and ends with an error, which its own supervisor then
 * handles.
 */
import assert from 'node:assert/strict'
import { hasRestartLeft, intensity } from './intensity.ts'
import { pidKey } from '../process/pid.ts'
import { childInfo, isAlive, newChild } from './child.ts'
import type { Child, ChildAnswer, ReplaceAnswer } from './child.ts'
import {
  advance,
  beginEnding,
  bury,
  childEnded,
  childStarted,
  endForRestart,
  settleForGood,
  start,
  stop
} from './family.ts'
import type { Family } from './family.ts'
import type { ChildCounts, SupervisorMessage } from './messages.ts'
import type {
  Behaviour,
  ChildSpec,
  ListSpec,
  Mesh,
  Pid,
  ReplyTo,
  Self,
  Signal,
  SpawnOptions,
  Startable,
  SupervisorSpec,
  TemplateSpec
} from '../types.ts'

/** A spec becomes a supervisor; anything else knows how to spawn itself. */
export function spawnStartable(mesh: Mesh, startable: Startable, options: SpawnOptions): Pid {
  return 'spawnUnder' in startable ? startable.spawnUnder(mesh, options) : spawnSupervisor(mesh, startable, options)
}

export function spawnSupervisor(mesh: Mesh, spec: SupervisorSpec, options: SpawnOptions): Pid {
  return spec.strategy === 'simple_one_for_one'
    ? spawnTemplateSupervisor(mesh, spec, options)
    : spawnListSupervisor(mesh, spec, options)
}

export function spawnListSupervisor(mesh: Mesh, spec: ListSpec, options: SpawnOptions): Pid<SupervisorMessage> {
  const admit = (child: ChildSpec) => newChild(child, child.id, () => child.start())
  return mesh.spawn(
    supervisor(spec, admit, () => spec.children.map(admit)),
    { label: spec.id, ...options, trapExits: true }
  )
}

export function spawnTemplateSupervisor<Args>(
  mesh: Mesh,
  spec: TemplateSpec<Args>,
  options: SpawnOptions
): Pid<SupervisorMessage<Args>> {
  const [template] = spec.children
  let count = 0
  const admit = (args: Args) => newChild(template, `${template.id}-${++count}`, () => template.start(args))
  return mesh.spawn(
    supervisor(spec, admit, () => []),
    { label: spec.id, ...options, trapExits: true }
  )
}

function supervisor<Args>(
  spec: ListSpec | TemplateSpec<Args>,
  admit: (args: Args) => Child,
  firstChildren: () => Child[]
): Behaviour<SupervisorMessage<Args>, Family<Args>> {
  return {
    lifecycle: 'own',
    init: self => {
      const family = newFamily(spec, admit, self)
      for (const child of firstChildren()) adopt(family, child)
      advance(family)
      return family
    },
    handle: (family, message) => {
      handle(family, message)
      return family
    },
    info: (family, signal) => {
      hear(family, signal)
      return family
    }
  }
}

function newFamily<Args>(
  spec: ListSpec | TemplateSpec<Args>,
  admit: (args: Args) => Child,
  self: Self<SupervisorMessage<Args>>
): Family<Args> {
  return {
    id: spec.id,
    strategy: spec.strategy,
    self,
    admit,
    spawnChild: spawnStartable,
    intensity: intensity(spec),
    children: new Map(),
    byPid: new Map(),
    phase: { name: 'starting' },
    hasStarted: false,
    startWaiters: [],
    restarts: 0
  }
}

function adopt<Args>({ id, children }: Family<Args>, child: Child): void {
  assert(!children.has(child.id), `${id} has two children called ${child.id}`)
  children.set(child.id, child)
}

/** An exit from a process that is not a child is a request to end, from the parent supervisor or from other code. */
function hear<Args>(family: Family<Args>, signal: Signal): void {
  if (signal.type !== 'exit' && signal.type !== 'started') return
  const child = family.byPid.get(pidKey(signal.pid))
  if (signal.type === 'started') {
    if (child !== undefined) childStarted(family, child)
  } else if (child !== undefined) {
    childEnded(family, child, signal.reason)
  } else {
    beginEnding(family, signal.reason)
    advance(family)
  }
}

function handle<Args>(family: Family<Args>, message: SupervisorMessage<Args>): void {
  const { self, children } = family
  switch (message.type) {
    case 'start_child':
      return startChild(family, message.args, message.replyTo)
    case 'restart_child':
      return restartChild(family, message.id, message.replyTo)
    case 'terminate_child':
      return terminateChild(family, message.child, message.replyTo)
    case 'replace_child':
      return replaceChild(family, message)
    case 'which_children':
      return self.reply(message.replyTo, [...children.values()].map(childInfo))
    case 'count_children':
      return self.reply(message.replyTo, counts(family))
    case 'when_started':
      if (family.hasStarted) self.reply(message.replyTo, true)
      else family.startWaiters.push(message.replyTo)
      return
    case 'rested':
      return rested(family, message.id)
    case 'group_rested':
      if (family.phase.name === 'clearing') family.phase.rested = true
      return advance(family)
    case 'deadline':
      return self.exit(message.pid, 'killed')
  }
}

function startChild<Args>(family: Family<Args>, args: Args, replyTo: ReplyTo<ChildAnswer>): void {
  const child = family.admit(args)
  if (family.children.has(child.id)) {
    return refuse(family, replyTo, `${family.id} already has a child called ${child.id}`)
  }
  family.children.set(child.id, child)
  begin(family, child, replyTo)
}

function restartChild<Args>(family: Family<Args>, id: string, replyTo: ReplyTo<ChildAnswer>): void {
  const child = family.children.get(id)
  if (child === undefined) return refuse(family, replyTo, `${family.id} has no child called ${id}`)
  if (child.wanted || child.state !== 'down') return refuse(family, replyTo, `${id} is ${child.state}`)
  begin(family, child, replyTo)
}

/**
 * Starts a child now, or leaves it to the current phase. A supervisor that is ending starts nothing; its end then
 * settles the call.
 */
function begin<Args>(family: Family<Args>, child: Child, replyTo: ReplyTo<ChildAnswer>): void {
  child.wanted = true
  child.starter = replyTo
  if (family.phase.name === 'steady') start(family, child)
  else advance(family)
}

function refuse<Args>({ self }: Family<Args>, replyTo: ReplyTo<ChildAnswer>, message: string): void {
  self.reply(replyTo, { ok: false, reason: { error: { name: 'SupervisorError', message } } })
}

function terminateChild<Args>(family: Family<Args>, which: string | Pid, replyTo: ReplyTo<boolean>): void {
  const { self, children, byPid } = family
  const child = typeof which === 'string' ? children.get(which) : byPid.get(pidKey(which))
  if (child === undefined) return self.reply(replyTo, false)

  child.wanted = false
  if (isAlive(child)) {
    child.stoppers.push(replyTo)
    stop(family, child)
  } else {
    bury(family, child)
    settleForGood(family, child, 'shutdown')
    self.reply(replyTo, true)
  }
  advance(family)
}

function replaceChild<Args>(
  family: Family<Args>,
  { child: pid, error, replyTo }: Extract<SupervisorMessage<Args>, { type: 'replace_child' }>
): void {
  const { self, byPid } = family
  const child = byPid.get(pidKey(pid))
  const answer = child === undefined ? 'unknown' : replaceAnswer(family, child)
  self.reply(replyTo, answer)
  if (child !== undefined && answer === 'replaced') endForRestart(family, child, { error })
}

function replaceAnswer<Args>({ phase, intensity }: Family<Args>, { restart, state }: Child): ReplaceAnswer {
  if (restart === 'temporary') return 'temporary'
  if (state !== 'running' || phase.name !== 'steady') return 'busy'
  return hasRestartLeft(intensity, performance.now()) ? 'replaced' : 'exhausted'
}

function rested<Args>(family: Family<Args>, id: string): void {
  const child = family.children.get(id)
  if (child?.state === 'resting') start(family, child)
}

function counts<Args>({ children, byPid, restarts }: Family<Args>): ChildCounts {
  const all = [...children.values()]
  const supervisors = all.filter(({ type }) => type === 'supervisor').length
  return { specs: all.length, active: byPid.size, supervisors, workers: all.length - supervisors, restarts }
}
