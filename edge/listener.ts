/**
 * The process of the edge. It opens the listener with all routes, owns the sockets, and answers requests when their
 * outcome comes in by mail; there are no rules and no SQL here. When the process ends, every connection is closed, and
 * clients without an answer send again. A drain refuses what is new, waits until what was accepted is answered, and
 * then replies. A port that cannot be opened ends the process, and its supervisor decides.
 */
import type { ChunkUploads } from '../api/build-tools/upload.ts'
import type { Behaviour, ProcessName, ReplyTo, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import { apiRoutes, type ApiOptions, type ApiRoutes } from './api-routes.ts'
import { doorBelow } from './base-path.ts'
import { bodyReader } from './body.ts'
import { chunkUploadRoutes } from './chunk-uploads.ts'
import { clientFinder } from './client-address.ts'
import { connectionLimit, type ConnectionLimit } from './connection-limit.ts'
import { gatherer, refusalTally, type EdgeContext } from './context.ts'
import type { Dashboard } from './dashboard-files.ts'
import { dashboardRoutes } from './dashboard-routes.ts'
import { ingestRoutes } from './ingest-routes.ts'
import { ingestSockets, type OpenConnection } from './ingest-sockets.ts'
import { keyDecider } from './keys.ts'
import type { EdgeMessage, EdgeStatus } from '../actors/edge-messages.ts'
import { healthRoutes, type HealthOptions } from './health-routes.ts'
import { pendingTable } from './pending.ts'
import { edgeRefusals } from './problems.ts'
import { otlpRoutes } from './otlp-routes.ts'
import { rawRefusal } from './raw-refusals.ts'
import { sentryRoutes } from './sentry-routes.ts'
import { sockets, type Sockets } from './sockets.ts'
import { streamSockets, type StreamOptions } from './stream-sockets.ts'
import type { Door, Listener, Transport } from './transport/types.ts'
import type { KeyCacheMessage, RateLimiterMessage, RefusalCounterMessage } from '../actors/ingestion/messages.ts'

export type EdgeOptions = HealthOptions & {
  transport: Transport
  host: string
  port: number
  /** Before the paths of all routes, where the proxy in front leaves it; '' for none. */
  basePath: string
  /** How many clients may be connected at the same time. */
  connectionsMax: number
  /** Shares the port with other processes; the kernel distributes the connections. */
  sharesPort?: boolean
  next: ProcessName<RateLimiterMessage>
  keyCache: ProcessName<KeyCacheMessage>
  refusalCounter: ProcessName<RefusalCounterMessage>
  openConnection: OpenConnection
  api: ApiOptions
  uploads: ChunkUploads
  stream: Omit<StreamOptions, 'trustedProxies'>
  /** Null when it has not been built. */
  dashboard: Dashboard | null
  /** Milliseconds, monotonic. */
  now: () => number
  /** Milliseconds since the epoch. */
  wallNow: () => number
  replyDeadlineMs: number
  bodyGraceMs: number
  bodyTimeoutMs: number
  waitingBytesMax: number
  projectWaitingBytesMax: number
  log: Log
}

type State = {
  context: EdgeContext
  sockets: Sockets
  limit: ConnectionLimit
  api: ApiRoutes
  listener: Listener
  /** They get a reply when everything accepted is answered. */
  draining: ReplyTo<true>[]
}

const sweepMs = 500
const keyPatienceMs = 1_500
const keyWaitersMax = 1_000

export function edgeListener(options: EdgeOptions): Behaviour<EdgeMessage, State> {
  return {
    init: self => start(options, self),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'replies':
          state.context.pending.settle(message.replies)
          break
        case 'keys':
          state.context.keys.take(message.snapshot)
          state.sockets.revoke()
          break
        case 'socket_ready':
        case 'socket_send':
        case 'socket_close':
          state.sockets.handle(message)
          break
        case 'sweep':
          sweep(state, options)
          break
        case 'address':
          self.reply(message.replyTo, { port: state.listener.port })
          break
        case 'drain':
          drain(state, message.replyTo)
          break
        case 'status':
          self.reply(message.replyTo, statusOf(state))
          break
      }
      finishDrain(state, self)
      return state
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.sockets.bereaved(signal.pid)
      return state
    }
  }
}

