/**
 * Answers of the API compressed for those who take that: lists of issues shrink to a tenth. Small ones are sent as they
 * are, since they fit into a packet anyway. The work is done outside of the event loop; what cannot be compressed is
 * sent plain.
 */
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import Negotiator from 'negotiator'

export type Coding = 'br' | 'gzip'

const plainBytesMax = 1_024
/** Above it the time for the last percent is longer than its way. */
const [brotliQuality, gzipLevel] = [4, 5]
const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

/** The smaller form that the client accepts, whichever of both it likes best; null for none. */
export function codingFor(acceptEncoding: string): Coding | null {
  if (acceptEncoding === '') return null
  const accepted = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } }).encodings(['br', 'gzip'])
  return accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : null
}

/** Null where the text is better sent as it is. */
export async function compressed(text: string, coding: Coding | null): Promise<Uint8Array | null> {
  if (coding === null || Buffer.byteLength(text) <= plainBytesMax) return null
  const plain = Buffer.from(text)
  return coding === 'br'
    ? await toBrotli(plain, {
        params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length }
      })
    : await toGzip(plain, { level: gzipLevel })
}
