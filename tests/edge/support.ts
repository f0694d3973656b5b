/**
 * The edge alone. The test plays everything behind it: processes under the names of the neighbours keep their mail for
 * the test, which answers it. The clock belongs to the test too: `later` moves it and lets the edge sweep.
 */
import { connect } from 'node:net'
import { edgeListener, type EdgeOptions } from '../../edge/listener.ts'
import { chooseTransport } from '../../edge/transport/choose.ts'
import type { EdgeMessage, EdgeStatus } from '../../actors/edge-messages.ts'
import { processName, startMesh, startSupervisor, whenStarted, worker, type LocalMesh } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { Reply } from '../../schema/outcomes.ts'
import type { IngestKey, IngestRequest } from '../../schema/pipeline.ts'
import type {
  IngestConnectionMessage,
  KeyCacheMessage,
  RateLimiterMessage,
  RefusalCount,
  RefusalCounterMessage
} from '../../actors/ingestion/messages.ts'

type Test = { teardown: (work: () => void) => void }

export const publicKey = 'abcdef0123456789abcdef0123456789'
export const secondKey = '0123456789abcdef0123456789abcdef'
export const auth = { 'X-Mesher-Key': publicKey }

export function ingestKey(key: string, projectId: number): IngestKey {
  return {
    keyId: key,
    publicKey: key,
    rateLimitPerMinute: null,
    project: {
      projectId,
      retentionDays: 30,
      sampleRate: 1,
      rateLimitPerMinute: null,
      scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
    }
  }
}

export const knownKeys = [ingestKey(publicKey, 1), ingestKey(secondKey, 2)]

/** A queue: `next` resolves with the next item, at once or as soon as it is there. */
export type Stream<Item> = { push: (item: Item) => void; next: () => Promise<Item>; waiting: () => number }

export function stream<Item>(): Stream<Item> {
  const items: Item[] = []
  const takers: ((item: Item) => void)[] = []
  return {
    push: item => {
      const taker = takers.shift()
      if (taker === undefined) items.push(item)
      else taker(item)
    },
    next: () =>
      new Promise(resolve => {
        const [item] = items
        if (item === undefined) takers.push(resolve)
        else resolve((items.shift(), item))
      }),
    waiting: () => items.length
  }
}

/** The process of a socket, played by the test: it keeps the frames, and the test casts to `edge` what to send. */
export type SocketPeer = {
  socket: number
  key: IngestKey
  pid: Pid<IngestConnectionMessage>
  frames: Stream<string>
  closed: Promise<void>
}

export type EdgeUnderTest = {
  mesh: LocalMesh
  edge: ProcessName<EdgeMessage>
  port: number
  url: string
  /** Requests that were admitted. */
  admitted: Stream<IngestRequest>
  /** How many requests each message to the next process had. */
  mails: number[]
  peers: Stream<SocketPeer>
  refreshes: Stream<'refresh'>
  /** The refusals that the edge has counted. */
  refused: Stream<RefusalCount>
  logged: string[]
  reply: (...replies: Reply[]) => void
  sendKeys: (keys: IngestKey[], about?: { fresh?: boolean; asOf?: number }) => void
  later: (ms: number) => Promise<void>
  status: () => Promise<EdgeStatus>
  drain: () => Promise<true>
}

export type EdgeTestOptions = Partial<EdgeOptions> & {
  /** Replies to every request at once: stored under its seed. */
  answers?: boolean
  /** The keys of the first snapshot; null sends no snapshot. */
  keys?: IngestKey[] | null
}

/** `npm test` runs the tests of the edge on both; this variable chooses, as it does for a server. */
const wanted = process.env.MESHER_TRANSPORT
export const { transport } = await chooseTransport(wanted === 'uws' || wanted === 'node' ? wanted : null)

let lastEdge = 0

