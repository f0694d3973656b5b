/**
 * StreamGuard closes sockets whose access has ended. Every `tickMs` it asks once for all sessions and tokens that hold
 * sockets, and tells the process of each socket which organizations its viewer belongs to now. While the database is
 * away every socket keeps what it had.
 */
import type { Behaviour, Pid } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import { periodic, type PeriodicState } from '../behaviours/periodic.ts'
import type { CheckedAccess, DashboardMessage, StreamGuardMessage, WatchSocket } from './messages.ts'

type Watched = Map<number, { pid: Pid<DashboardMessage>; credentialId: string }>

export type StreamGuardOptions = {
  /** The organizations of each session or token that is still good. */
  check: (credentialIds: string[]) => Promise<Map<string, ReadonlySet<string>>>
  tickMs: number
  log: Log
}

export function streamGuard({
  check,
  tickMs,
  log
}: StreamGuardOptions): Behaviour<StreamGuardMessage, PeriodicState<Watched>> {
  const { start, handle } = periodic<Watched, CheckedAccess, WatchSocket>({
    work: watched => (watched.size === 0 ? null : checkAll(watched, check)),
    done: (watched, { organizations, asked }, self) => {
      for (const { pid, credentialId } of watched.values()) {
        // A socket that was opened during the check is in the next one.
        if (!asked.has(credentialId)) continue
        self.cast(pid, { type: 'access', organizationIds: organizations.get(credentialId) ?? null })
      }
      return watched
    },
    tickMs,
    failing: 'it cannot be checked whose sessions have ended; open dashboards stay open',
    working: 'it is checked again whose sessions have ended',
    log
  })
  return {
    init: self => start(new Map(), self),
    handle: (state, message, self) => {
      if (message.type !== 'watch') return handle(state, message, self)
      self.monitor(message.pid)
      state.own.set(message.pid.serial, { pid: message.pid, credentialId: message.credentialId })
      return state
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.own.delete(signal.pid.serial)
      return state
    }
  }
}

async function checkAll(watched: Watched, check: StreamGuardOptions['check']): Promise<CheckedAccess> {
  const asked = new Set([...watched.values()].map(({ credentialId }) => credentialId))
  return { organizations: await check([...asked]), asked }
}
