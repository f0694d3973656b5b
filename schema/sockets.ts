/** What the edge, which owns the sockets, and the process of a socket say to each other. */
import type { Pid } from '../mesh/types.ts'

export type FramesMessage =
  | { type: 'frames'; frames: Uint8Array[] }
  | { type: 'closed' }
  /** The client does not read as fast as it is sent to; later that everything sent has left. */
  | { type: 'congested' }
  | { type: 'drained' }

export type SocketMessage =
  /** The process is there and takes frames. */
  | { type: 'socket_ready'; socket: number; pid: Pid<FramesMessage> }
  /** Text frames; bytes are sent as they are, the same to as many sockets as one likes. */
  | { type: 'socket_send'; socket: number; data: readonly (string | Uint8Array)[] }
  | { type: 'socket_close'; socket: number; code: number; reason: string }
