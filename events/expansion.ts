/**
 * How much a packed body may cost to unpack, told by its first and last bytes alone. An answer is a claim of the
 * sender: it decides where a body is unpacked, and limits hold there all the same.
 */

/** Bodies with larger windows of brotli, which need megabytes at once, are unpacked in threads of their own. */
export const brotliWindowBitsMax = 20

/** The window of a stream of brotli as a power of two (RFC 7932, 9.1); more than there can be for what is none. */
export function brotliWindowBits([first = 0]: Uint8Array): number {
  if ((first & 1) === 0) return 16
  const high = (first >> 1) & 7
  if (high !== 0) return 17 + high
  const low = (first >> 4) & 7
  if (low === 0) return 17
  // Large windows, which need an extension.
  return low === 1 ? 30 : 8 + low
}

/** Whether unpacking gives `bytesMin` or more, or needs a large window. */
export function expandsTo(bytesMin: number, body: Uint8Array, encoding: string): boolean {
  if (encoding === 'br') return brotliWindowBits(body) > brotliWindowBitsMax
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return false
  if (body.byteLength < gzipBytesMin) return false
  // The last four bytes are the size before packing (RFC 1952, 2.3.1).
  return new DataView(body.buffer, body.byteOffset + body.byteLength - 4, 4).getUint32(0, true) >= bytesMin
}

/** Header and trailer around nothing. */
const gzipBytesMin = 18
