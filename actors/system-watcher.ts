/** SystemWatcher shows instance admins the supervision tree while they look at it: read once for all of them, every `tickMs`. */
import type { Behaviour, Pid, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { ServerMessage } from '../schema/stream.ts'
import type { DashboardMessage } from './dashboard-connection.ts'

export type SystemWatcherMessage =
  | { type: 'follow', pid: Pid<DashboardMessage>, on: boolean }
  | { type: 'tick' }
  | { type: 'read', processes: object | null }

type State = { followers: Map<number, Pid<DashboardMessage>>, reading: boolean }

export type SystemWatcherOptions = { processes: () => Promise<object>, tickMs: number, log: Log }

export function systemWatcher (options: SystemWatcherOptions): Behaviour<SystemWatcherMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return { followers: new Map(), reading: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'follow': return follow(state, message.pid, message.on, options, self)
        case 'tick': return read(state, options, self)
        case 'read': return tell(state, message.processes, self)
      }
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.followers.delete(signal.pid.serial)
      return state
    }
  }
}

function follow (state: State, pid: Pid<DashboardMessage>, on: boolean, options: SystemWatcherOptions, self: Self<SystemWatcherMessage>): State {
  if (!on) {
    state.followers.delete(pid.serial)
    return state
  }
  if (!state.followers.has(pid.serial)) self.monitor(pid)
  state.followers.set(pid.serial, pid)
  return read(state, options, self)
}

function read (state: State, { processes, log }: SystemWatcherOptions, self: Self<SystemWatcherMessage>): State {
  if (state.reading || state.followers.size === 0) return state
  processes().then(
    tree => self.cast(self.pid, { type: 'read', processes: tree }),
    (error: unknown) => {
      log.warn({ err: error }, 'the supervision tree cannot be read')
      self.cast(self.pid, { type: 'read', processes: null })
    }
  )
  return { ...state, reading: true }
}

function tell (state: State, processes: object | null, self: Self<SystemWatcherMessage>): State {
  if (processes !== null) {
    const frame = Buffer.from(JSON.stringify({ type: 'system', processes } satisfies ServerMessage))
    for (const pid of state.followers.values()) self.cast(pid, { type: 'push', frame })
  }
  return { ...state, reading: false }
}
