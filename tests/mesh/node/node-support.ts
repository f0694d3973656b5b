/**
 * Shared by the tests of nodes: nodes on loopback that stop with their test, and a clock that the test moves. The proxy
 * between nodes is in `tests/support/proxy.ts`.
 */
import { startMesh, startNode } from '../../../mesh/index.ts'
import type { Clock, DeadLetter, LocalMesh, MeshNode, NodeEvent, NodeOptions } from '../../../mesh/index.ts'
import type { ReplyTo } from '../../../mesh/types.ts'

export const cookie = '0123456789abcdef'.repeat(2)

type Teardown = { teardown: (stop: () => void | Promise<void>) => void }

export type TestNode = {
  mesh: LocalMesh
  node: MeshNode
  address: string
  events: NodeEvent[]
  deadLetters: DeadLetter[]
  stop: () => Promise<void>
}

export type TestNodeOptions = Partial<NodeOptions> & { incarnation?: number }

/** A node with a mesh of its own that listens on a free port of loopback. */
export async function testNode(
  t: Teardown,
  name: string,
  { incarnation = 1, ...options }: TestNodeOptions = {}
): Promise<TestNode> {
  const events: NodeEvent[] = []
  const deadLetters: DeadLetter[] = []
  const mesh = startMesh({
    name,
    incarnation,
    onDeadLetter: letter => {
      deadLetters.push(letter)
    }
  })
  const node = await startNode(mesh, {
    cookie,
    protocol: 'test 1',
    listen: { host: '127.0.0.1', port: 0 },
    onEvent: event => {
      events.push(event)
    },
    ...options
  })
  const stop = async (): Promise<void> => {
    await node.stop()
    mesh.stop()
  }
  t.teardown(stop)
  return { mesh, node, address: node.boundTo ?? '', events, deadLetters, stop }
}

/** Resolves when all that `from` sent to `to` before has arrived, for a link keeps the order. */
export async function passed(from: TestNode, to: TestNode): Promise<void> {
  const pid = to.mesh.spawn<ReplyTo<null>, null>({
    init: () => null,
    handle: (state, replyTo, self) => {
      self.reply(replyTo, null)
      return state
    }
  })
  await from.mesh.call(pid, (replyTo: ReplyTo<null>) => replyTo)
  to.mesh.exit(pid, 'killed')
}

/** Linked with each other, every one with every one. */
export async function linkedNodes(t: Teardown, names: string[], options: TestNodeOptions = {}): Promise<TestNode[]> {
  const nodes = await Promise.all(names.map(name => testNode(t, name, options)))
  const [first] = nodes
  for (const { node } of nodes.slice(1)) await node.connect(first?.address ?? '')
  await until(() => nodes.every(({ node }) => node.list().length === names.length - 1))
  return nodes
}

export type TestClock = Clock & {
  /** Goes on by that time, and runs what becomes due in its order. */
  advance: (ms: number) => void
  /** How much is yet to run that was to run after that time. */
  waiting: (ms: number) => number
}

export function testClock(): TestClock {
  let now = 1_000_000
  const due: { at: number; ms: number; run: () => void }[] = []
  return {
    nowMs: () => now,
    wallMs: () => now,
    after: (ms, run) => {
      const timer = { at: now + ms, ms, run }
      due.push(timer)
      return () => {
        const index = due.indexOf(timer)
        if (index !== -1) due.splice(index, 1)
      }
    },
    advance: ms => {
      const until = now + ms
      for (;;) {
        const next = due.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
        if (next === undefined) break
        due.splice(due.indexOf(next), 1)
        now = Math.max(now, next.at)
        next.run()
      }
      now = until
    },
    waiting: ms => due.filter(timer => timer.ms === ms).length
  }
}

/**
 * Waits for something that must come, with rests for the network; a test that waits in vain is ended by its own limit.
 */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise(resolve => {
      setTimeout(resolve, 1)
    })
  }
}
