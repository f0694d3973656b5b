/**
 * DSN keys as clients of Sentry's protocol present them. A tunnel presents none but the `dsn` in the headers of the
 * envelope: to find it only the first bytes of the body are unpacked, so that a sender without a key costs little.
 */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { brotliWindowBits, brotliWindowBitsMax } from '../expansion.ts'
import { readEnvelopeHeaders } from './envelope.ts'
import { limits } from '../../schema/limits.ts'

const keyForm = /^[0-9a-f]{32}$/
/** A header line is some hundred bytes; this much of a packed body always holds it. */
const packedBytesMax = 1024
/** On the event loop, which takes a tenth of a millisecond, and beside it. */
const unpackedHereMax = 64 * 1024
const unpackedBytesMax = 2 * 1024 * 1024
/** What encoders take without being told; a sender without a key that asks for more memory gets none. */
const brotliWindowBitsUsual = 22
/** Beside the event loop at the same time. */
const unpackingMax = 8

const [gunzip, inflate, unbrotli] = [promisify(zlib.gunzip), promisify(zlib.inflate), promisify(zlib.brotliDecompress)]

/** 32 lower-case hex digits, also of a key with capitals or dashes; null for what is none. */
export function plainKey(key: string): string | null {
  const plain = key.replaceAll('-', '').toLowerCase()
  return keyForm.test(plain) ? plain : null
}

/** The key in `http://key:secret@host/42`, as written; '' where there is none. */
export function keyInDsn(dsn: unknown): string {
  if (typeof dsn !== 'string') return ''
  return /^https?:\/\/([^:@/\s]{1,100})(?::[^@/\s]{0,200})?@/i.exec(dsn)?.[1] ?? ''
}

/**
 * The key in the headers of an envelope that may be packed; '' where there is none. It comes at once where that costs
 * next to nothing: a packed header that becomes large, or asks for much memory, is unpacked beside the event loop. Null
 * where too many of those are.
 */
export function keyInEnvelope(body: Uint8Array, encoding: string): string | Promise<string> | null {
  if (encoding === '') return keyIn(body.subarray(0, limits.envelopeHeaderBytesMax + 1))
  const packed = body.subarray(0, packedBytesMax)
  const unpack = unpackers[encoding]
  if (unpack === undefined) return ''
  const windowBits = encoding === 'br' ? brotliWindowBits(packed) : 0
  if (windowBits > brotliWindowBitsUsual) return ''
  if (windowBits <= brotliWindowBitsMax) {
    const here = unpack.here(packed)
    if (here !== 'large') return keyIn(here)
  }
  if (unpacking >= unpackingMax) return null
  unpacking += 1
  return unpack
    .beside(packed)
    .then(keyIn, () => '')
    .finally(() => {
      unpacking -= 1
    })
}

function keyIn(head: Uint8Array): string {
  return keyInDsn(readEnvelopeHeaders(Buffer.from(head.buffer, head.byteOffset, head.byteLength))?.dsn)
}

type Unpacker = {
  /** Nothing of what is not of its encoding. */
  here: (packed: Uint8Array) => Uint8Array | 'large'
  beside: (packed: Uint8Array) => Promise<Uint8Array>
}

const nothing = new Uint8Array(0)
let unpacking = 0

const inflating = { finishFlush: zlib.constants.Z_SYNC_FLUSH }
const unbrotling = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }
const gzip = unpackerOf(
  packed => zlib.gunzipSync(packed, { ...inflating, maxOutputLength: unpackedHereMax }),
  packed => gunzip(packed, { ...inflating, maxOutputLength: unpackedBytesMax })
)
const unpackers: Readonly<Record<string, Unpacker | undefined>> = {
  gzip,
  'x-gzip': gzip,
  deflate: unpackerOf(
    packed => zlib.inflateSync(packed, { ...inflating, maxOutputLength: unpackedHereMax }),
    packed => inflate(packed, { ...inflating, maxOutputLength: unpackedBytesMax })
  ),
  br: unpackerOf(
    packed => zlib.brotliDecompressSync(packed, { ...unbrotling, maxOutputLength: unpackedHereMax }),
    packed => unbrotli(packed, { ...unbrotling, maxOutputLength: unpackedBytesMax })
  )
}

function unpackerOf(unpack: (packed: Uint8Array) => Uint8Array, beside: Unpacker['beside']): Unpacker {
  return {
    here: packed => {
      try {
        return unpack(packed)
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error)) throw error
        return error.code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : nothing
      }
    },
    beside
  }
}
