/**
 * Seals frames so that only the two ends of a link can make them. Each carries an HMAC-SHA-256 under a key of this link
 * and this direction, over its number and its bytes. A frame that is forged, altered, repeated, left out or reordered
 * does not open. Frames are not encrypted.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

export const tagBytes = 16

export type Seal = (chunks: readonly Buffer[], bytes: number) => Buffer
export type Unseal = (frame: Buffer) => Buffer | undefined

/** `bytes` is the length of all chunks together. */
export function createSeal(key: Buffer): Seal {
  const nextTag = tagger(key)
  return (chunks, bytes) => {
    const frame = Buffer.allocUnsafe(tagBytes + bytes)
    let position = tagBytes
    for (const chunk of chunks) position += chunk.copy(frame, position)
    nextTag(frame.subarray(tagBytes)).copy(frame, 0, 0, tagBytes)
    return frame
  }
}

export function createUnseal(key: Buffer): Unseal {
  const nextTag = tagger(key)
  return frame => {
    if (frame.length < tagBytes) return undefined
    const body = frame.subarray(tagBytes)
    const tag = nextTag(body).subarray(0, tagBytes)
    return timingSafeEqual(tag, frame.subarray(0, tagBytes)) ? body : undefined
  }
}

function tagger(secret: Buffer): (body: Buffer) => Buffer {
  const key = createSecretKey(secret)
  const number = Buffer.alloc(8)
  let count = 0n
  return body => {
    number.writeBigUInt64BE(count++)
    return createHmac('sha256', key).update(number).update(body).digest()
  }
}
