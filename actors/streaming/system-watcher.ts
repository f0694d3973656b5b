/**
 * SystemWatcher shows the supervision tree and the nodes to the instance admins who follow them. It reads once for all
 * followers, every `tickMs` and when a follower comes; without followers it reads nothing. While reading fails nothing
 * is sent.
 */
import type { Behaviour, Pid } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { SystemView } from '../../schema/stream.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import { frameOf } from './frames.ts'
import type { DashboardMessage, FollowSystem, SystemWatcherMessage } from './messages.ts'

type Followers = Map<number, Pid<DashboardMessage>>

export type SystemWatcherOptions = { read: () => Promise<SystemView>; tickMs: number; log: Log }

export function systemWatcher({
  read,
  tickMs,
  log
}: SystemWatcherOptions): Behaviour<SystemWatcherMessage, PeriodicState<Followers>> {
  const { start, handle } = periodic<Followers, SystemView, FollowSystem>({
    work: followers => (followers.size === 0 ? null : read()),
    done: (followers, view, self) => {
      const frame = frameOf({ type: 'system', ...view })
      for (const pid of followers.values()) self.cast(pid, { type: 'push', frame, events: 0 })
      return followers
    },
    tickMs,
    failing: 'the supervision tree cannot be read',
    working: 'the supervision tree is read again',
    log
  })
  return {
    init: self => start(new Map(), self),
    handle: (state, message, self) => {
      if (message.type !== 'follow') return handle(state, message, self)
      const { pid, on } = message
      if (!on) {
        state.own.delete(pid.serial)
        return state
      }
      if (!state.own.has(pid.serial)) self.monitor(pid)
      state.own.set(pid.serial, pid)
      return handle(state, { type: 'tick' }, self)
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.own.delete(signal.pid.serial)
      return state
    }
  }
}
