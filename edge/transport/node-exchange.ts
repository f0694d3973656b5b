/**
 * One request and its answer on `node:http`, in the form that the edge knows. Classes, because each request makes one
 * of each: methods on the prototype cost nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import ipaddr from 'ipaddr.js'
import type { HttpRequest, HttpResponse, RawAnswer } from './types.ts'

/** The form of a target that proxies get (RFC 9112, 3.2.2). Its host counts, not that of the header. */
const absoluteForm = /^https?:\/\/([^/?#]*)([^#]*)/i
const notAscii = /[\x80-\xff]/

export class NodeRequest implements HttpRequest {
  readonly #message: IncomingMessage
  readonly #path: string
  readonly #query: string | undefined
  readonly #host: string | undefined
  #parameters: readonly string[] = []
  yielded = false

  constructor(message: IncomingMessage) {
    const target = message.url ?? '/'
    const absolute = absoluteForm.exec(target)
    const local = absolute === null ? target : (absolute[2] ?? '')
    const mark = local.indexOf('?')
    const path = mark === -1 ? local : local.slice(0, mark)
    this.#message = message
    this.#path = path === '' ? '/' : path
    this.#query = mark === -1 ? undefined : local.slice(mark + 1)
    this.#host = absolute?.[1]
  }

  /** Before the next route is asked. */
  enter(parameters: readonly string[]): void {
    this.#parameters = parameters
    this.yielded = false
  }

  getHeader(name: string): string {
    if (name === 'host' && this.#host !== undefined) return this.#host
    const value = this.#message.headers[name]
    return value === undefined ? '' : textOf(Array.isArray(value) ? value.join(', ') : value)
  }

  getMethod(): string {
    return (this.#message.method ?? '').toLowerCase()
  }

  getUrl(): string {
    return this.#path
  }

  getQuery(): string | undefined {
    return this.#query
  }

  getParameter(index: number): string | undefined {
    return this.#parameters[index]
  }

  forEach(look: (name: string, value: string) => void): void {
    const { rawHeaders } = this.#message
    for (let at = 0; at < rawHeaders.length; at += 2) {
      look((rawHeaders[at] ?? '').toLowerCase(), textOf(rawHeaders[at + 1] ?? ''))
    }
  }

  setYield(yields: boolean): void {
    this.yielded = yields
  }
}

/** node:http reads headers as latin1; those that are not ASCII are UTF-8 nearly always. */
function textOf(value: string): string {
  return notAscii.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value
}

export class NodeResponse implements HttpResponse {
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  #isEnded = false

  constructor(message: IncomingMessage, response: ServerResponse) {
    this.#message = message
    this.#response = response
  }

  onAborted(handler: () => void): void {
    // It comes after the end too, when nobody waits any more.
    this.#response.on('close', () => {
      if (!this.#isEnded) handler()
    })
  }

  /** The last chunk is known by the announced length; a chunked body ends with an empty one. */
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): void {
    const announced = this.#message.headers['content-length']
    let left = announced === undefined ? NaN : Number(announced)
    let isDone = false
    this.#message.on('data', (chunk: Buffer) => {
      left -= chunk.byteLength
      isDone = left === 0
      if (!this.#isEnded) handler(copied(chunk), isDone)
    })
    this.#message.on('end', () => {
      if (!isDone && !this.#isEnded) handler(new ArrayBuffer(0), true)
    })
  }

  pause(): void {
    this.#message.pause()
  }

  resume(): void {
    this.#message.resume()
  }

  /** Node writes an answer with its head as one. */
  cork(work: () => void): void {
    work()
  }

  writeStatus(status: string): void {
    this.#response.statusCode = Number(status.slice(0, 3))
    this.#response.statusMessage = status.slice(4)
  }

  writeHeader(name: string, value: string): void {
    this.#response.appendHeader(name, value)
  }

  end(body: string | Uint8Array, closes = false): void {
    this.#isEnded = true
    const response = this.#response
    if (closes) this.#closeAfterwards()
    if (response.statusCode !== 204 && response.statusCode !== 304) {
      response.setHeader('Content-Length', Buffer.byteLength(body))
    }
    response.end(body)
    // What is left of the body is thrown away, or the answer could be lost to a reset of the connection.
    this.#message.resume()
  }

  /** Node would end the connection while the client still sends, and the reset could cost it the answer. */
  #closeAfterwards(): void {
    const { socket, complete } = this.#message
    this.#response.shouldKeepAlive = false
    if (!complete) socket.destroySoon = () => endSoftly(socket)
  }

  endWithoutBody(): void {
    this.#isEnded = true
    this.#response.end()
    this.#message.resume()
  }

  getRemoteAddress(): ArrayBuffer {
    const { remoteAddress } = this.#message.socket
    return remoteAddress === undefined ? new ArrayBuffer(0) : addressBytes(remoteAddress)
  }

  close(): void {
    this.#message.socket.destroy()
  }
}

/** Of an answer that Node does not write itself. */
export function bytesOf({ status, headers, body }: RawAnswer): string {
  const all = [...headers, ['Content-Length', Buffer.byteLength(body)], ['Connection', 'close']]
  return `HTTP/1.1 ${status}\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** After an answer that ends the connection: what the client still sends is read for this long. */
const lingerMs = 2_000

/** Ends the own side, and the connection when the client has ended its side or some time has passed. */
export function endSoftly(connection: Duplex): void {
  connection.end()
  connection.resume()
  setTimeout(() => connection.destroy(), lingerMs).unref()
}

function copied({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  const bytes = new Uint8Array(byteLength)
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength))
  return bytes.buffer
}

function addressBytes(address: string): ArrayBuffer {
  return Uint8Array.from(ipaddr.parse(address.replace(/%.*$/, '')).toByteArray()).buffer
}
