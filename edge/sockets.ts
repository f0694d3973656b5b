/**
 * GET /ingest: sockets whose every text frame is an event. The key is decided before the upgrade. Each socket has a process of
 * its own behind it; the edge owns the socket, gathers the frames of a turn into one mail to that process, and
 * sends what the process asks for. When either side ends, the other is told.
 */
import type { IngestConnectionMessage, SocketMessage } from '../actors/ingest-connection.ts'
import type { Pid } from '../mesh/types.ts'
import { limits } from '../schema/limits.ts'
import type { IngestKey } from '../schema/pipeline.ts'
import type { EdgeContext } from './context.ts'
import { publicKeyOf } from './credentials.ts'
import { openExchange, refuse } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { HttpRequest, HttpResponse, TemplatedApp, UpgradeContext, WebSocket } from './uws.ts'

/** Starts the process of a socket, which then says `socket_ready`; rejects when it cannot be started. */
export type OpenConnection = (socket: number, key: IngestKey) => Promise<unknown>

export type Sockets = {
  handle: (message: SocketMessage) => void
  /** The process of a socket has ended: the socket has nobody to speak for it. */
  bereaved: (pid: Pid) => void
  /** Closes the sockets whose key is no longer good. */
  revoke: (isGood: (publicKey: string) => boolean) => void
  closeAll: (code: number, reason: string) => void
  size: () => number
}

type Connection = {
  number: number
  key: IngestKey
  ws: WebSocket<Connection> | null
  pid: Pid<IngestConnectionMessage> | null
  frames: Uint8Array[]
}

const idleTimeoutS = 120
/** A client that does not read its answers is closed when this much waits for it. */
const backpressureBytesMax = 1024 * 1024

export function sockets (app: TemplatedApp, context: EdgeContext, openConnection: OpenConnection): Sockets {
  const open = new Map<number, Connection>()
  let last = 0

  app.ws<Connection>('/ingest', {
    maxPayloadLength: limits.frameBytesMax,
    maxBackpressure: backpressureBytesMax,
    closeOnBackpressureLimit: true,
    idleTimeout: idleTimeoutS,
    upgrade: (res, req, upgradeContext) => upgrade(context, res, req, upgradeContext, key => ({ number: ++last, key, ws: null, pid: null, frames: [] })),
    open: ws => {
      const connection = ws.getUserData()
      connection.ws = ws
      open.set(connection.number, connection)
      startProcess(connection)
    },
    message: (ws, message, isBinary) => {
      if (isBinary) ws.end(1003, 'send events as text frames')
      else gatherFrame(ws.getUserData(), new Uint8Array(message.slice(0)))
    },
    close: ws => {
      const connection = ws.getUserData()
      connection.ws = null
      open.delete(connection.number)
      if (connection.pid !== null) context.self.cast(connection.pid, { type: 'closed' })
    }
  })

  function startProcess (connection: Connection): void {
    openConnection(connection.number, connection.key).catch(() => connection.ws?.end(1013, 'try again later'))
  }

  function ready (socket: number, pid: Pid<IngestConnectionMessage>): void {
    const connection = open.get(socket)
    if (connection === undefined) {
      context.self.cast(pid, { type: 'closed' })
      return
    }
    connection.pid = pid
    context.self.monitor(pid)
    sendFrames(connection)
  }

  function gatherFrame (connection: Connection, frame: Uint8Array): void {
    if (connection.frames.length === 0) setImmediate(sendFrames, connection)
    connection.frames.push(frame)
  }

  function sendFrames (connection: Connection): void {
    if (connection.pid === null || connection.frames.length === 0) return
    context.self.cast(connection.pid, { type: 'frames', frames: connection.frames })
    connection.frames = []
  }

  return {
    handle: message => {
      if (message.type === 'socket_ready') return ready(message.socket, message.pid)
      const ws = open.get(message.socket)?.ws
      if (ws === undefined || ws === null) return
      if (message.type === 'socket_close') ws.end(message.code, message.reason)
      else ws.cork(() => { for (const line of message.data) ws.send(line) })
    },
    bereaved: pid => {
      for (const { pid: own, ws } of open.values()) if (own?.serial === pid.serial) ws?.end(1011, 'try again')
    },
    revoke: isGood => {
      for (const { key, ws } of open.values()) if (!isGood(key.publicKey)) ws?.end(1008, 'the key has been revoked')
    },
    closeAll: (code, reason) => {
      for (const { ws } of open.values()) ws?.end(code, reason)
    },
    size: () => open.size
  }
}

function upgrade (context: EdgeContext, res: HttpResponse, req: HttpRequest, upgradeContext: UpgradeContext, connectionOf: (key: IngestKey) => Connection): void {
  const exchange = openExchange(res, true)
  const publicKey = publicKeyOf(req)
  const [key, protocol, extensions] = [req.getHeader('sec-websocket-key'), req.getHeader('sec-websocket-protocol'), req.getHeader('sec-websocket-extensions')]
  if (context.isDraining()) return refuse(exchange, edgeRefusals.shuttingDown, true)

  context.keys.decide(publicKey, decision => {
    if (!exchange.open) return
    if (!decision.ok) {
      context.countRefused(0, decision.refusal.reason)
      return refuse(exchange, decision.refusal)
    }
    exchange.open = false
    res.cork(() => res.upgrade(connectionOf(decision.key), key, protocol, extensions, upgradeContext))
  })
}