export async function startEdge(
  t: Test,
  { answers = true, keys = knownKeys, ...overrides }: EdgeTestOptions = {}
): Promise<EdgeUnderTest> {
  const mesh = startMesh({ name: `edge-${++lastEdge}` })
  t.teardown(mesh.stop)
  const names = {
    edge: processName<EdgeMessage>('edge'),
    next: processName<RateLimiterMessage>('next'),
    keyCache: processName<KeyCacheMessage>('key-cache'),
    refusalCounter: processName<RefusalCounterMessage>('refusal-counter')
  }
  const clock = { ms: 0 }
  const under: Omit<EdgeUnderTest, 'port' | 'url'> = {
    mesh,
    edge: names.edge,
    admitted: stream(),
    mails: [],
    peers: stream(),
    refreshes: stream(),
    refused: stream(),
    logged: [],
    reply: (...replies) => {
      mesh.cast(names.edge, { type: 'replies', replies })
    },
    sendKeys: (list, { fresh = true, asOf = clock.ms } = {}) => {
      mesh.cast(names.edge, {
        type: 'keys',
        snapshot: { version: 1, asOf, fresh, keys: new Map(list.map(key => [key.publicKey, key])) }
      })
    },
    later: async ms => {
      clock.ms += ms
      mesh.cast(names.edge, { type: 'sweep' })
      await status()
    },
    status,
    drain: () => mesh.call<EdgeMessage, true>(names.edge, replyTo => ({ type: 'drain', replyTo }), 30_000)
  }
  function status(): Promise<EdgeStatus> {
    return mesh.call<EdgeMessage, EdgeStatus>(names.edge, replyTo => ({ type: 'status', replyTo }))
  }

  spawnNamed(mesh, names.next, message => {
    if (message.type !== 'admit') return
    under.mails.push(message.requests.length)
    for (const request of message.requests) {
      under.admitted.push(request)
      if (answers) mesh.cast(request.replyTo, { type: 'replies', replies: [stored(request)] })
    }
  })
  spawnNamed(mesh, names.keyCache, message => {
    if (message.type === 'refresh') under.refreshes.push('refresh')
  })
  spawnNamed(mesh, names.refusalCounter, message => {
    if (message.type === 'refused') for (const refusal of message.refusals) under.refused.push(refusal)
  })
  const options: EdgeOptions = {
    transport,
    host: '127.0.0.1',
    port: 0,
    basePath: '',
    ...names,
    openConnection: async (socket, key) => under.peers.push(socketPeer(mesh, names.edge, socket, key)),
    stream: {
      authenticate: async () => ({
        ok: false,
        refusal: { status: 401, reason: 'unauthorized', detail: 'nobody is known here' }
      }),
      openDashboard: () => Promise.reject(new Error('nobody gets this far'))
    },
    uploads: {
      begin: async () => ({ status: 404 }),
      store: async () => ({ status: 404 }),
      mappings: async () => ({ status: 404 })
    },
    api: { operations: [], call: () => Promise.reject(new Error('there are no operations')), trustedProxies: [] },
    readiness: async () => ({ ready: true, checks: [] }),
    metrics: async () => ({ text: 'figures', contentType: 'text/plain' }),
    metricsToken: null,
    dashboard: null,
    now: () => clock.ms,
    wallNow: Date.now,
    connectionsMax: Infinity,
    replyDeadlineMs: 10_000,
    bodyGraceMs: 30_000,
    bodyTimeoutMs: 300_000,
    waitingBytesMax: 64 * 1024 * 1024,
    projectWaitingBytesMax: 32 * 1024 * 1024,
    log: logInto(under.logged),
    ...overrides
  }
  const root = startSupervisor(mesh, {
    id: 'root',
    strategy: 'one_for_one',
    children: [{ id: 'edge', name: names.edge, start: () => worker(edgeListener(options)) }]
  })
  await whenStarted(mesh, root)
  await under.refreshes.next()
  if (keys !== null) under.sendKeys(keys)
  const { port } = await mesh.call<EdgeMessage, { port: number }>(names.edge, replyTo => ({ type: 'address', replyTo }))
  return { ...under, port, url: `http://127.0.0.1:${port}` }
}

