/**
 * The body of the old endpoint for single events: JSON, or what older clients make of it: zlib or gzip without saying
 * so, base64 of either or of the JSON itself. Each step is bounded like any body of an event.
 */
import { limits } from '../../schema/limits.ts'
import { lenientText, textStart, unpackBody, type Decoded, type Unpacked } from '../decode.ts'

const brace = 0x7b
const gzipMagic = 0x1f8b
const base64Form = /^[A-Za-z0-9+/_-]+={0,2}$/

export function storeText(body: Uint8Array, encoding: string): Decoded {
  const unpacked = unpackBody(body, encoding, limits.storeBytesMax)
  if (!unpacked.ok) return unpacked
  const plain = withoutWrapping(Buffer.from(unpacked.bytes))
  return plain.ok ? { ok: true, text: lenientText(Buffer.from(plain.bytes)) } : plain
}

function withoutWrapping(bytes: Buffer): Unpacked {
  if (isJson(bytes)) return { ok: true, bytes }
  const packing = packingOf(bytes)
  if (packing !== '') return unpackBody(bytes, packing, limits.storeBytesMax)

  const text = bytes.toString('latin1').replaceAll(/\s/g, '')
  if (!base64Form.test(text)) return { ok: true, bytes }
  const decoded = Buffer.from(text, 'base64')
  return unpackBody(decoded, packingOf(decoded), limits.storeBytesMax)
}

function isJson(bytes: Buffer): boolean {
  const first = bytes.subarray(textStart(bytes)).find(byte => byte > 0x20)
  return first === brace
}

/** By the first two bytes. */
function packingOf(bytes: Buffer): string {
  if (bytes.length < 2) return ''
  const magic = bytes.readUInt16BE(0)
  if (magic === gzipMagic) return 'gzip'
  return (bytes[0] ?? 0) % 16 === 8 && magic % 31 === 0 ? 'deflate' : ''
}
