/**
 * What travels through the ingestion pipeline, from the edge to the StorageWriter. Plain data all the way: it may
 * cross to another node, and prepared events are what the spool keeps on disk.
 */
import type { Pid } from '../mesh/types.ts'
import type { Reply } from './outcomes.ts'

/** Levels of an event, most severe first. */
export const levels = ['fatal', 'error', 'warning', 'info', 'debug'] as const
export type Level = (typeof levels)[number]

export const retentionClasses = [30, 60, 90] as const
export type RetentionDays = (typeof retentionClasses)[number]

/** Rules of a project for grouping, as people wrote them. `revision` counts their changes. */
export type GroupingTexts = { revision: number; fingerprintRules: string; stackRules: string }

/** What ingestion must know of a project; comes with its keys. */
export type ProjectSettings = {
  projectId: number
  retentionDays: RetentionDays
  /** 0 to 1: the share of events that is kept. */
  sampleRate: number
  rateLimitPerMinute: number | null
  /**
   * `fields` are more names of secrets, `safeFields` names that are none: absent in what a node of version 0.1 sends.
   */
  scrub: { enabled: boolean; fields: string[]; safeFields?: string[] | undefined; ip: 'keep' | 'drop' }
  /** Absent where the project has no rules. */
  grouping?: GroupingTexts | undefined
  /** When its artifacts last changed, in milliseconds; absent while it has none. */
  artifactRevision?: number | undefined
}

/** A DSN key that may send events. `rateLimitPerMinute` is the key's own limit, beside the project's. */
export type IngestKey = {
  keyId: string
  publicKey: string
  rateLimitPerMinute: number | null
  project: ProjectSettings
}

/** Mail to the process that waits for the fate of a request: the edge, or the process of a socket. */
export type RepliesMessage = { type: 'replies'; replies: Reply[] }

/**
 * One request whose key is known and whose body is read but not yet looked at. `seed` is a UUIDv7 minted on arrival:
 * the id of event 0; event n has the same id with n added to its last 16 bits (which the edge leaves 0 for bulk). So a
 * request that is processed again after a crash makes the same ids. `format` says what the body holds: one event, a
 * JSON array or NDJSON of events, one text frame of a socket (an event, or `{ ref, event }`), what SDKs of Sentry send
 * (an envelope, a single event of their form, or a browser's security reports), or a request of OpenTelemetry's
 * protocol, as Protocol Buffers or as JSON.
 */
export type IngestRequest = {
  request: number
  replyTo: Pid<RepliesMessage>
  seed: string
  key: IngestKey
  format: 'event' | 'array' | 'ndjson' | 'frame' | 'envelope' | 'store' | 'security' | OtlpFormat
  /** The Content-Encoding as sent, lower case, '' for none. */
  encoding: string
  body: Uint8Array
  /** With the formats of Sentry only. */
  sentry?: SentryClient
}

type OtlpSignal = 'otlp_logs' | 'otlp_traces' | 'otlp_metrics'
export type OtlpFormat = OtlpSignal | `${OtlpSignal}_json`

/** What a request says, without who asked: all that reading it needs, and plain data. */
export type RequestContent = Omit<IngestRequest, 'request' | 'replyTo'>

/** What a client of Sentry's protocol says beside the body; '' where it says nothing. */
export type SentryClient = { address: string; sdk: string; userAgent: string; release: string; environment: string }

/** What the processor works on at once, and the unit of the ledger: committed whole, and once. */
export type IngestBatch = { id: string; requests: IngestRequest[] }

/**
 * How an event was grouped: stored with the issue so that the dashboard can say why. `custom_rule` is a fingerprint
 * that a rule of the project gave. Components that begin with `rule` or `stack rule` tell of rules, and are not hashed.
 */
export type Grouping = {
  rule: 'custom' | 'custom_rule' | 'exception' | 'stack' | 'security' | 'message' | 'fallback'
  version: string
  components: string[]
}

