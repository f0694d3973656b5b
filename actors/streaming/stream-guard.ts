/**
 * StreamGuard sees to it that sockets do not outlive the access they were opened with: every few seconds it asks once
 * for all sessions and tokens that hold sockets, and tells their processes what their viewers belong to now. While the
 * database does not answer, everybody keeps what they had.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Pid, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { DashboardMessage, StreamGuardMessage } from './messages.ts'

type Watched = { pid: Pid<DashboardMessage>; credentialId: string }
type State = { watched: Map<number, Watched>; checking: boolean; failing: boolean }

export type StreamGuardOptions = {
  /** The organizations of each session or token that is still good. */
  check: (credentialIds: string[]) => Promise<Map<string, ReadonlySet<string>>>
  checkMs: number
  log: Log
}

export function streamGuard(options: StreamGuardOptions): Behaviour<StreamGuardMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'check' }, options.checkMs)
      return { watched: new Map(), checking: false, failing: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'watch':
          self.monitor(message.pid)
          state.watched.set(message.pid.serial, { pid: message.pid, credentialId: message.credentialId })
          return state
        case 'check':
          return check(state, options, self)
        case 'checked':
          return tell(state, message, self)
        case 'failed':
          if (!state.failing) {
            options.log.warn(
              { err: message.error },
              'it cannot be checked whose sessions have ended; open dashboards stay open'
            )
          }
          return { ...state, checking: false, failing: true }
      }
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.watched.delete(signal.pid.serial)
      return state
    }
  }
}

function check(state: State, options: StreamGuardOptions, self: Self<StreamGuardMessage>): State {
  if (state.checking || state.watched.size === 0) return state
  const asked = new Set([...state.watched.values()].map(({ credentialId }) => credentialId))
  pipeToSelf(
    self,
    options.check([...asked]),
    organizations => ({ type: 'checked', organizations, asked }),
    error => ({ type: 'failed', error })
  )
  return { ...state, checking: true }
}

/** Who came while the question was under way is in the next one. */
function tell(
  state: State,
  { organizations, asked }: Extract<StreamGuardMessage, { type: 'checked' }>,
  self: Self<StreamGuardMessage>
): State {
  for (const { pid, credentialId } of state.watched.values()) {
    if (asked.has(credentialId)) {
      self.cast(pid, { type: 'access', organizationIds: organizations.get(credentialId) ?? null })
    }
  }
  return { ...state, checking: false, failing: false }
}
