/**
 * The options of a load, its reports while it runs, and its report at the end. Plain data, since it is sent between
 * processes.
 */
import type { LatencySummary } from './histogram.ts'

export type LoadOptions = {
  /** Where Mesher (or the peer) listens, like http://127.0.0.1:8080. */
  url: string
  /** DSN keys, one per project: the events are spread over them. */
  keys: readonly string[]
  connections: number
  /** Below 2^24; must differ between loads into one database: markers and event ids are made of it. */
  run: number
  /** File that gets a line per event, see journal.ts. */
  journalPath: string
  /** The load ends at the first of both bounds. Counted from the start, warm-up included. */
  durationMs: number
  eventsMax?: number
  /** Figures of the window leave the first part out; the journal never does. */
  warmupMs?: number
  /** Events per second, as far as free connections allow; without it each connection sends when it has its response. */
  ratePerS?: number
  /** Connect again, every 50 ms, when a connection is lost or refused. Without it a lost connection stays away. */
  reconnect?: boolean
  /** After this a request counts as unanswered and its connection is closed. */
  requestTimeoutMs?: number
  seed?: number
  /** Events as SDKs make them, each with an id and the name of its SDK; otherwise every second one has an id. */
  asSdks?: boolean
  /** With the ids of the keys' projects every event goes as an envelope of Sentry's protocol. */
  envelopesTo?: readonly number[]
  /** The mix of real SDKs instead (sdk-mix.ts); it goes as envelopes, those of Python compressed. */
  sdkMix?: boolean
}

export type LoadProgress = {
  sent: number
  acknowledged: number
  refused: number
  unanswered: number
  ratePerS: number
  connected: number
}

/** Sent = sum of outcomes + sum of refusals + unanswered, over the whole load. */
export type LoadReport = {
  sent: number
  acknowledged: number
  outcomes: Record<string, number>
  refusals: Record<string, number>
  statuses: Record<string, number>
  unanswered: number
  connectionsLost: number
  connectErrors: Record<string, number>
  bodyBytesMean: number
  journalPath: string
  /** From the end of the warm-up until nothing more was sent. */
  window: {
    seconds: number
    acknowledged: number
    ratePerS: number
    latencyMs: LatencySummary
    cpuS: number
    cpuUsPerEvent: number
  }
}

/** Between the parent and the process that makes the load. */
export type ToChild = { type: 'prepare'; options: LoadOptions } | { type: 'start' } | { type: 'stop' }
export type FromChild =
  | { type: 'ready' }
  | { type: 'window'; state: 'open' | 'closed' }
  | { type: 'progress'; progress: LoadProgress }
  | { type: 'report'; report: LoadReport }
  | { type: 'failed'; message: string }
