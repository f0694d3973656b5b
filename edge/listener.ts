/**
 * The edge's process: opens the listener, owns its sockets, answers requests when their fate comes in by mail. It knows no rule
 * and no SQL. Its end closes every connection; clients without an answer send again. Draining refuses what is new, answers
 * what was accepted, then says so.
 */
import type { RateLimiterMessage } from '../actors/rate-limiter.ts'
import type { KeyCacheMessage } from '../actors/key-cache.ts'
import type { RefusalCounterMessage } from '../actors/refusal-counter.ts'
import type { Behaviour, ProcessName, ReplyTo, Self } from '../mesh/types.ts'
import { bodyReader } from './body.ts'
import { gatherer, refusalTally, type EdgeContext } from './context.ts'
import { ingestRoutes } from './ingest-routes.ts'
import { keyDecider } from './keys.ts'
import type { EdgeMessage, EdgeStatus } from './messages.ts'
import { operationsRoutes, type OperationsOptions } from './operations-routes.ts'
import { pendingTable } from './pending.ts'
import { sockets, type OpenConnection, type Sockets } from './sockets.ts'
import { listen, newApp, type Listener } from './uws.ts'

export type EdgeOptions = OperationsOptions & {
  host: string
  port: number
  next: ProcessName<RateLimiterMessage>
  keyCache: ProcessName<KeyCacheMessage>
  refusalCounter: ProcessName<RefusalCounterMessage>
  openConnection: OpenConnection
  /** Milliseconds, monotonic. */
  now: () => number
  replyDeadlineMs: number
  bodyTimeoutMs: number
  waitingBytesMax: number
  projectWaitingBytesMax: number
}

type State = {
  context: EdgeContext
  sockets: Sockets
  listener: Listener
  drain: { since: number, waiting: ReplyTo<true>[] } | null
}

const sweepMs = 500
const keyPatienceMs = 1_500
const keyWaitersMax = 1_000

export function edgeListener (options: EdgeOptions): Behaviour<EdgeMessage, State> {
  return {
    init: self => open(options, self),
    handle: (state, message, self) => {
      switch (message.type) {
        case 'replies': state.context.pending.settle(message.replies); break
        case 'keys':
          state.context.keys.take(message.snapshot)
          state.sockets.revoke(state.context.keys.isGood)
          break
        case 'socket_ready':
        case 'socket_send':
        case 'socket_close': state.sockets.handle(message); break
        case 'sweep': sweep(state, options); break
        case 'address': self.reply(message.replyTo, { port: state.listener.port }); break
        case 'drain': startDrain(state, message.replyTo, options); break
        case 'status': self.reply(message.replyTo, statusOf(state)); break
      }
      finishDrain(state, self)
      return state
    },
    info: (state, signal) => {
      if (signal.type === 'down') state.sockets.bereaved(signal.pid)
      return state
    },
    terminate: ({ listener }) => listener.closeAll()
  }
}

function open (options: EdgeOptions, self: Self<EdgeMessage>): State {
  const app = newApp()
  const countRefused = refusalTally(self, options.refusalCounter)
  const state: { drain: State['drain'] } = { drain: null }
  const pending = pendingTable({ deadlineMs: options.replyDeadlineMs, now: options.now, onRefused: countRefused })
  const context: EdgeContext = {
    self,
    keys: keyDecider({
      refresh: () => self.cast(options.keyCache, { type: 'refresh' }), patienceMs: keyPatienceMs, waitersMax: keyWaitersMax, now: options.now
    }),
    bodies: bodyReader({
      waitingBytesMax: options.waitingBytesMax, projectBytesMax: options.projectWaitingBytesMax, timeoutMs: options.bodyTimeoutMs, now: options.now
    }),
    pending,
    gather: gatherer(self, options.next, pending.settle, countRefused),
    countRefused,
    isDraining: () => state.drain !== null
  }
  ingestRoutes(app, context)
  const open = sockets(app, context, options.openConnection)
  operationsRoutes(app, context, options)
  const listener = listen(app, options.host, options.port)

  self.cast(options.keyCache, { type: 'refresh' })
  self.sendEvery({ type: 'sweep' }, sweepMs)
  return Object.assign(state, { context, sockets: open, listener })
}

function sweep ({ context: { pending, bodies, keys } }: State, { now }: EdgeOptions): void {
  const at = now()
  pending.sweep(at)
  bodies.sweep(at)
  keys.sweep(at)
}

function startDrain (state: State, replyTo: ReplyTo<true>, { now }: EdgeOptions): void {
  state.drain ??= { since: now(), waiting: [] }
  state.drain.waiting.push(replyTo)
  state.listener.stopListening()
  state.sockets.closeAll(1001, 'this server is shutting down')
}

/** Requests that were gathered a moment ago are in the table already, so an empty table means that all are answered. */
function finishDrain ({ drain, context }: State, self: Self<EdgeMessage>): void {
  if (drain === null || context.pending.size() > 0) return
  for (const replyTo of drain.waiting.splice(0)) self.reply(replyTo, true)
}

function statusOf ({ context, sockets, drain }: State): EdgeStatus {
  return { ...context.pending.stats(), sockets: sockets.size(), waitingBytes: context.bodies.waitingBytes(), draining: drain !== null }
}
