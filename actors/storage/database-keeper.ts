/**
 * DatabaseKeeper represents the database in the supervision tree. It restarts an embedded PostgreSQL that has ended,
 * with growing pauses until it runs; for an external one it does nothing. It never crashes because of the database: the
 * other processes keep working, spooling and retrying meanwhile.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { DatabaseKeeperMessage } from './messages.ts'

type State = { attempt: number; lost: boolean }

export type DatabaseKeeperOptions = {
  /** Calls back when the server that this node runs has ended by itself. Returns a function that stops listening. */
  onLost: (callback: (reason: string) => void) => () => void
  /** Starts the server; does nothing while it runs. */
  restart: () => Promise<void>
  pauseMs: number
  pauseMsMax: number
  log: Log
}

export function databaseKeeper(options: DatabaseKeeperOptions): Behaviour<DatabaseKeeperMessage, State> {
  return {
    init: self => {
      const stopListening = options.onLost(reason => self.cast(self.pid, { type: 'lost', reason }))
      self.signal.addEventListener('abort', stopListening)
      // The server may have ended while this process was being restarted.
      return restart({ attempt: 0, lost: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'lost':
          options.log.error(`the embedded PostgreSQL has ended (${message.reason}); starting it again`)
          return restart({ attempt: 0, lost: true }, options, self)
        case 'restart':
          return restart(state, options, self)
        case 'restarted':
          if (state.lost) options.log.info('the embedded PostgreSQL runs again')
          return { attempt: 0, lost: false }
        case 'failed':
          return tryLater(state, message.error, options, self)
      }
    }
  }
}

function restart(state: State, options: DatabaseKeeperOptions, self: Self<DatabaseKeeperMessage>): State {
  pipeToSelf(
    self,
    options.restart(),
    () => ({ type: 'restarted' }),
    error => ({ type: 'failed', error })
  )
  return state
}

function tryLater(
  { attempt, lost }: State,
  error: unknown,
  options: DatabaseKeeperOptions,
  self: Self<DatabaseKeeperMessage>
): State {
  const pauseMs = Math.min(options.pauseMs * 2 ** attempt, options.pauseMsMax)
  options.log.error({ err: error }, `the embedded PostgreSQL does not start; trying again in ${pauseMs / 1000} s`)
  self.sendAfter({ type: 'restart' }, pauseMs)
  return { attempt: attempt + 1, lost }
}
