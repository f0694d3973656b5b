/** The messages that the edge handles, and the types that its callers need. */
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
  /** Replies with the port once the listener is open. */
  | { type: 'address'; replyTo: ReplyTo<{ port: number }> }
  /** Refuses new requests, waits until the accepted ones have their replies, then replies. */
  | { type: 'drain'; replyTo: ReplyTo<true> }
  | { type: 'status'; replyTo: ReplyTo<EdgeStatus> }

export type EdgeStatus = EdgeFigures & { draining: boolean }