/** '' where it is not known; `ip` is absent in what a node of version 0.2 spooled. */
export type UserNames = { email: string; username: string; ip?: string }

/** Names in the frames nearest to the crash, and the types of what caused the error, each once. */
export type StackNames = { filename: string[]; function: string[]; module: string[]; cause: string[] }

/**
 * How many events one stands for where a share is kept: as one of the first of a new issue, which are always kept, and
 * else. `sampled` 0: it is left out then.
 */
export type Weights = { first: number; sampled: number }

/** An event ready to be stored. Times are milliseconds since the epoch; `receivedAt` is the one inside `id`. */
export type PreparedEvent = {
  id: string
  projectId: number
  retentionDays: RetentionDays
  receivedAt: number
  occurredAt: number
  /** The client's own id, 32 lower-case hex digits, or null. */
  eventId: string | null
  level: Level
  environment: string
  release: string
  platform: string
  /** What full-text search sees: the message, or type and value of the main exception. */
  message: string
  title: string
  culprit: string
  /** 16 hex digits that stand for the user within the project, or '' without a user. */
  userHash: string
  /** What the `user` filter sees: id, else email, else username, else address; '' without a user. */
  user: string
  /** What else is known of the user, for searches: e-mail address and username, where `user` is another. */
  userNames?: UserNames | undefined
  tags: Record<string, string>
  /**
   * What is derived of the event and is searched and counted like tags; none has the name of a tag. Absent, as are the
   * names in its stack, in what a node of version 0.2 spooled.
   */
  facets?: Readonly<Partial<Record<string, string>>> | undefined
  stack?: StackNames | undefined
  /** 64 hex digits: SHA-256 of the grouping. */
  fingerprint: string
  grouping: Grouping
  /** Absent where it stands for itself. The commit decides: it knows which issues are new. */
  weights?: Weights | undefined
  /** The whole normalised event as JSON text. */
  payload: string
}

/** An event of a project that keeps none: no row of `events`, but is counted in the same transaction. */
export type SampledOutEvent = { id: string; projectId: number }

/** An event whose processing threw, or that PostgreSQL refused for its data: kept aside with the reason. */
export type QuarantinedEvent = { id: string; projectId: number; error: string; body: string }

/**
 * What somebody wrote about an event. `id` is made of what the client sent, so the same words sent again are the same
 * feedback. `eventId` is the client's id of the event it is about, null when it is about none.
 */
export type PreparedFeedback = {
  id: string
  projectId: number
  eventId: string | null
  receivedAt: number
  name: string
  email: string
  message: string
  url: string
  environment: string
  release: string
}

/** What is counted beside events: items of envelopes that are not kept, and what clients say they have not sent. */
export type ItemCount = { outcome: 'ignored' | 'client_discarded'; reason: string; count: number }

/**
 * What an envelope comes to beside its event. `eventId` is what its sender wants to hear: the id that it gave, null
 * when it gave none.
 */
export type EnvelopeRest = { eventId: string | null; feedback: PreparedFeedback[]; counts: ItemCount[] }

/** What one processed batch asks the writer to commit. Ids are unique over the lists. */
export type PreparedBatch = {
  id: string
  events: PreparedEvent[]
  sampledOut: SampledOutEvent[]
  quarantined: QuarantinedEvent[]
  feedback?: PreparedFeedback[]
}

/**
 * Where the fate of the event with this id is to be told; `eventId` is the client's id where that is what it wants to
 * hear.
 */
export type ReplyAddress = {
  id: string
  replyTo: Pid<RepliesMessage>
  request: number
  index: number
  total: number
  eventId?: string
}

/** The fate of one event as the commit decided it; `firstId` is what a duplicate answers. */
export type CommittedOutcome =
  | { id: string; outcome: 'stored' | 'discarded' | 'sampled_out' | 'quarantined' }
  | { id: string; outcome: 'duplicate'; firstId: string }
