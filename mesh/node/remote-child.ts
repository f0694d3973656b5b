/**
 * A child of a supervisor that runs on another node. A stand-in process here is linked to it, and starts and ends when
 * it does, with the same reason. So the supervisor handles a crash there, a stop and the loss of the node as it does
 * for a local child. Mail to the stand-in, or to its name, is forwarded. When the link is lost the process there ends
 * too: a split leaves none behind.
 */
import { ExitError, errorText } from '../process/exit-reason.ts'
import { samePid } from '../process/pid.ts'
import type { SpawnOn } from './remote-spawn.ts'
import type { AnyBehaviour, Behaviour, ExitReason, Pid, Self, Signal } from '../types.ts'
import { worker } from '../process/worker.ts'

export type RemoteChildOptions = {
  readonly spawnOn: SpawnOn
  /** Called at each (re)start. Without a node to run on the start fails with `noconnection`. */
  readonly node: () => string | undefined
  /** The name under which that node allows the behaviour. */
  readonly behaviour: string
  readonly args?: unknown
  readonly timeoutMs?: number
}

/** `spawned` carries the remote pid; undefined when the start failed and the stand-in is about to end. */
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

/**
 * An exit from the remote process ends the stand-in. One from here is a stop: it is forwarded, and the end comes back.
 */
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
