/**
 * The routes to which build tools upload chunks, and version 2 of sentry-cli an archive of ProGuard mappings, as
 * multipart forms of many megabytes. A body is taken apart as it comes: its client is slowed down while a chunk is
 * stored, so that an upload holds little more than one chunk, however large it is. The number of uploads at once is
 * bounded; beyond it the answer is 503, which these tools repeat. Chunks that were stored before a refusal stay, and
 * need not be sent again.
 */
import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import type { ChunkUploads } from '../api/build-tools/upload.ts'
import type { HttpCall } from '../api/request.ts'
import type { ApiAnswer } from '../api/types.ts'
import { limits } from '../schema/limits.ts'
import type { Refusal } from '../schema/outcomes.ts'
import { callOf } from './api-routes.ts'
import type { ClientFinder } from './client-address.ts'
import type { EdgeContext } from './context.ts'
import { answer, bodyBytesOf, fail, refuse, refuseUnread, route, type Exchange } from './http.ts'
import { edgeRefusals } from './problems.ts'
import type { Door, HttpRequest } from './transport/types.ts'

const uploadsMax = 16
/** A gzip of what does not shrink is a little larger. */
const partBytesMax = limits.chunkBytesMax + 16 * 1024
const sha1Form = /^[0-9a-f]{40}$/

const refusals = {
  busy: {
    status: 503,
    reason: 'overloaded',
    retryAfterS: 1,
    detail: 'Too many uploads are being received. Send this again later.'
  },
  notMultipart: { status: 400, reason: 'malformed', detail: 'Chunks come as multipart/form-data.' },
  malformed: { status: 400, reason: 'malformed', detail: 'The form is broken or incomplete.' },
  tooMany: { status: 400, reason: 'malformed', detail: 'There are more chunks in this request than were announced.' },
  misnamed: {
    status: 400,
    reason: 'malformed',
    detail: 'Each chunk is a file, "file_gzip" or "file", with its SHA-1 as the name.'
  },
  tooLarge: { status: 413, reason: 'too_large', detail: 'A chunk is larger than was announced.' }
} as const satisfies Record<string, Refusal>

type Outcome = ApiAnswer | Refusal | null

export function chunkUploadRoutes(
  door: Door,
  context: EdgeContext,
  uploads: ChunkUploads,
  { clientOf, port }: { clientOf: ClientFinder; port: () => number }
): void {
  let running = 0

  function receive(exchange: Exchange, req: HttpRequest, isArchive: boolean): void {
    exchange.form = 'sentry'
    const bodyBytes = bodyBytesOf(req)
    const bytesMax = isArchive ? limits.archiveRequestBytesMax : limits.chunkRequestBytesMax
    const refusal = refusalOf(req, bodyBytes, bytesMax)
    if (refusal !== null) return refuseUnread(exchange, refusal, bodyBytes)
    const call = callOf(exchange, req, { parameters: isArchive ? 2 : 1, clientOf, port: port() })
    running += 1
    const body = bodyOf(exchange, bytesMax)
    upload(exchange, body, call, isArchive)
      .catch((error: unknown) => fail(exchange, error))
      .finally(() => {
        running -= 1
        body.destroy()
      })
  }

  function refusalOf(req: HttpRequest, bodyBytes: number, bytesMax: number): Refusal | null {
    if (context.http.closing) return edgeRefusals.shuttingDown
    if (bodyBytes > bytesMax) return edgeRefusals.tooLarge
    if (!/^multipart\/form-data\s*;/i.test(req.getHeader('content-type'))) return refusals.notMultipart
    return running >= uploadsMax ? refusals.busy : null
  }

  async function upload(exchange: Exchange, body: Readable, call: HttpCall, isArchive: boolean): Promise<void> {
    const begun = await uploads.begin(call)
    if (!('organizationId' in begun)) return finish(exchange, begun)
    const { organizationId } = begun
    const store: Store = chunk => uploads.store(organizationId, chunk)
    if (!isArchive) {
      return finish(exchange, await readForm(body, call.contentType, partBytesMax, part => storePart(part, store)))
    }
    const chunks: string[] = []
    const hash = createHash('sha1')
    const refused = await readForm(body, call.contentType, limits.archiveRequestBytesMax, part =>
      storeInChunks(part, hash, chunks, store)
    )
    finish(
      exchange,
      refused ?? (await uploads.mappings(call, organizationId, { checksum: hash.digest('hex'), chunks }))
    )
  }

  for (const path of ['/api/0/organizations/:org/chunk-upload/', '/api/0/organizations/:org/chunk-upload']) {
    route(door, context.http, 'post', path, false, (exchange, req) => receive(exchange, req, false))
  }
  for (const path of ['/api/0/projects/:org/:project/files/dsyms/', '/api/0/projects/:org/:project/files/dsyms']) {
    route(door, context.http, 'post', path, false, (exchange, req) => receive(exchange, req, true))
  }
}