async function start(options: EdgeOptions, self: Self<EdgeMessage>): Promise<State> {
  const context = contextOf(options, self)
  const door = doorBelow(options.transport.openDoor({ badRequest: rawRefusal }), options.basePath)
  const limit = connectionLimit(door, options)
  const allSockets = sockets(self, context.http, limit.webSocketClosed)
  const api = addRoutes(door, context, allSockets, options, {
    port: () => listener.port,
    status: () => statusOf(state)
  })
  const listener = await door.listen(options)
  // Not in terminate: that is left out when the process is killed, and the port would stay taken.
  if (self.signal.aborted) listener.closeAll()
  self.signal.addEventListener('abort', listener.closeAll, { once: true })
  const state: State = { context, sockets: allSockets, limit, api, listener, draining: [] }

  self.cast(options.keyCache, { type: 'refresh' })
  self.sendEvery({ type: 'sweep' }, sweepMs)
  return state
}

function contextOf(options: EdgeOptions, self: Self<EdgeMessage>): EdgeContext {
  const { log, now, keyCache } = options
  const countRefused = refusalTally(self, options.refusalCounter)
  const pending = pendingTable({ deadlineMs: options.replyDeadlineMs, now, onRefused: countRefused })
  return {
    self,
    http: {
      closing: false,
      answered: new Map(),
      onThrow: error => log.error({ err: error }, 'a request could not be handled')
    },
    keys: keyDecider({
      refresh: () => self.cast(keyCache, { type: 'refresh' }),
      patienceMs: keyPatienceMs,
      waitersMax: keyWaitersMax,
      now
    }),
    bodies: bodyReader({
      waitingBytesMax: options.waitingBytesMax,
      projectBytesMax: options.projectWaitingBytesMax,
      graceMs: options.bodyGraceMs,
      timeoutMs: options.bodyTimeoutMs,
      now,
      bearWith: options.transport.bearWith
    }),
    pending,
    gather: gatherer(self, options.next, pending.settle, countRefused),
    wallNow: options.wallNow,
    countRefused
  }
}

/** `port` and `status` are known once the listener is open, which is before the first request. */
type Later = { port: () => number; status: () => EdgeStatus }

/** The dashboard comes last: its routes take every path that no other route has. */
function addRoutes(
  door: Door,
  context: EdgeContext,
  allSockets: Sockets,
  options: EdgeOptions,
  { port, status }: Later
): ApiRoutes {
  const { trustedProxies } = options.api
  ingestRoutes(door, context)
  otlpRoutes(door, context)
  sentryRoutes(door, context, clientFinder(trustedProxies))
  ingestSockets(door, context, allSockets, options.openConnection)
  streamSockets(door, context, allSockets, { ...options.stream, trustedProxies }, port)
  chunkUploadRoutes(door, context, options.uploads, { clientOf: clientFinder(trustedProxies), port })
  const api = apiRoutes(door, context, options.api, { now: options.now, deadlineMs: options.replyDeadlineMs, port })
  healthRoutes(door, context, status, options)
  dashboardRoutes(door, context, options)
  return api
}

function sweep({ context: { pending, bodies, keys }, sockets, api }: State, { now }: EdgeOptions): void {
  const at = now()
  pending.sweep(at)
  bodies.sweep(at)
  keys.sweep(at)
  api.sweep(at)
  sockets.sweep()
}

/** Refuses what is not accepted yet; `finishDrain` replies when the rest is answered. */
function drain(state: State, replyTo: ReplyTo<true>): void {
  const { context, listener, draining } = state
  draining.push(replyTo)
  if (context.http.closing) return
  context.http.closing = true
  listener.stopListening()
  context.keys.refuseAll(edgeRefusals.shuttingDown)
  context.bodies.refuseAll(edgeRefusals.shuttingDown)
  state.sockets.drain()
}

/** Requests are in the pending table before they are sent on, so an empty table means that all are answered. */
function finishDrain({ draining, context, sockets, api }: State, self: Self<EdgeMessage>): void {
  if (
    !context.http.closing ||
    context.pending.size() > 0 ||
    sockets.size() > 0 ||
    sockets.isParting() ||
    api.size() > 0
  ) {
    return
  }
  for (const replyTo of draining.splice(0)) self.reply(replyTo, true)
}

function statusOf({ context: { pending, http, bodies }, sockets, limit }: State): EdgeStatus {
  return {
    ...pending.stats(),
    answered: Object.fromEntries(http.answered),
    sockets: sockets.size(),
    slowDashboards: sockets.slowed(),
    connectionsRefused: limit.refused(),
    waitingBytes: bodies.waitingBytes(),
    draining: http.closing
  }
}
