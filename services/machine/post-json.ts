/**
 * One POST to an address that a user gave. It goes only to an address that was checked, through the proxy where there
 * is one, follows no redirect, reads a bounded part of the response and ends in time, whatever the other side does.
 */
import http from 'node:http'
import https, { type RequestOptions } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { connect, rootCertificates, type TLSSocket } from 'node:tls'
import { proxyFor, tunnelTo, type Proxy } from './proxy.ts'
import { addressesOf, type IpAddress, type Resolve } from './public-address.ts'

export type Post = { url: string; body: string; headers: Readonly<Record<string, string>> }
export type PostOptions = {
  allowPrivate: boolean
  timeoutMs: number
  proxy?: Proxy | null
  resolve?: Resolve
  /** Through a proxy: a certificate that is trusted beside those that Node.js knows. */
  ca?: string
}

const answerBytesMax = 16 * 1024

/** `retryAfter` is the header of that name. */
export type Answer = { status: number; retryAfter: string | null; body: string }

/** Rejects when none came in time, and with `TargetRefused` when the address is not allowed. */
export async function postJson(
  { url: text, body, headers }: Post,
  { timeoutMs, proxy = null, ca, ...options }: PostOptions
): Promise<Answer> {
  const url = new URL(text)
  const signal = AbortSignal.timeout(timeoutMs)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), { once: true })
  })
  const via = proxyFor(url, proxy)
  const post = { body, headers }
  if (via !== null) {
    const target = await Promise.race([tunnelTarget(url, options), late])
    const socket = await Promise.race([tunnelTo(target, via, signal), late])
    return await Promise.race([answerOf(url, post, { createConnection: () => secured(socket, url, ca), signal }), late])
  }
  // Resolving a name cannot be cancelled; it is only not waited for any longer.
  const addresses = await Promise.race([addressesOf(url, options), late])
  // A connection of its own, to a checked address.
  const direct = { agent: false, lookup: pinned(addresses), signal }
  return await Promise.race([answerOf(url, post, direct), late])
}

/**
 * What the proxy is asked for: an address that was checked, so that it does not resolve the name to another one. Where
 * every address is allowed the name, which only the proxy may know.
 */
async function tunnelTarget(url: URL, options: { allowPrivate: boolean; resolve?: Resolve }): Promise<string> {
  const port = url.port === '' ? '443' : url.port
  if (options.allowPrivate) return `${url.hostname}:${port}`
  const addresses = await addressesOf(url, options)
  const { address, family } = addresses.find(({ family }) => family === 4) ?? addresses[0]
  return `${family === 6 ? `[${address}]` : address}:${port}`
}

function secured(socket: Socket, { hostname }: URL, ca: string | undefined): TLSSocket {
  const host = hostname.replaceAll(/[[\]]/g, '')
  const name = isIP(host) === 0 ? { servername: host } : { host }
  return connect({ socket, ...name, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) })
}

function answerOf(url: URL, { body, headers }: Omit<Post, 'url'>, options: RequestOptions): Promise<Answer> {
  const { request } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Mesher',
        ...headers
      },
      ...options
    })
    sent.on('error', reject)
    sent.on('response', response => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > answerBytesMax) finish()
      })
      response.on('end', finish)
      // What has come is enough: a response that breaks off later counts all the same.
      response.on('error', finish)
      function finish(): void {
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'] ?? null,
          body: Buffer.concat(chunks).toString()
        })
        sent.destroy()
      }
    })
    sent.end(body)
  })
}

/** When Node.js asks for all addresses, it tries one after the other: IPv4 helps where IPv6 does not work. */
function pinned(addresses: readonly [IpAddress, ...IpAddress[]]): LookupFunction {
  const [{ address, family }] = addresses
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [...addresses])
    else callback(null, address, family)
  }
}