function spawnNamed<Message>(mesh: LocalMesh, name: ProcessName<Message>, onMail: (message: Message) => void): void {
  const behaviour: Behaviour<Message, null> = {
    init: () => null,
    handle: (state, message) => {
      onMail(message)
      return state
    }
  }
  mesh.spawn(behaviour, { name })
}

/** Starts the process of a socket, which sends `socket_ready`. */
export function socketPeer(
  mesh: LocalMesh,
  edge: ProcessName<EdgeMessage>,
  socket: number,
  key: IngestKey
): SocketPeer {
  const frames = stream<string>()
  let isClosed = (): void => {}
  const closed = new Promise<void>(resolve => {
    isClosed = resolve
  })
  const pid = mesh.spawn<IngestConnectionMessage, null>({
    init: self => {
      self.cast(edge, { type: 'socket_ready', socket, pid: self.pid })
      return null
    },
    handle: (state, message) => {
      if (message.type === 'frames') for (const frame of message.frames) frames.push(Buffer.from(frame).toString())
      if (message.type === 'closed') isClosed()
      return state
    }
  })
  return { socket, key, pid, frames, closed }
}

export function stored({ request, seed }: IngestRequest, index = 0, total = 1): Reply {
  return { request, index, total, result: { status: 202, id: seed, outcome: 'stored' } }
}

function logInto(lines: string[]): Log {
  const method = (...[first, second]: [string | object, string?]) => {
    lines.push(typeof first === 'string' ? first : `${second ?? ''}: ${String('err' in first ? first.err : '')}`)
  }
  const log: Log = { debug: method, info: method, warn: method, error: method, child: () => log }
  return log
}

/** A request by fetch; a body of JSON is parsed. */
export async function send(
  url: string,
  init: RequestInit = {}
): Promise<{ status: number; headers: Headers; body: Record<string, unknown>; text: string }> {
  const response = await fetch(url, init)
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : {},
    text
  }
}

export async function post(
  edge: EdgeUnderTest,
  body: string | Uint8Array<ArrayBuffer> = '{"message":"x"}',
  headers: Record<string, string> = auth,
  path = '/api/v1/events'
) {
  return await send(edge.url + path, { method: 'POST', headers, body })
}

/** A connection that is written to and read from byte by byte. */
export type RawClient = {
  write: (bytes: string | Uint8Array) => void
  /** Resolves with all that has come, when that matches or when the connection ends. */
  until: (pattern: RegExp) => Promise<string>
  closed: Promise<string>
  /** Ends the sending side. */
  end: () => void
  destroy: () => void
}

export function rawClient(t: Test, port: number): RawClient {
  const socket = connect({ host: '127.0.0.1', port })
  t.teardown(() => {
    socket.destroy()
  })
  let text = ''
  let isClosed = false
  let look = (): void => {}
  const closed = new Promise<string>(resolve => {
    socket.on('close', () => {
      isClosed = true
      look()
      resolve(text)
    })
  })
  // The server may end the connection with a reset.
  socket.on('error', () => {})
  socket.on('data', data => {
    text += data.toString('latin1')
    look()
  })
  return {
    write: bytes => {
      socket.write(bytes)
    },
    until: pattern =>
      new Promise(resolve => {
        look = () => {
          if (isClosed || pattern.test(text)) resolve(text)
        }
        look()
      }),
    closed,
    end: () => {
      socket.end()
    },
    // With a reset: a client that only ends its side may wait for the answer, and is not gone.
    destroy: () => {
      socket.resetAndDestroy()
    }
  }
}

/** The head of a POST request; the test writes the body. */
export function headOf(headers: Record<string, string>, path = '/api/v1/events'): string {
  const lines = Object.entries({ Host: 'localhost', ...auth, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`
  )
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
