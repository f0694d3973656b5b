/**
 * A child of a supervisor that runs on another node: a stand-in here, linked to it, which starts and ends when it does
 * and with the same reason, so that to the supervisor a crash there, a stop and the loss of the node are what they are
 * of any child. Mail to the stand-in, or to its name, goes on to the process there. When the link is lost the process
 * there ends too: a split leaves none behind.
 */
import { ExitError, errorText } from '../process/exit-reason.ts'
import { samePid } from '../process/pid.ts'
import type { SpawnOn } from './remote-spawn.ts'
import type { AnyBehaviour, Behaviour, ExitReason, Pid, Self, Signal } from '../types.ts'
import { worker } from '../process/worker.ts'

export type RemoteChildOptions = {
  readonly spawnOn: SpawnOn
  /** Asked at each (re)start; without a node to run on the start fails with `noconnection`. */
  readonly node: () => string | undefined
  /** As that node allows it. */
  readonly behaviour: string
  readonly args?: unknown
  readonly timeoutMs?: number
}

/** `spawned` is the pid there, undefined when it did not come to be: then this process is about to end. */
type StandIn = {
  readonly spawned: Promise<Pid<unknown> | undefined>
  pid: Pid<unknown> | undefined
  hasStarted: boolean
}

export function remoteChild(options: RemoteChildOptions): AnyBehaviour {
  return worker(standIn(options))
}

function standIn(options: RemoteChildOptions): Behaviour<unknown, StandIn> {
  return {
    lifecycle: 'own',
    init: self => {
      self.trapExits(true)
      const state: StandIn = {
        spawned: spawn(options, self).then(pid => {
          state.pid = pid
          return pid
        }),
        pid: undefined,
        hasStarted: false
      }
      return state
    },
    handle: async (state, message, self) => {
      const pid = state.pid ?? (await state.spawned)
      if (pid !== undefined) self.cast(pid, message)
      return state
    },
    info: (state, signal, self) => hear(state, signal, self)
  }
}

async function spawn(
  { spawnOn, node, behaviour, args, timeoutMs }: RemoteChildOptions,
  self: Self<unknown>
): Promise<Pid<unknown> | undefined> {
  try {
    const where = node()
    if (where === undefined) throw new ExitError('noconnection')
    return await spawnOn<unknown>(where, behaviour, args, {
      link: self.pid,
      startedTo: self.pid,
      ...(timeoutMs !== undefined && { timeoutMs })
    })
  } catch (error) {
    self.exit(self.pid, error instanceof ExitError ? error.reason : { error: errorText(error) })
    return undefined
  }
}

/** An exit from there is the end; one from here, a stop, is passed on, and the end comes back. */
async function hear(state: StandIn, signal: Signal, self: Self<unknown>): Promise<StandIn> {
  if (signal.type === 'started') self.started()
  if (signal.type !== 'exit') return state
  const pid = state.pid ?? (await state.spawned)
  if (pid === undefined) return state
  if (samePid(signal.pid, pid)) endAs(self, signal.reason)
  else self.exit(pid, signal.reason)
  return state
}

function endAs(self: Self<unknown>, reason: ExitReason): void {
  self.exit(self.pid, reason)
}
