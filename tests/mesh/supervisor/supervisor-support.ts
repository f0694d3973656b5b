/** Children that write down when they start and stop, and a supervisor of them. */
import { worker } from '../../../mesh/index.ts'
import type { AnyBehaviour, ChildSpec, Pid } from '../../../mesh/types.ts'

export type ChildMessage = 'crash' | 'end'

type Hooks = { init?: () => void | Promise<void>; terminate?: () => void | Promise<void> }

/** Logs `start id` and `stop id`; a killed child logs no stop. */
export function child(log: string[], id: string, hooks: Hooks = {}): AnyBehaviour {
  return worker<ChildMessage, null>({
    init: async () => {
      await hooks.init?.()
      log.push(`start ${id}`)
      return null
    },
    handle: (state, message, self) => {
      if (message === 'crash') throw new Error(`${id} crashed`)
      self.exit(self.pid, 'normal')
      return state
    },
    terminate: async () => {
      await hooks.terminate?.()
      log.push(`stop ${id}`)
    }
  })
}

/** Named like its id, so that tests can send to the process that has the name now. */
export function childSpec(log: string[], id: string, spec: Partial<ChildSpec> & Hooks = {}): ChildSpec {
  const { init, terminate, ...rest } = spec
  return {
    id,
    name: id,
    start: () => child(log, id, { ...(init && { init }), ...(terminate && { terminate }) }),
    ...rest
  }
}

/** What a test knows to be there. */
export function sure<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('it is not there')
  return value
}

export function pidOf({ pid }: { pid: Pid | undefined }): Pid {
  return sure(pid)
}
