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

/**
 * Whether a packed body is unpacked in threads: it claims to become that large, or makes no claim. Only gzip tells its
 * size, and one that lies is cut off at what it said (decode.ts); a few bytes of the others may become megabytes.
 */
export function isForThreads(bytesMin: number, body: Uint8Array, encoding: string): boolean {
  if (encoding === '' || encoding === 'identity') return false
  const isGzip = encoding === 'gzip' || encoding === 'x-gzip'
  return !isGzip || gzipClaim(body) >= bytesMin
}

/** Whether unpacking gives `bytesMin` or more, or needs a large window. */
export function expandsTo(bytesMin: number, body: Uint8Array, encoding: string): boolean {
  if (encoding === 'br') return brotliWindowBits(body) > brotliWindowBitsMax
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return false
  return gzipClaim(body) >= bytesMin
}

/** The size before packing, in the last four bytes (RFC 1952, 2.3.1); of several streams that of the last. */
export function gzipClaim(body: Uint8Array): number {
  if (body.byteLength < gzipBytesMin) return 0
  return new DataView(body.buffer, body.byteOffset + body.byteLength - 4, 4).getUint32(0, true)
}

/** Header and trailer around nothing. */
const gzipBytesMin = 18
