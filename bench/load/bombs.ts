/**
 * Bodies of a few bytes that become megabytes, and a thread that sends one kind of them over some connections, as fast
 * as it gets answers. Told to end, it says how many answers of each status it got.
 */
import { Agent, request } from 'node:http'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import * as v from 'valibot'

type Bomb = { path: 'envelope' | 'store' | 'events'; encoding: string; isKeyless?: boolean; body: () => Uint8Array }

const floodSchema = v.object({
  url: v.string(),
  kind: v.string(),
  connections: v.number(),
  key: v.string(),
  projectId: v.number()
})
export type Flood = v.InferOutput<typeof floodSchema>

const megabytes = (count: number): Buffer => Buffer.alloc(count * 1_000_000, 'x')
const windowed = (bytes: Buffer, bits: number): Buffer =>
  zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_LGWIN]: bits } })
/** An envelope whose attachment is all that is large. */
const envelope = (): Buffer =>
  Buffer.concat([Buffer.from('{}\n{"type":"attachment","length":19000000}\n'), megabytes(19)])

/** The size that a stream of gzip says of itself, made small. */
function lying(packed: Buffer): Buffer {
  packed.writeUInt32LE(100, packed.length - 4)
  return packed
}

export const floodKinds: Readonly<Record<string, Bomb>> = {
  'no bomb: events': { path: 'events', encoding: '', body: () => Buffer.from('{"message":"x"}') },
  'no key, brotli, window 2^24': {
    path: 'envelope',
    encoding: 'br',
    isKeyless: true,
    body: () => windowed(megabytes(20), 24)
  },
  'no key, brotli, window 2^22': {
    path: 'envelope',
    encoding: 'br',
    isKeyless: true,
    body: () => windowed(megabytes(20), 22)
  },
  'no key, brotli, window 2^16': {
    path: 'envelope',
    encoding: 'br',
    isKeyless: true,
    body: () => windowed(megabytes(20), 16)
  },
  'no key, gzip': { path: 'envelope', encoding: 'gzip', isKeyless: true, body: () => zlib.gzipSync(megabytes(20)) },
  'gzip, 20 MB': { path: 'envelope', encoding: 'gzip', body: () => zlib.gzipSync(envelope()) },
  'gzip that lies of its size': { path: 'envelope', encoding: 'gzip', body: () => lying(zlib.gzipSync(envelope())) },
  'deflate, 20 MB': { path: 'envelope', encoding: 'deflate', body: () => zlib.deflateSync(envelope()) },
  'brotli, window 2^16, 20 MB': { path: 'envelope', encoding: 'br', body: () => windowed(envelope(), 16) },
  'brotli, window 2^24, 20 MB': { path: 'envelope', encoding: 'br', body: () => windowed(envelope(), 24) },
  'old form, base64 of deflate': {
    path: 'store',
    encoding: '',
    body: () => Buffer.from(zlib.deflateSync(megabytes(2)).toString('base64'))
  }
}

if (!isMainThread && parentPort !== null) {
  const flood = v.parse(floodSchema, workerData)
  const bomb = floodKinds[flood.kind]
  if (bomb === undefined) throw new Error(`there is no flood ${flood.kind}`)
  send(flood, bomb, parentPort)
}

function send({ url, connections, key, projectId }: Flood, bomb: Bomb, port: NonNullable<typeof parentPort>): void {
  const body = bomb.body()
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const path = bomb.path === 'events' ? '/api/v1/events' : `/api/${projectId}/${bomb.path}/`
  const headers = {
    'content-length': body.byteLength,
    ...(bomb.encoding !== '' && { 'content-encoding': bomb.encoding }),
    ...(bomb.isKeyless !== true && { 'x-sentry-auth': `Sentry sentry_key=${key}`, 'x-mesher-key': key })
  }
  const answers: Record<string, number> = {}
  let isOver = false
  const count = (status: string): void => {
    answers[status] = (answers[status] ?? 0) + 1
    if (!isOver) one()
  }
  const one = (): void => {
    const sent = request(url + path, { method: 'POST', agent, headers }, response => {
      response.resume().on('end', () => count(String(response.statusCode)))
    })
    sent.on('error', () => count('none'))
    sent.end(body)
  }
  for (let at = 0; at < connections; at++) one()
  port.once('message', () => {
    isOver = true
    port.postMessage({ answers, bytes: body.byteLength })
  })
}
