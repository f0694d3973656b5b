/**
 * Loads uWebSockets.js: the package `uWebSockets.js` where an operator has installed the official one, otherwise the
 * binary for this system, processor and version of Node.js, packed as `@uwsjs/<system>-<processor>-<major>`
 * (docs/decisions tells who packs them). Only what the edge uses has types here. Throws where there is no binary.
 */
import { createRequire } from 'node:module'
import { headBytesMax } from './limits.ts'
import type { HttpRequest, HttpResponse, RouteHandler, RouteMethod, WebSocket } from './types.ts'

export type UwsResponse = HttpResponse & {
  pause: () => void
  resume: () => void
  upgrade: <Data>(data: Data, key: string, protocol: string, extensions: string, context: UpgradeContext) => void
}
/** Of an upgrade that is being decided. */
type UpgradeContext = { readonly isUpgradeContext: unique symbol }
export type ListenSocket = { readonly isListenSocket: unique symbol }

/** Subscriptions are for benchmarks alone: the edge decides itself who gets what. */
type UwsSocket<Data> = WebSocket<Data> & { subscribe: (topic: string) => unknown }

type UwsSockets<Data> = {
  maxPayloadLength: number
  maxBackpressure: number
  closeOnBackpressureLimit: boolean
  /** Seconds. */
  idleTimeout: number
  upgrade: (res: UwsResponse, req: HttpRequest, context: UpgradeContext) => void
  open: (socket: WebSocket<Data>) => void
  message: (socket: UwsSocket<Data>, bytes: ArrayBuffer, isBinary: boolean) => void
  drain: (socket: WebSocket<Data>) => void
  close: (socket: WebSocket<Data>) => void
}

export type UwsApp = Readonly<Record<RouteMethod, (path: string, handler: RouteHandler) => unknown>> & {
  ws: <Data>(path: string, behaviour: Partial<UwsSockets<Data>>) => unknown
  /** Called with 1 for every connection, and with -1 when it ends as one of HTTP. */
  filter: (watch: (res: HttpResponse, change: number) => void) => unknown
  /** Runs the callback before it returns. */
  listen: (host: string, port: number, options: number, callback: (socket: ListenSocket | false) => void) => unknown
  close: () => unknown
  /** Sends to all sockets that have subscribed to the topic. */
  publish: (topic: string, message: string | Uint8Array, isBinary: boolean) => unknown
}

export type Uws = {
  App: () => UwsApp
  us_listen_socket_close: (socket: ListenSocket) => void
  us_socket_local_port: (socket: ListenSocket) => number
}

const variable = 'UWS_HTTP_MAX_HEADERS_SIZE'
const setting = process.env[variable]
/** Of a head: ours, or what the operator has set. */
export const uwsHeadBytesMax = setting === undefined ? headBytesMax : Number(setting)

/** uWS reads its limit when it is loaded. It is twice ours: what is beyond its own it refuses by itself, in HTML. */
export function loadUws(): Uws {
  process.env[variable] = String(2 * uwsHeadBytesMax)
  try {
    return loadBinary()
  } finally {
    if (setting === undefined) delete process.env[variable]
    else process.env[variable] = setting
  }
}

function loadBinary(): Uws {
  const load: (name: string) => Uws = createRequire(import.meta.url)
  const { platform, arch, versions } = process
  const packed = `@uwsjs/${platform}-${arch}-${versions.node.split('.', 1)[0] ?? ''}`
  try {
    return load('uWebSockets.js')
  } catch {
    // Not installed, or another copy that cannot be loaded: the packed one is asked, and tells what is wrong with it.
    return load(packed)
  }
}
