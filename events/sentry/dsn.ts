/**
 * DSN keys as clients of Sentry's protocol present them. A tunnel presents none but the `dsn` in the headers of the
 * envelope: to find it only the first bytes of the body are unpacked, so that a sender without a key costs little.
 */
import * as zlib from 'node:zlib'
import { brotliWindowBits } from '../expansion.ts'
import { readEnvelopeHeaders } from './envelope.ts'
import { limits } from '../../schema/limits.ts'

const keyForm = /^[0-9a-f]{32}$/
/** A header line is some hundred bytes; this much of a packed body always holds it, and is a megabyte at the most. */
const packedBytesMax = 1024
const unpackedBytesMax = 2 * 1024 * 1024
/** What encoders take without being told; a sender without a key that asks for more memory gets none. */
const brotliWindowBitsUsual = 22

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

/** The key in the headers of an envelope that may be packed; '' where there is none. */
export function keyInEnvelope(body: Uint8Array, encoding: string): string {
  const head = headOf(body, encoding)
  return head === null ? '' : keyInDsn(readEnvelopeHeaders(head)?.dsn)
}

function headOf(body: Uint8Array, encoding: string): Buffer | null {
  const packed = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, packedBytesMax))
  const options = { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: unpackedBytesMax }
  try {
    switch (encoding) {
      case '':
        return Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, limits.envelopeHeaderBytesMax + 1))
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(packed, options)
      case 'deflate':
        return zlib.inflateSync(packed, options)
      case 'br':
        if (brotliWindowBits(packed) > brotliWindowBitsUsual) return null
        return zlib.brotliDecompressSync(packed, {
          finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
          maxOutputLength: unpackedBytesMax
        })
      default:
        return null
    }
  } catch (error) {
    // Not what its encoding says, or a bomb: either way there is no key in it.
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
