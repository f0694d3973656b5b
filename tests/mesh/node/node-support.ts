/**
 * What the tests of nodes share: nodes on loopback that end with their test, a proxy between them, and a clock that the
 * test turns.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { startMesh, startNode } from '../../../mesh/index.ts'
import type { Clock, DeadLetter, LocalMesh, MeshNode, NodeEvent, NodeOptions } from '../../../mesh/index.ts'
import type { ReplyTo } from '../../../mesh/types.ts'

export const cookie = 'a cookie for tests only'

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

export type Proxy = {
  address: string
  /** Ends all connections and takes no more, or takes them again. */
  cut: () => void
  heal: () => void
  /** Lets nothing through but keeps all connections, in both directions or in one. */
  freeze: (direction?: 'both' | 'in' | 'out') => void
  thaw: () => void
  /** Ends all connections only. */
  drop: () => void
  connections: () => number
}

/** A way to a node that a test can cut. */
export async function proxy(t: Teardown, target: () => string): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>()
  let isCut = false
  let isFrozen = { in: false, out: false }
  const server = createServer(near => {
    if (isCut) {
      near.destroy()
      return
    }
    const [host = '', port = ''] = target().split(':')
    const far = connect(Number(port), host)
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    near.on('data', bytes => {
      if (!isFrozen.in) pass(bytes, near, far)
    })
    far.on('data', bytes => {
      if (!isFrozen.out) pass(bytes, far, near)
    })
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  })
  const drop = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  await listening(server)
  t.teardown(() => {
    drop()
    server.close()
  })
  return {
    address: addressOf(server),
    cut: () => {
      isCut = true
      drop()
    },
    heal: () => {
      isCut = false
    },
    freeze: (direction = 'both') => {
      isFrozen = { in: direction !== 'out', out: direction !== 'in' }
    },
    thaw: () => {
      isFrozen = { in: false, out: false }
    },
    drop,
    connections: () => pairs.size
  }
}

/** As slowly as the receiver reads. */
function pass(bytes: Buffer, from: Socket, to: Socket): void {
  if (to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

export function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  return `${address}:${port}`
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
