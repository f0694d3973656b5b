/**
 * Makes the load: N kept-alive connections on raw sockets, each with at most one request under way. A connection sends
 * again when it has its response (closed loop), or when the pace allows it (`ratePerS`). Events are sent once and never
 * repeated: without a response the fate of an event is unknown, and the tally counts it so. Ends at `durationMs`,
 * `eventsMax` or `stop`; then waits for open responses, at most `requestTimeoutMs`.
 */
import { connect, type Socket } from 'node:net'
import { writeRequest, type RequestPool } from './requests.ts'
import { createParser, parse, type Response, type ResponseParser } from './response.ts'
import { closeWindow, count, noteResponse, noteUnanswered, openWindow, type Tally } from './tally.ts'
import type { LoadOptions } from './types.ts'

export type Generator = { done: Promise<void>; stop: () => void; connected: () => number }

export type GeneratorHooks = { onWindow: (state: 'open' | 'closed') => void }

/** `sequence` is that of the request under way, -1 when there is none. */
type Connection = {
  socket: Socket | undefined
  parser: ResponseParser
  request: Buffer
  sequence: number
  sentAtMs: number
}

type Load = {
  options: LoadOptions
  pool: RequestPool
  tally: Tally
  connections: Connection[]
  idle: Connection[]
  credit: number
  sending: boolean
  waiting: number
  connected: number
  timers: NodeJS.Timeout[]
  hooks: GeneratorHooks
  finish: () => void
}

const reconnectMs = 50
const paceMs = 4
const checkMs = 250
const requestTimeoutMsDefault = 15_000
const readBytes = 16 * 1024

export function startGenerator(
  options: LoadOptions,
  pool: RequestPool,
  tally: Tally,
  hooks: GeneratorHooks
): Generator {
  const { promise, resolve } = withResolver()
  const load: Load = {
    options,
    pool,
    tally,
    connections: [],
    idle: [],
    credit: 0,
    sending: true,
    waiting: 0,
    connected: 0,
    timers: [],
    hooks,
    finish: resolve
  }
  const openNow = (): void => {
    openWindow(tally)
    hooks.onWindow('open')
  }
  if (options.warmupMs) load.timers.push(setTimeout(openNow, options.warmupMs))
  else openNow()
  load.timers.push(setTimeout(() => stopSending(load), options.durationMs))
  load.timers.push(setInterval(() => checkDeadlines(load), checkMs))
  if (options.ratePerS !== undefined) pace(load, options.ratePerS)

  for (let i = 0; i < options.connections; i++) {
    const connection = {
      socket: undefined,
      parser: createParser(),
      request: Buffer.allocUnsafeSlow(pool.bytesMax),
      sequence: -1,
      sentAtMs: 0
    }
    load.connections.push(connection)
    open(load, connection)
  }
  return { done: promise, stop: () => stopSending(load), connected: () => load.connected }
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(_resolve => {
    resolve = _resolve
  })
  return { promise, resolve }
}

function open(load: Load, connection: Connection): void {
  const { hostname, port } = new URL(load.options.url)
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  connection.parser = createParser()
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: { buffer, callback: length => received(load, connection, buffer, length) }
  })
  connection.socket = socket
  socket.on('connect', () => {
    load.connected++
    socket.once('close', () => {
      load.connected--
    })
    ready(load, connection)
  })
  socket.on('error', error => count(load.tally.connectErrors, codeOf(error)))
  socket.on('close', () => closed(load, connection))
}

/** Sends the next request, or waits for the pace; a load that ends sends nothing. */
function ready(load: Load, connection: Connection): void {
  if (!load.sending) return finishWhenQuiet(load)
  if (load.options.ratePerS === undefined) return send(load, connection)
  if (load.credit < 1) {
    load.idle.push(connection)
    return
  }
  load.credit--
  send(load, connection)
}

function send(load: Load, connection: Connection): void {
  const sequence = load.tally.sent++
  const length = writeRequest(load.pool, sequence, connection.request)
  connection.sequence = sequence
  connection.sentAtMs = performance.now()
  load.waiting++
  connection.socket?.write(connection.request.subarray(0, length))
  if (load.tally.sent >= (load.options.eventsMax ?? Infinity)) stopSending(load)
}

/** Called by the socket for every read; returning true keeps it reading. */
function received(load: Load, connection: Connection, bytes: Buffer, length: number): boolean {
  const response = understood(load, connection, bytes, length)
  if (!response) return true
  if (connection.sequence < 0) throw new Error('a response came that nothing was waiting for')

  noteResponse(load.tally, connection.sequence, response, performance.now() - connection.sentAtMs)
  connection.sequence = -1
  load.waiting--
  if (response.closes) connection.socket?.destroy()
  else ready(load, connection)
  return true
}

function understood(load: Load, connection: Connection, bytes: Buffer, length: number): Response | undefined {
  try {
    return parse(connection.parser, bytes, length)
  } catch (error) {
    count(load.tally.connectErrors, error instanceof Error ? error.message : String(error))
    connection.socket?.destroy()
    return undefined
  }
}

function closed(load: Load, connection: Connection): void {
  connection.socket = undefined
  load.idle = load.idle.filter(other => other !== connection)
  if (load.sending) load.tally.connectionsLost++
  if (connection.sequence >= 0) giveUp(load, connection, 'lost')
  if (load.sending && load.options.reconnect) setTimeout(() => load.sending && open(load, connection), reconnectMs)
  else if (load.sending && load.connections.every(({ socket }) => socket === undefined)) stopSending(load)
  else finishWhenQuiet(load)
}

function giveUp(load: Load, connection: Connection, why: string): void {
  noteUnanswered(load.tally, connection.sequence, why)
  connection.sequence = -1
  load.waiting--
}

function checkDeadlines(load: Load): void {
  const before = performance.now() - (load.options.requestTimeoutMs ?? requestTimeoutMsDefault)
  for (const connection of load.connections) {
    if (connection.sequence < 0 || connection.sentAtMs > before) continue
    giveUp(load, connection, 'timeout')
    connection.socket?.destroy()
  }
  finishWhenQuiet(load)
}

/** Allows sends in small steps; a send for which no connection was free is kept for one second at most. */
function pace(load: Load, ratePerS: number): void {
  let lastMs = performance.now()
  load.timers.push(
    setInterval(() => {
      const nowMs = performance.now()
      load.credit = Math.min(load.credit + ((nowMs - lastMs) * ratePerS) / 1_000, ratePerS)
      lastMs = nowMs
      while (load.credit >= 1 && load.sending) {
        const connection = load.idle.shift()
        if (!connection) return
        load.credit--
        send(load, connection)
      }
    }, paceMs)
  )
}

function stopSending(load: Load): void {
  if (!load.sending) return
  load.sending = false
  if (load.tally.window.state === 'before') openWindow(load.tally)
  closeWindow(load.tally)
  load.hooks.onWindow('closed')
  finishWhenQuiet(load)
}

function finishWhenQuiet(load: Load): void {
  if (load.sending || load.waiting > 0) return
  for (const timer of load.timers.splice(0)) clearInterval(timer)
  for (const { socket } of load.connections) socket?.destroy()
  load.finish()
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
