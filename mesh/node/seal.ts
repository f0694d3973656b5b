/**
 * Seals frames so that only the two ends of a link can make and read them: AES-256-GCM under a key of this link and
 * this direction. The nonce is the number of the frame, which both ends count, so a frame that is forged, altered,
 * repeated, left out or reordered does not open. After a gibibyte both ends go on to the next key, long before a nonce
 * could come again; the key before is forgotten.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

export const tagBytes = 16

export type Seal = (chunks: readonly Buffer[], bytes: number) => Buffer
export type Unseal = (frame: Buffer) => Buffer | undefined

export const keyBytes = 32
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
/** TLS allows a key of AES-GCM 2^38 bytes. Tags count, so no more than 2^26 frames go by one key. */
const bytesPerKeyDefault = 2 ** 30

/** `bytes` is the length of all chunks together. */
export function createSeal(key: Buffer, bytesPerKey = bytesPerKeyDefault): Seal {
  const next = keySchedule(key, bytesPerKey)
  return (chunks, bytes) => {
    const cipher = createCipheriv(algorithm, ...next(tagBytes + bytes))
    const [first] = chunks
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes)
    const sealed = cipher.update(body)
    cipher.final()
    return Buffer.concat([cipher.getAuthTag(), sealed], tagBytes + bytes)
  }
}

export function createUnseal(key: Buffer, bytesPerKey = bytesPerKeyDefault): Unseal {
  const next = keySchedule(key, bytesPerKey)
  return frame => {
    if (frame.length < tagBytes) return undefined
    const decipher = createDecipheriv(algorithm, ...next(frame.length))
    decipher.setAuthTag(frame.subarray(0, tagBytes))
    const body = decipher.update(frame.subarray(tagBytes))
    try {
      decipher.final()
    } catch {
      // The tag is not that of these bytes at this place.
      return undefined
    }
    return body
  }
}

/**
 * The key and the nonce of each frame, in their order. Both ends count the same lengths, so both change keys at the
 * same frame.
 */
function keySchedule(first: Buffer, bytesPerKey: number): (frameBytes: number) => [key: Buffer, nonce: Buffer] {
  const nonce = Buffer.alloc(nonceBytes)
  let key = first
  let left = bytesPerKey
  let count = 0
  return frameBytes => {
    if (left <= 0) {
      key = Buffer.from(hkdfSync('sha256', key, '', 'the next key', keyBytes))
      left = bytesPerKey
      count = 0
    }
    left -= frameBytes
    nonce.writeUInt32BE(count++, nonceBytes - 4)
    return [key, nonce]
  }
}
