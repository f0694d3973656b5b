/** What the tests of the mesh share: a mesh that ends with its test, and processes that a test can look into. */
import { startMesh } from '../../mesh/index.ts'
import type { LocalMesh, MeshOptions } from '../../mesh/index.ts'
import type { Behaviour, Mesh, Pid, ReplyTo, Self, Signal, SpawnOptions } from '../../mesh/types.ts'

type Teardown = { teardown: (stop: () => void) => void }

export function node(t: Teardown, options: Partial<MeshOptions> = {}): LocalMesh {
  const mesh = startMesh({ name: 'node', incarnation: 1, ...options })
  t.teardown(mesh.stop)
  return mesh
}

/** Runs `act` inside the process, with its own self, and answers with what it returns. */
export type ProbeMessage = { act: (self: Self<ProbeMessage>) => unknown; replyTo: ReplyTo<unknown> }

export type Probe = {
  pid: Pid<ProbeMessage>
  /** Everything that `info` got so far, in order. */
  signals: Signal[]
  reasons: string[]
  run: <Result>(act: (self: Self<ProbeMessage>) => Result) => Promise<Result>
  /** Resolves when everything that reached the probe before has been handled. */
  flush: () => Promise<void>
}

/** A process that does what the test says and keeps what the runtime tells it. */
export function startProbe(mesh: Mesh, options: SpawnOptions = {}): Probe {
  const signals: Signal[] = []
  const reasons: string[] = []
  const behaviour: Behaviour<ProbeMessage, null> = {
    init: () => null,
    handle: (state, { act, replyTo }, self) => {
      self.reply(replyTo, act(self))
      return state
    },
    info: (state, signal) => {
      signals.push(signal)
      return state
    },
    terminate: (_, reason) => {
      reasons.push(JSON.stringify(reason))
    }
  }
  const pid = mesh.spawn(behaviour, options)
  const run = async <Result>(act: (self: Self<ProbeMessage>) => Result): Promise<Result> => {
    let result: { value: Result } | undefined
    await mesh.call<ProbeMessage, unknown>(pid, replyTo => ({
      act: self => {
        result = { value: act(self) }
      },
      replyTo
    }))
    if (result === undefined) throw new Error('the probe did not run')
    return result.value
  }
  return { pid, signals, reasons, run, flush: () => run(() => undefined) }
}

/** A promise that the test resolves, to hold a handler open. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => {}
  const passed = new Promise<void>(resolve => {
    open = resolve
  })
  return { passed, open }
}

/** A turn of the event loop: what was ready to run has run, and what it made ready will with the next. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** Waits for something that must come; a test that waits in vain is ended by its own limit. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn()
}
