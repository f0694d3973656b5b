/**
 * One POST to an address that a user gave. It goes to an address that was judged, follows no redirect, reads a bounded
 * part of the answer, and is over after its time, whatever the other side does or does not do.
 */
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { addressesOf, type Address, type Resolve } from './public-address.ts'

export type Post = { url: string; body: string; headers: Readonly<Record<string, string>> }
export type PostOptions = { allowPrivate: boolean; timeoutMs: number; resolve?: Resolve }

const answerBytesMax = 16 * 1024

/** Answers the status. Rejects when none came in time, and with `TargetRefused` where the address is not allowed. */
export async function postJson(
  { url: text, body, headers }: Post,
  { timeoutMs, ...options }: PostOptions
): Promise<number> {
  const url = new URL(text)
  const signal = AbortSignal.timeout(timeoutMs)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), { once: true })
  })
  // Resolving a name cannot be cut short, only not waited for.
  const addresses = await Promise.race([addressesOf(url, options), late])
  return await Promise.race([statusOf(url, addresses, { body, headers }, signal), late])
}

function statusOf(
  url: URL,
  addresses: readonly [Address, ...Address[]],
  { body, headers }: Omit<Post, 'url'>,
  signal: AbortSignal
): Promise<number> {
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
      // A connection of its own, to an address that was judged.
      agent: false,
      lookup: pinned(addresses),
      signal
    })
    sent.on('error', reject)
    sent.on('response', response => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytesMax) finish()
      })
      response.on('end', finish)
      // The status is what counts: an answer that breaks off later is one all the same.
      response.on('error', finish)
      function finish(): void {
        resolve(response.statusCode ?? 0)
        sent.destroy()
      }
    })
    sent.end(body)
  })
}

/** Asked for all, Node.js tries one after the other: where IPv6 leads nowhere, IPv4 does. */
function pinned(addresses: readonly [Address, ...Address[]]): LookupFunction {
  const [{ address, family }] = addresses
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [...addresses])
    else callback(null, address, family)
  }
}
