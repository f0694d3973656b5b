/**
 * SystemWatcher shows instance admins the supervision tree and the nodes while they look at it: read once for all of
 * them, every `tickMs`.
 */
import type { Behaviour, Pid, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { SystemView } from '../../schema/stream.ts'
import { frameOf } from './frames.ts'
import type { DashboardMessage, SystemWatcherMessage } from './messages.ts'

type State = { followers: Map<number, Pid<DashboardMessage>>; reading: boolean }

export type SystemWatcherOptions = { read: () => Promise<SystemView>; tickMs: number; log: Log }

export function systemWatcher(options: SystemWatcherOptions): Behaviour<SystemWatcherMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'tick' }, options.tickMs)
      return { followers: new Map(), reading: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'follow':
          return follow(state, message.pid, message.on, options, self)
        case 'tick':
          return read(state, options, self)
        case 'read':
          return tell(state, message.view, self)
      }
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.followers.delete(signal.pid.serial)
      return state
    }
  }
}

function follow(
  state: State,
  pid: Pid<DashboardMessage>,
  on: boolean,
  options: SystemWatcherOptions,
  self: Self<SystemWatcherMessage>
): State {
  if (!on) {
    state.followers.delete(pid.serial)
    return state
  }
  if (!state.followers.has(pid.serial)) self.monitor(pid)
  state.followers.set(pid.serial, pid)
  return read(state, options, self)
}

function read(state: State, { read, log }: SystemWatcherOptions, self: Self<SystemWatcherMessage>): State {
  if (state.reading || state.followers.size === 0) return state
  read().then(
    view => self.cast(self.pid, { type: 'read', view }),
    (error: unknown) => {
      log.warn({ err: error }, 'the supervision tree cannot be read')
      self.cast(self.pid, { type: 'read', view: null })
    }
  )
  return { ...state, reading: true }
}

function tell(state: State, view: SystemView | null, self: Self<SystemWatcherMessage>): State {
  if (view !== null) {
    const frame = frameOf({ type: 'system', ...view })
    for (const pid of state.followers.values()) self.cast(pid, { type: 'push', frame })
  }
  return { ...state, reading: false }
}
