/**
 * From the bytes of a body to its text: decompression that stops at the limit, then strict UTF-8 (a byte order mark is
 * taken off). What is too large, corrupt or unknown is a refusal. Synchronous on purpose: the limits bound it to some
 * milliseconds (for an envelope full of attachments to 150), and one kilobyte costs less here than a trip to the thread
 * pool.
 */
import { isAscii } from 'node:buffer'
import * as zlib from 'node:zlib'
import { gzipClaim } from './expansion.ts'
import type { Refusal } from '../schema/outcomes.ts'

type Refused = { ok: false; refusal: Refusal }
export type Decoded = { ok: true; text: string } | Refused
export type Unpacked = { ok: true; bytes: Uint8Array } | Refused

type Decompress = (body: Uint8Array, bytesMax: number) => Uint8Array

/**
 * What a stream may ask for while it is read: the largest window of brotli without its extension has 16 MiB, zstd would
 * allow 128.
 */
const zstdWindowLogMax = 23
const zstdWindowLogParameter = 100

const decompressors: Readonly<Record<string, Decompress>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (body, maxOutputLength) =>
    isZlib(body) ? zlib.inflateSync(body, { maxOutputLength }) : zlib.inflateRawSync(body, { maxOutputLength }),
  br: (body, maxOutputLength) => zlib.brotliDecompressSync(body, { maxOutputLength }),
  ...zstd()
}

/** Unpacked whatever a stream claims: it costs less than a millisecond. */
const gunzippedBytesMin = 256 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** `bytesMax` holds for the body as sent, and for what it decompresses to unless that has a limit of its own. */
export function decodeBody(
  body: Uint8Array,
  encoding: string,
  bytesMax: number,
  unpackedMax: number = bytesMax
): Decoded {
  const unpacked = unpackBody(body, encoding, bytesMax, unpackedMax)
  return unpacked.ok ? textOf(unpacked.bytes) : unpacked
}

/** The bytes of a body, decompressed up to `unpackedMax`. */
export function unpackBody(
  body: Uint8Array,
  encoding: string,
  bytesMax: number,
  unpackedMax: number = bytesMax
): Unpacked {
  if (body.length > bytesMax) return tooLarge(bytesMax)
  if (encoding === '' || encoding === 'identity') return { ok: true, bytes: body }

  const decompress = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined
  if (decompress === undefined) return unsupported()
  try {
    return { ok: true, bytes: decompress(body, unpackedMax) }
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      return tooLarge(unpackedMax)
    }
    return malformed(`The body is not ${encoding}, or it is corrupt.`)
  }
}

/** The text of bytes that may not be UTF-8 everywhere: what is not becomes a mark. A byte order mark is taken off. */
export function lenientText(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  const text = bytes.toString()
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
}

const byteOrderMark = 0xfeff

/** Where the text begins: behind a byte order mark, if there is one. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

function textOf(bytes: Uint8Array): Decoded {
  // Most bodies are ASCII: then each byte is a character, and no decoder is needed.
  if (isAscii(bytes)) {
    return { ok: true, text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') }
  }
  try {
    return { ok: true, text: utf8.decode(bytes) }
  } catch (error) {
    if (error instanceof TypeError) return malformed('The body is not UTF-8.')
    throw error
  }
}

/** Beyond what it says of itself a stream is corrupt, or several streams, which no client sends. */
function gunzip(body: Uint8Array, bytesMax: number): Uint8Array {
  return zlib.gunzipSync(body, { maxOutputLength: Math.min(bytesMax, Math.max(gzipClaim(body), gunzippedBytesMin)) })
}

/**
 * Two bytes of header, a multiple of 31 (RFC 1950); without them it is a bare deflate stream, which some clients send.
 */
function isZlib(body: Uint8Array): boolean {
  const [method = 0, flags = 0] = body
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0
}

/** Node.js has zstd from 22.15 on; the types of older versions do not know it. */
function zstd(): Record<string, Decompress> {
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompressSync')
  if (typeof decompress !== 'function') return {}
  return {
    zstd: (body, maxOutputLength) => {
      const output: unknown = decompress(body, {
        maxOutputLength,
        params: { [zstdWindowLogParameter]: zstdWindowLogMax }
      })
      if (!(output instanceof Uint8Array)) throw new TypeError('zstd gave no bytes')
      return output
    }
  }
}

function tooLarge(bytesMax: number): Refused {
  return {
    ok: false,
    refusal: {
      status: 413,
      reason: 'too_large',
      detail: `The body is larger than ${bytesMax} bytes, as sent or after decompression.`
    }
  }
}

function malformed(detail: string): Refused {
  return { ok: false, refusal: { status: 400, reason: 'malformed', detail } }
}

function unsupported(): Refused {
  const detail = `This Content-Encoding is not supported; known are identity, ${Object.keys(decompressors).join(', ')}.`
  return { ok: false, refusal: { status: 415, reason: 'unsupported_encoding', detail } }
}
