/**
 * What the edge needs of an HTTP server, so that it runs on more than one. The names and the rules are those of
 * uWebSockets.js, whose own objects fit these types as they are: the hot path pays nothing for the interface. In
 * short: a request is gone when its handler returns; `onAborted` is set before that; what is written later is written
 * in `cork`; nothing is written after the end.
 */
import type { TransportName } from '../../schema/transports.ts'

export type HttpRequest = {
  /** The value of a header, whose name is given in lower case; '' without one. */
  getHeader: (name: string) => string
  /** In lower case. */
  getMethod: () => string
  /** The path as it was sent, without the query. */
  getUrl: () => string
  /** Undefined without a "?". */
  getQuery: () => string | undefined
  /** What stands in the place of the route's parameter of this number. */
  getParameter: (index: number) => string | undefined
  /** All header lines in order, names in lower case. */
  forEach: (look: (name: string, value: string) => void) => void
  /** Leaves the request to the next route that fits. */
  setYield: (yields: boolean) => unknown
}

export type HttpResponse = {
  /** Called when the client goes before the answer. */
  onAborted: (handler: () => void) => unknown
  /** The chunk is valid until the handler returns. */
  onData: (handler: (chunk: ArrayBuffer, isLast: boolean) => void) => unknown
  /** Lets the client wait with the rest of its body. */
  pause: () => unknown
  resume: () => unknown
  /** Sends all that the work writes in as few packets as there can be. */
  cork: (work: () => void) => unknown
  writeStatus: (status: string) => unknown
  writeHeader: (name: string, value: string) => unknown
  end: (body: string | Uint8Array, closes?: boolean) => unknown
  endWithoutBody: () => unknown
  /** The bytes of the address at the other end; none when it has gone. */
  getRemoteAddress: () => ArrayBuffer
  /** Ends the connection. */
  close: () => unknown
}

export type WebSocket<Data> = {
  getUserData: () => Data
  send: (message: string | Uint8Array, isBinary: boolean) => unknown
  /** Says why, and calls the handler `close` before it returns. */
  end: (code: number, reason: string) => unknown
  cork: (work: () => void) => unknown
  /** Bytes that the kernel has not taken. */
  getBufferedAmount: () => number
}

export type WebSocketRoute<Data> = {
  /** The server may drop a connection that sends much larger frames, without a word. */
  frameBytesMax: number
  /** A client for which more than this waits is closed. */
  backpressureBytesMax: number
  /** A client that is silent for this long is closed; pings ask it before. */
  idleTimeoutS: number
  /**
   * Decides now or later. `accept` opens the socket with what `data` returns, unless that is null then: the client may
   * have gone.
   */
  upgrade: (res: HttpResponse, req: HttpRequest, accept: (data: () => Data | null) => void) => void
  open: (socket: WebSocket<Data>) => void
  /** The bytes are valid until the handler returns. */
  message: (socket: WebSocket<Data>, bytes: ArrayBuffer, isBinary: boolean) => void
  /** Some of what waited has left. */
  drain: (socket: WebSocket<Data>) => void
  /** The socket may not be used any more. */
  close: (socket: WebSocket<Data>) => void
}

export type RouteHandler = (res: HttpResponse, req: HttpRequest) => void
export const routeMethods = ['get', 'head', 'post', 'put', 'patch', 'del', 'options', 'any'] as const
export type RouteMethod = (typeof routeMethods)[number]

/** `sharesPort` lets other processes listen on the port too; the kernel distributes the connections. */
export type ListenOptions = { host: string; port: number; sharesPort?: boolean }
export type Listener = { port: number; stopListening: () => void; closeAll: () => void }

/**
 * A server before it listens. Routes of one method come before those of any; parts of a path that are written out come
 * before `:parameters`, and those before `*`.
 */
export type Door = Readonly<Record<RouteMethod, (path: string, handler: RouteHandler) => unknown>> & {
  webSockets: <Data>(path: string, route: WebSocketRoute<Data>) => void
  /** Called with 1 for every connection, and with -1 when one ends that has not become a WebSocket. */
  watchConnections: (watch: (connection: Pick<HttpResponse, 'close'>, change: number) => void) => void
  /** Port 0 chooses a free one. Rejects when the port is taken or not allowed. */
  listen: (options: ListenOptions) => Promise<Listener>
}

/** Requests that the server refuses before there is a route. */
export type BadRequest = 'malformed' | 'head_too_large' | 'head_timeout' | 'two_hosts' | 'no_host' | 'transfer_coding'

/** An answer without a request. The server adds the length, and that the connection ends. */
export type RawAnswer = { status: string; headers: readonly (readonly [name: string, value: string])[]; body: string }

export type DoorOptions = {
  /** What uWebSockets.js' parser refuses by itself, it answers by itself too. */
  badRequest: (what: BadRequest) => RawAnswer
}

export type Transport = {
  name: TransportName
  openDoor: (options: DoorOptions) => Door
  /** Tells the server that this client sends its body slowly and may go on. */
  bearWith: (res: HttpResponse) => void
}
