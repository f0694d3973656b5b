/** The mail that the edge understands, and what others must know to talk with it. */
import type { SocketMessage } from '../actors/ingest-connection.ts'
import type { KeysMessage } from '../actors/key-cache.ts'
import type { ReplyTo } from '../mesh/types.ts'
import type { RepliesMessage } from '../schema/pipeline.ts'
import type { PendingStats } from './pending.ts'

export type EdgeMessage =
  | RepliesMessage
  | KeysMessage
  | SocketMessage
  | { type: 'sweep' }
  /** Answers with the port once the listener is open. */
  | { type: 'address', replyTo: ReplyTo<{ port: number }> }
  /** Refuses what is new, answers what was accepted, then replies. */
  | { type: 'drain', replyTo: ReplyTo<true> }
  | { type: 'status', replyTo: ReplyTo<EdgeStatus> }

/** The edge in figures. `answered` counts by status since the listener's start; `waitingBytes` are those of bodies that are being read. */
export type EdgeStatus = PendingStats & { answered: Record<string, number>, sockets: number, waitingBytes: number, draining: boolean }

export type Check = { name: string, ok: boolean, detail: string }
export type Readiness = { ready: boolean, checks: Check[] }
