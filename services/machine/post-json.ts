/**
 * One POST to an address that a user gave. It goes only to an address that was checked, follows no redirect, reads a
 * bounded part of the response and ends in time, whatever the other side does.
 */
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { addressesOf, type IpAddress, type Resolve } from './public-address.ts'

export type Post = { url: string; body: string; headers: Readonly<Record<string, string>> }
export type PostOptions = { allowPrivate: boolean; timeoutMs: number; resolve?: Resolve }

const answerBytesMax = 16 * 1024

/** `retryAfter` is the header of that name. */
export type Answer = { status: number; retryAfter: string | null; body: string }

/** Rejects when none came in time, and with `TargetRefused` when the address is not allowed. */
export async function postJson(
  { url: text, body, headers }: Post,
  { timeoutMs, ...options }: PostOptions
): Promise<Answer> {
  const url = new URL(text)
  const signal = AbortSignal.timeout(timeoutMs)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), { once: true })
  })
  // Resolving a name cannot be cancelled; it is only not waited for any longer.
  const addresses = await Promise.race([addressesOf(url, options), late])
  return await Promise.race([answerOf(url, addresses, { body, headers }, signal), late])
}

function answerOf(
  url: URL,
  addresses: readonly [IpAddress, ...IpAddress[]],
  { body, headers }: Omit<Post, 'url'>,
  signal: AbortSignal
): Promise<Answer> {
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
      // A connection of its own, to a checked address.
      agent: false,
      lookup: pinned(addresses),
      signal
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
