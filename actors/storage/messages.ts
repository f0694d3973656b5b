/**
 * The messages of storage. An EventProcessor sends prepared batches to the StorageWriter, which hands them to the spool
 * while the database is away. Both report how each batch ended to the router that holds it, with a `FateMessage`.
 */
import type { Pid, ProcessName, ReplyTo } from '../../mesh/types.ts'
import type { Refusal } from '../../schema/outcomes.ts'
import type { PreparedBatch, ReplyAddress } from '../../schema/pipeline.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { SpoolListing } from '../../services/spool/files.ts'
import type { SpoolFile } from '../../services/spool/spool.ts'

/** Sent to the routers that hold these batches. */
export type FateMessage =
  /** Stored, spooled or replied to otherwise: the router stops holding them. */
  | { type: 'settled'; batchIds: string[] }
  /** No process can take these batches; the router replies to the waiting clients. */
  | { type: 'refused'; batchIds: string[]; refusal: Refusal }

/** A batch with the addresses that wait for its events. */
export type Awaited = {
  batch: PreparedBatch
  addresses: ReplyAddress[]
  /** A commit was begun and may have succeeded: a refusal must say that the batch may be stored. */
  doubtful: boolean
  /** The router of another node that holds the batch; absent when the router of this node does. */
  router?: Pid<FateMessage>
}

/** Batches for the spool, with the writer that gets them back when the spool cannot take them. */
export type Handed = { items: Awaited[]; from: ProcessName<StorageWriterMessage> }

/** Why the database does not take events, in words, and since when, in milliseconds since the epoch. */
export type Outage = { why: string; since: number }

export type StorageWriterMessage =
  | ({ type: 'store' } & Awaited)
  | { type: 'flush' }
  | { type: 'committed'; group: number; committed: CommittedBatch[] }
  | { type: 'failed'; group: number; error: unknown }
  | { type: 'overdue'; group: number }
  | { type: 'spool_refused'; items: Awaited[] }
  | { type: 'database_up' }

export type SpoolMessage =
  | ({ type: 'spool'; why: string } & Handed)
  | { type: 'written'; file: SpoolFile; handed: Handed[] }
  | { type: 'write_failed'; error: unknown; handed: Handed[] }
  | { type: 'tick' }
  | { type: 'replayed'; names: string[] }
  | { type: 'replay_failed'; names: string[]; error: unknown }
  | { type: 'listed'; listing: SpoolListing }
  | { type: 'list_failed' }
  | { type: 'probed'; error: unknown }
  | { type: 'status'; replyTo: ReplyTo<SpoolStatus> }

export type SpoolStatus = {
  accepting: boolean
  /** Null while the database takes events. */
  outage: Outage | null
  files: number
  bytes: number
  bytesMax: number
  /** Files that are set aside: damaged, or of another release. */
  setAside: number
  oldestAt: number | null
}

export type RollupFolderMessage =
  { type: 'committed' } | { type: 'fold' } | { type: 'folded'; more: boolean } | { type: 'failed'; error: unknown }

export type DatabaseKeeperMessage =
  { type: 'lost'; reason: string } | { type: 'restart' } | { type: 'restarted' } | { type: 'failed'; error: unknown }
