/**
 * WorkerProcess starts a node as a process of the operating system. It has started when that node is ready, and ends
 * when that node ends, so that its supervisor starts another. On `stop` the node first replies to what it has accepted.
 * When this process is killed, or on `kill`, the node is killed too.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { WorkerProcessMessage } from './messages.ts'

/** The process of the operating system. */
export type WorkerChild = {
  pid: number
  /** Rejects when the process ends before it is ready. */
  ready: Promise<void>
  /** How the process ended, as text. */
  ended: Promise<string>
  stop: () => void
  kill: () => void
}

export type WorkerProcessOptions = { name: string; fork: () => WorkerChild; log: Log }

type State = { child: WorkerChild; isStopping: boolean }

export function workerProcess({ name, fork, log }: WorkerProcessOptions): Behaviour<WorkerProcessMessage, State> {
  return {
    init: async self => {
      const child = fork()
      self.signal.addEventListener('abort', child.kill, { once: true })
      pipeToSelf(
        self,
        child.ended,
        how => ({ type: 'ended', how }),
        error => ({ type: 'ended', how: String(error) })
      )
      await child.ready
      log.info({ worker: child.pid }, `the worker ${name} is ready`)
      return { child, isStopping: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'stop':
          state.child.stop()
          return { ...state, isStopping: true }
        case 'kill':
          state.child.kill()
          return { ...state, isStopping: true }
        case 'ended':
          if (state.isStopping) self.exit(self.pid, 'normal')
          else {
            self.exit(self.pid, {
              error: { name: 'WorkerEnded', message: `the worker ${name} has ended: ${message.how}` }
            })
          }
          return state
      }
    },
    terminate: async ({ child }) => {
      child.stop()
      await child.ended
    }
  }
}
