/**
 * IngestConnection is the process of one ingestion socket. Every text frame is one request; its reply carries the `ref`
 * of the frame. At most `unansweredMax` frames wait for a reply; the next and all that follow are rejected with 429,
 * and the socket is closed (1013) when the frames before them have their replies. A frame without a reply within
 * `deadlineMs` is rejected with 503. The process ends with its socket, and with the edge, which owns the socket.
 */
import type { Behaviour, Pid, ProcessName, Self, Target } from '../../mesh/types.ts'
import type { FieldError, Refusal, RefusalReason, Reply } from '../../schema/outcomes.ts'
import type { IngestKey, IngestRequest, RepliesMessage } from '../../schema/pipeline.ts'
import { refusals } from '../../schema/refusals.ts'
import type { SocketMessage } from '../../schema/sockets.ts'
import type { IngestConnectionMessage, RateLimiterMessage, RefusalCounterMessage } from './messages.ts'

type Unanswered = { body: Uint8Array; receivedAt: number }
type State = { requests: number; unanswered: Map<number, Unanswered>; closing: boolean }

export type IngestConnectionOptions = {
  socket: number
  key: IngestKey
  edge: Target<SocketMessage>
  next: ProcessName<RateLimiterMessage>
  refusalCounter: ProcessName<RefusalCounterMessage>
  seed: () => string
  refOf: (body: Uint8Array) => unknown
  now: () => number
  unansweredMax: number
  deadlineMs: number
}

type Connection = Self<IngestConnectionMessage>

const sweepMs = 1_000

export function ingestConnection(options: IngestConnectionOptions): Behaviour<IngestConnectionMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'sweep' }, sweepMs)
      self.monitor(options.edge)
      self.cast(options.edge, { type: 'socket_ready', socket: options.socket, pid: self.pid })
      return { requests: 0, unanswered: new Map(), closing: false }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'frames':
          return admit(state, message.frames, options, self)
        case 'replies':
          return answer(state, message.replies, options, self)
        case 'sweep':
          return sweep(state, options, self)
        case 'closed':
          self.exit(self.pid, 'normal')
          return state
        // The edge closes the socket of a client that does not read its replies.
        case 'congested':
        case 'drained':
          return state
      }
    },
    info: (state, signal, self) => {
      if (signal.type === 'down') self.exit(self.pid, 'normal')
      return state
    }
  }
}

function admit(state: State, frames: Uint8Array[], options: IngestConnectionOptions, self: Connection): State {
  const room = state.closing ? 0 : Math.max(0, options.unansweredMax - state.unanswered.size)
  const requests = frames.slice(0, room).map(body => requestOf(state, body, self.pid, options))
  const excess = frames.slice(room)

  if (requests.length > 0 && self.cast(options.next, { type: 'admit', requests }) !== 'ok') {
    answer(
      state,
      requests.map(({ request }) => ({ request, refusal: refusals.overloaded() })),
      options,
      self
    )
    countRefused(requests.length, 'overloaded', options, self)
  }
  if (excess.length === 0) return state

  countRefused(excess.length, 'rate_limited', options, self)
  send(
    excess.map(body => rejected(refusals.rateLimited(1), options.refOf(body))),
    options,
    self
  )
  return closeWhenAnswered({ ...state, closing: true }, options, self)
}

function closeWhenAnswered(state: State, { edge, socket }: IngestConnectionOptions, self: Connection): State {
  if (state.closing && state.unanswered.size === 0) {
    self.cast(edge, { type: 'socket_close', socket, code: 1013, reason: 'too many unanswered frames' })
  }
  return state
}

function requestOf(
  state: State,
  body: Uint8Array,
  replyTo: Pid<RepliesMessage>,
  { key, seed, now }: IngestConnectionOptions
): IngestRequest {
  const request = state.requests++
  state.unanswered.set(request, { body, receivedAt: now() })
  return { request, replyTo, seed: seed(), key, format: 'frame', encoding: '', body }
}

function answer(state: State, replies: Reply[], options: IngestConnectionOptions, self: Connection): State {
  const lines: string[] = []
  for (const reply of replies) {
    const frame = state.unanswered.get(reply.request)
    if (frame === undefined) continue
    state.unanswered.delete(reply.request)
    lines.push(lineOf(reply, options.refOf(frame.body)))
  }
  send(lines, options, self)
  return closeWhenAnswered(state, options, self)
}

function lineOf(reply: Reply, ref: unknown): string {
  if ('refusal' in reply) return rejected(reply.refusal, ref)
  const { result } = reply
  if (result.status !== 202) return rejected(result, ref)
  return JSON.stringify({ type: 'accepted', id: result.id, outcome: result.outcome, ref })
}

function rejected({ status, errors, detail, retryAfterS }: Refusal, ref: unknown): string {
  const shown: FieldError[] = errors ?? [{ path: '', message: detail }]
  return JSON.stringify({ type: 'rejected', status, errors: shown, retry_after: retryAfterS, ref })
}

function sweep(state: State, options: IngestConnectionOptions, self: Connection): State {
  const oldest = options.now() - options.deadlineMs
  const late: Reply[] = []
  for (const [request, { receivedAt }] of state.unanswered) {
    if (receivedAt > oldest) break
    late.push({ request, refusal: refusals.timeout() })
  }
  if (late.length > 0) countRefused(late.length, 'timeout', options, self)
  return answer(state, late, options, self)
}

function countRefused(
  count: number,
  reason: RefusalReason,
  { key, refusalCounter }: IngestConnectionOptions,
  self: Connection
): void {
  self.cast(refusalCounter, { type: 'refused', refusals: [{ projectId: key.project.projectId, reason, count }] })
}

function send(data: string[], { edge, socket }: IngestConnectionOptions, self: Connection): void {
  if (data.length > 0) self.cast(edge, { type: 'socket_send', socket, data })
}
