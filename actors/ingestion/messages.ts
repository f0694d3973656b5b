/**
 * The messages of ingestion, from the socket to the writer. Requests go to the RateLimiter, then to the EventRouter,
 * which holds them in batches, then to an EventProcessor, which sends prepared events to storage. The RefusalCounter
 * counts what is refused on the way.
 */
import type { ReadRequest } from '../../events/read-request.ts'
import type { Pid, ReplyTo } from '../../mesh/types.ts'
import type { NodeRoute } from '../../schema/nodes.ts'
import type { RefusalReason } from '../../schema/outcomes.ts'
import type { IngestBatch, IngestKey, IngestRequest, ItemCount, RepliesMessage } from '../../schema/pipeline.ts'
import type { FramesMessage } from '../../schema/sockets.ts'
import type { TallyMessage } from '../behaviours/tally.ts'
import type { FateMessage } from '../storage/messages.ts'
import type { PackedBatch } from './guest-batches.ts'

export type IngestConnectionMessage = RepliesMessage | FramesMessage | { type: 'sweep' }

/**
 * All keys at one moment. `fresh` is false when the last poll failed. `version` grows with every poll. `asOf` is when
 * the last successful poll began: a key that was made later may be missing.
 */
export type KeySnapshot = { version: number; asOf: number; fresh: boolean; keys: ReadonlyMap<string, IngestKey> }

/** Sent to the subscriber of the KeyCache, which looks up the keys of requests. */
export type KeysMessage = { type: 'keys'; snapshot: KeySnapshot }

export type KeyCacheMessage =
  | { type: 'poll' }
  /** An unknown key was used, or there is no snapshot yet: poll soon and send the result. */
  | { type: 'refresh' }
  | { type: 'loaded'; keys: IngestKey[] }
  | { type: 'failed'; error: unknown }

/**
 * `events` is how many events the request had beyond the one that was charged at admission: -1 for a request with none.
 */
export type Charge = { key: IngestKey; events: number }

export type RateLimiterMessage =
  | { type: 'admit'; requests: IngestRequest[] }
  | { type: 'charge'; charges: Charge[] }
  | { type: 'sweep' }
  | { type: 'storage'; isLow: boolean }
  | { type: 'use' }
  | { type: 'tell' }
  | TakenMessage

/** What another node has taken from its buckets since its last message, or how full they are. */
export type TakenMessage =
  | { type: 'taken'; buckets: { name: string; capacity: number; taken: number }[] }
  | { type: 'levels'; buckets: { name: string; capacity: number; tokens: number }[] }

export type EventRouterMessage =
  | { type: 'route'; requests: IngestRequest[] }
  | FateMessage
  | { type: 'resend' }
  /** Where a share of the batches is processed from now on; null: all of them here. */
  | { type: 'divert'; route: NodeRoute | null }
  | { type: 'guest'; node: string; pid: Pid<GuestProcessorMessage> }
  | { type: 'guest_failed'; node: string; error: unknown }
  | { type: 'status'; replyTo: ReplyTo<RouterStatus> }

/** `oldestHeldMs` is the age of the oldest event without an outcome: it shows whether the pipeline moves. */
export type RouterStatus = { heldBatches: number; heldBytes: number; oldestHeldMs: number }

/** `hasWaited` for a batch whose source maps have been loaded, as far as they could be. */
export type EventProcessorMessage = { type: 'process'; batch: IngestBatch; hasWaited?: true }

export type LargeBodyProcessorMessage =
  EventProcessorMessage | { type: 'read'; batch: IngestBatch; read: ReadRequest[] } | { type: 'unread'; error: unknown }

export type GuestProcessorMessage = { type: 'process_packed'; batch: PackedBatch; hasWaited?: true }

/** `projectId` 0 stands for requests without a known project. */
export type RefusalCount = { projectId: number; reason: RefusalReason; count: number }

export type ProjectItemCount = ItemCount & { projectId: number }

type OutcomeCount = { projectId: number; outcome: 'refused' | ItemCount['outcome']; reason: string; count: number }

/** `hour` is the start of the hour, in milliseconds since the epoch. */
export type HourCount = OutcomeCount & { hour: number }

/** How many events were sent with a key, and when it was last used by which clients; '' is one that says nothing. */
export type KeyUse = { projectId: number; keyId: string; events: number; clients: string[] }
/** `hour` and `at` are in milliseconds since the epoch. */
export type HourOfKey = KeyUse & { hour: number; at: number }

export type KeyUsageMessage = { type: 'used'; uses: KeyUse[] } | TallyMessage<HourOfKey>

export type RefusalCounterMessage =
  | { type: 'refused'; refusals: RefusalCount[] }
  /** Items beside events that are not kept. */
  | { type: 'counted'; items: ProjectItemCount[] }
  | TallyMessage<HourCount>