function finish(exchange: Exchange, outcome: Outcome): void {
  if (outcome === null) return answer(exchange, { status: 200, type: 'application/json', body: '{}' })
  // The rest of the body is not read, so the connection cannot be used again.
  if ('reason' in outcome) return refuse(exchange, outcome, { close: true })
  const { status, body, headers = [] } = outcome
  answer(exchange, { status, type: 'application/json', body: JSON.stringify(body), headers, close: true })
}

/** The body as a stream. While nobody reads it, the client is held up. It is destroyed when the client leaves. */
function bodyOf(exchange: Exchange, bytesMax: number): Readable {
  const { res } = exchange
  let isPaused = false
  let bytes = 0
  const body = new Readable({
    highWaterMark: 64 * 1024,
    read: () => {
      if (!isPaused || !exchange.open) return
      isPaused = false
      res.resume()
    }
  })
  body.on('error', () => {})
  exchange.onGone = () => body.destroy(new Error('the client has gone'))
  res.onData((chunk, isLast) => {
    if (body.destroyed) return
    bytes += chunk.byteLength
    if (bytes > bytesMax) {
      body.destroy(new Error('the body is too large'))
      return
    }
    // uWS takes the memory back when this returns.
    const isRoomLeft = chunk.byteLength === 0 || body.push(Buffer.from(new Uint8Array(chunk)))
    if (isLast) body.push(null)
    else if (!isRoomLeft && exchange.open) {
      isPaused = true
      res.pause()
    }
  })
  return body
}

type Store = (chunk: { sha1: string; data: Buffer; isGzip: boolean }) => Promise<ApiAnswer | null>

type Part = { field: string; name: string; stream: BusboyFileStream }

/** Takes the files one after the other; resolves with the first refusal, or null when all are stored. */
async function readForm(
  body: Readable,
  contentType: string,
  fileBytesMax: number,
  take: (part: Part) => Promise<Outcome>
): Promise<Outcome> {
  const form = formReader(contentType, fileBytesMax)
  if (form === null) return refusals.notMultipart
  return await new Promise(resolve => {
    let stored: Promise<Outcome> = Promise.resolve(null)
    const end = (outcome: Outcome): void => {
      body.unpipe(form)
      body.resume()
      resolve(outcome)
    }
    form.on('file', (field, stream, name) => {
      // A form that is cut off is an error of its last part too, which may come before anybody reads that part.
      stream.on('error', () => end(refusals.malformed))
      stored = stored.then(async refused => {
        const outcome = refused ?? (await take({ field, name, stream }))
        if (outcome !== null) end(outcome)
        return outcome
      })
    })
    // Those before the limit are taken first: who is answered finds them stored.
    form.on('filesLimit', () => {
      stored = stored.then(refused => {
        const outcome = refused ?? refusals.tooMany
        end(outcome)
        return outcome
      })
    })
    form.on('finish', () => resolve(stored))
    form.on('error', () => end(refusals.malformed))
    body.on('error', () => end(refusals.malformed))
    body.pipe(form)
  })
}

function formReader(contentType: string, fileBytesMax: number): BusboyInstance | null {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        files: limits.chunksOfRequestMax,
        fields: 10,
        fieldSize: 1_000,
        fileSize: fileBytesMax,
        headerPairs: 20
      }
    })
  } catch {
    return null
  }
}

async function storePart({ field, name, stream }: Part, store: Store): Promise<Outcome> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of stream) pieces.push(piece)
  } catch {
    return refusals.malformed
  }
  const sha1 = name.toLowerCase()
  if ((field !== 'file' && field !== 'file_gzip') || !sha1Form.test(sha1)) return refusals.misnamed
  if (stream.truncated) return refusals.tooLarge
  return await store({ sha1, data: Buffer.concat(pieces), isGzip: field === 'file_gzip' })
}

/** A whole file, as if it had come in chunks; `hash` and `chunks` are added to. */
async function storeInChunks({ stream }: Part, hash: Hash, chunks: string[], store: Store): Promise<Outcome> {
  let held: Buffer[] = []
  let bytes = 0
  const storeHeld = async (): Promise<Outcome> => {
    const data = Buffer.concat(held)
    const sha1 = createHash('sha1').update(data).digest('hex')
    held = []
    bytes = 0
    chunks.push(sha1)
    hash.update(data)
    return await store({ sha1, data, isGzip: false })
  }
  try {
    // A piece may be as large as what the client has sent meanwhile.
    for await (let piece of stream) {
      while (piece.byteLength > 0) {
        const taken = piece.subarray(0, limits.chunkBytesMax - bytes)
        piece = piece.subarray(taken.byteLength)
        held.push(taken)
        bytes += taken.byteLength
        const refused = bytes === limits.chunkBytesMax ? await storeHeld() : null
        if (refused !== null) return refused
      }
    }
  } catch {
    return refusals.malformed
  }
  return bytes > 0 ? await storeHeld() : null
}
