import {
  countChildren,
  formatReason,
  processName,
  startMesh,
  startSupervisor,
  whenStarted,
  worker
} from '../../mesh/index.ts'
import type { Behaviour, ReplyTo } from '../../mesh/types.ts'

type CounterMessage = { type: 'add'; n: number } | { type: 'total'; replyTo: ReplyTo<number> }

const counterName = processName<CounterMessage>('counter')

/** The state is the total. A throw in `handle` is a crash; `terminate` then gets the last state. */
const counter: Behaviour<CounterMessage, number> = {
  init: () => 0,
  handle: (total, message, self) => {
    switch (message.type) {
      case 'add':
        if (message.n < 0) throw new RangeError('a counter only grows')
        return total + message.n
      case 'total':
        self.reply(message.replyTo, total)
        return total
    }
  },
  terminate: (total, reason) => console.log(`counter: ended at ${total} (${formatReason(reason)})`)
}

/** Monitors the counter. It is not linked to it, so it survives the crash. */
const watcher: Behaviour<never, null> = {
  init: self => {
    self.monitor(counterName)
    return null
  },
  handle: state => state,
  info: (state, signal) => {
    if (signal.type === 'down') console.log(`watcher: the counter is down (${formatReason(signal.reason)})`)
    return state
  }
}

const mesh = startMesh({ name: 'example' })
const root = startSupervisor(mesh, {
  id: 'root',
  strategy: 'one_for_one',
  children: [
    { id: 'counter', name: counterName, start: () => worker(counter) },
    { id: 'watcher', start: () => worker(watcher) }
  ]
})
await whenStarted(mesh, root)

const total = (): Promise<number> => mesh.call(counterName, (replyTo: ReplyTo<number>) => ({ type: 'total', replyTo }))

mesh.cast(counterName, { type: 'add', n: 2 })
mesh.cast(counterName, { type: 'add', n: 3 })
console.log(`total: ${await total()}`)

// The message crashes the counter. The call behind it fails at once, with the reason of the crash.
mesh.cast(counterName, { type: 'add', n: -1 })
await total().catch((error: unknown) => console.log(`call failed: ${String(error)}`))

// The supervisor has the exit signal before this call, so the counter runs again, under its name, with a new state.
const { restarts } = await countChildren(mesh, root)
console.log(`restarts: ${restarts}, total: ${await total()}`)

// Stops the children in reverse order, then the supervisor.
console.log(`root: ${formatReason(await mesh.stopProcess(root, { timeoutMs: 1000 }))}`)
mesh.stop()
