/** The mail that the edge understands, and what others must know to talk with it. */
import type { ReplyTo } from '../mesh/types.ts'
import type { EdgeFigures } from '../schema/metrics.ts'
import type { RepliesMessage } from '../schema/pipeline.ts'
import type { SocketMessage } from '../schema/sockets.ts'
import type { KeysMessage } from './ingestion/messages.ts'

export type EdgeMessage =
  | RepliesMessage
  | KeysMessage
  | SocketMessage
  | { type: 'sweep' }
  /** Answers with the port once the listener is open. */
  | { type: 'address'; replyTo: ReplyTo<{ port: number }> }
  /** Refuses what is new, answers what was accepted, then replies. */
  | { type: 'drain'; replyTo: ReplyTo<true> }
  | { type: 'status'; replyTo: ReplyTo<EdgeStatus> }

export type EdgeStatus = EdgeFigures & { draining: boolean }
