/**
 * How the payload of an event stands in its row: a byte that names the format, then the JSON. The shortest stand
 * there as they are, those of a few kilobytes as a block of LZ4, longer ones as raw deflate (RFC 1951), which is
 * smaller but takes several times as long. All platforms and versions of Node read both. Compressing here is a third of
 * what PostgreSQL's own compression costs. Rows of versions before 0.3.0 have the JSON in `payload`. This is the only
 * place that knows; bytes that are no payload throw.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import * as v from 'valibot'
import { limits } from '../../schema/limits.ts'
import type { ByteWriter } from '../database/wire/byte-writer.ts'
import { frequentText } from './frequent-text.ts'
import { lz4With } from './lz4.ts'

/** A format never changes its meaning: rows keep theirs until they expire. */
const plain = 0
const deflated = 1
const lz4 = 2

/** Below this many bytes nothing is worth saving. */
const compressedFrom = 200
/** Below this many bytes deflate costs as much as all else that is done for the event. */
const deflatedFrom = 4_096
/** Level 2 takes a twentieth longer for a fiftieth less. */
const level = 1
/** What bounds the memory for a row that is not what Mesher wrote. */
const inflatedBytesMax = 8 * limits.eventBytesMax

const { compress, decompress } = lz4With(frequentText, deflatedFrom)

/** The columns of a row of `events`, by these names. */
export const storedPayloadColumns = { payload: v.nullable(v.string()), packed: v.nullable(v.instance(Uint8Array)) }

export type StoredPayloadColumns = { payload: string | null; packed: Uint8Array | null }

/** Writes the payload as a value of a row of COPY; returns its bytes as stored. */
export function writePayload(out: ByteWriter, payload: string): number {
  out.int32(0)
  const start = out.length
  out.uint8(plain)
  const written = out.utf8(payload)
  if (written >= deflatedFrom) deflateBehind(out, start)
  else if (written >= compressedFrom) compressBehind(out, start)
  const bytes = out.length - start
  out.patchLength(start, bytes)
  return bytes
}

/** Puts the block in the place of the plain text that begins at `start`, if it is shorter. */
function compressBehind(out: ByteWriter, start: number): void {
  const { length } = out
  out.ensure(length - start)
  const end = compress(out.buffer.subarray(start + 1, length), out.buffer, length, 2 * length - start - 2)
  if (end === undefined) return
  out.buffer[start] = lz4
  out.buffer.copyWithin(start + 1, length, end)
  out.length = start + 1 + end - length
}

/** Puts what deflate makes of it in the place of the plain text that begins at `start`, if it is shorter. */
function deflateBehind(out: ByteWriter, start: number): void {
  const json = out.buffer.subarray(start + 1, out.length)
  const shorter = deflateRawSync(json, { level, dictionary: frequentText, chunkSize: chunkSizeFor(json.length) })
  if (shorter.length >= json.length) return
  out.buffer[start] = deflated
  out.length = start + 1 + shorter.copy(out.buffer, start + 1)
}

/** One chunk holds what most payloads are compressed to. */
function chunkSizeFor(bytes: number): number {
  return Math.min(Math.max(1_024, bytes >> 2), 64 * 1_024)
}

/** The JSON of an event, as it was when the event was stored. */
export function payloadText({ payload, packed }: StoredPayloadColumns): string {
  if (packed === null) {
    if (payload === null) throw new Error('a stored event has no payload')
    return payload
  }
  const [format] = packed
  const bytes = packed.subarray(1)
  if (format === plain) return textOf(bytes)
  if (format === deflated) {
    return textOf(inflateRawSync(bytes, { dictionary: frequentText, maxOutputLength: inflatedBytesMax }))
  }
  if (format === lz4) return textOf(decompress(bytes, inflatedBytesMax))
  throw new Error(`a stored payload has the format ${format}, which this version does not know`)
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}
