/** Random secrets that Mesher gives out, and the hashes that it stores in their place. */
import { createHash, randomBytes } from 'node:crypto'

const secretBytes = 32

/** 43 characters that may stand in cookies, headers and addresses. */
export function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url')
}

/** The hash that is stored in the place of a secret. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
