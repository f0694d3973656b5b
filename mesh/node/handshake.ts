/**
 * The handshake: two nodes prove to each other that they know the cookie, without sending it. Each sends a greeting
 * with a fresh nonce and a fresh X25519 key; then the dialling node proves itself, then the other. A proof is an
 * HMAC-SHA-256 under the cookie over the role and both greetings as sent, so it cannot be replayed or reflected, and a
 * greeting cannot be altered. The keys of the link come from the cookie and from what the X25519 keys agree on, so who
 * learns the cookie later cannot read what was recorded. An eavesdropper can try cookies offline: hence its length.
 */
import {
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  timingSafeEqual
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isAddress, isName, linkVersion } from './items.ts'
import { keyBytes } from './seal.ts'
import type { NodeId } from '../types.ts'

export type Role = 'dialler' | 'listener'

export type Party = NodeId & {
  readonly cookie: string
  /** The protocol of the application. Nodes with different ones do not link. */
  readonly protocol: string
  /** What both nodes must share besides. It is not sent. */
  readonly identity: () => string
}

export type Greeting = NodeId & {
  readonly version: number
  readonly protocol: string
  readonly nonce: string
  /** The X25519 public key, in base64url. */
  readonly key: string
  /** Made of the identity and the nonce, so that strangers learn nothing about the identity. */
  readonly mark: string
}

/** `secret` never leaves this process, and is dropped with the handshake. */
export type OwnGreeting = { readonly text: string; readonly secret: KeyObject }

/** Both greetings, byte for byte as sent. */
export type Greetings = { readonly dialler: string; readonly listener: string }

export type SessionKeys = { readonly sending: Buffer; readonly receiving: Buffer }

export type RefusalCode =
  | 'version'
  | 'cookie'
  | 'identity'
  | 'self'
  | 'name'
  | 'connected'
  | 'simultaneous'
  | 'full'
  | 'garbage'
  | 'unreachable'

/** Why no link was made: a code for programs and a sentence for people. */
export type Refusal = { readonly code: RefusalCode; readonly message: string }

const nonceHexChars = 64
const proofHexChars = 64

/** 32 bytes. */
const isKey = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{43}$/.test(value)

export const greetingCharsMax = 2048

export function greeting({ name, incarnation, address, protocol, identity }: Party): OwnGreeting {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const nonce = randomBytes(nonceHexChars / 2).toString('hex')
  const text = JSON.stringify({
    mesh: linkVersion,
    protocol,
    name,
    incarnation,
    address,
    nonce,
    key: publicKey.export({ format: 'jwk' }).x,
    mark: markOf(identity(), nonce)
  })
  return { text, secret: privateKey }
}

/** Undefined when the text is no greeting. For another version only the version has to be readable. */
export function readGreeting(text: string): Greeting | undefined {
  const { mesh, protocol, name, incarnation, address, nonce, key, mark } = readObject(text)
  if (typeof mesh !== 'number') return undefined
  if (mesh !== linkVersion) {
    return { version: mesh, protocol: '', name: 'unknown', incarnation: 0, address: null, nonce: '', key: '', mark: '' }
  }
  if (!isName(protocol) || !isName(name) || !isHex(nonce, nonceHexChars)) return undefined
  if (!isKey(key) || !isHex(mark, proofHexChars)) return undefined
  if (typeof incarnation !== 'number' || !Number.isSafeInteger(incarnation) || incarnation < 0) return undefined
  if (address !== null && !isAddress(address)) return undefined
  return { version: mesh, protocol, name, incarnation, address, nonce, key, mark }
}

/** Whether the two nodes may link at all. */
export function compare(mine: Party, theirs: Greeting): Refusal | undefined {
  if (theirs.version !== linkVersion) {
    return refusal(
      'version',
      `one node speaks version ${theirs.version} of the mesh protocol, the other ${linkVersion}: ` +
        'run the same release on both'
    )
  }
  if (theirs.protocol !== mine.protocol) {
    return refusal(
      'version',
      `one node speaks ${theirs.protocol}, the other ${mine.protocol}: run the same release on both`
    )
  }
  if (theirs.name !== mine.name) return undefined
  if (theirs.incarnation === mine.incarnation) return refusal('self', `${mine.name} reached itself`)
  return refusal('name', `two nodes are called ${mine.name}`)
}

/** For a node that has proven that it knows the cookie: it may be told why it gets no link. */
export function compareIdentity(mine: Party, theirs: Greeting): Refusal | undefined {
  if (theirs.mark === markOf(mine.identity(), theirs.nonce)) return undefined
  return refusal('identity', `${mine.name} and ${theirs.name} have different identities`)
}

function markOf(identity: string, nonce: string): string {
  return createHmac('sha256', identity).update(nonce).digest('hex')
}

export function prove(cookie: string, role: Role, { dialler, listener }: Greetings): string {
  return createHmac('sha256', cookie)
    .update(JSON.stringify([role, dialler, listener]))
    .digest('hex')
}

export function isProven(cookie: string, role: Role, greetings: Greetings, text: string): boolean {
  const { proof } = readObject(text)
  if (!isHex(proof, proofHexChars)) return false
  return timingSafeEqual(Buffer.from(proof), Buffer.from(prove(cookie, role, greetings)))
}

export type Agreement = {
  readonly role: Role
  readonly cookie: string
  readonly greetings: Greetings
  readonly secret: KeyObject
  /** The key in the greeting of the other side. */
  readonly theirKey: string
}

/** Undefined when the other side sent a key that agrees on nothing. */
export function sessionKeys(agreement: Agreement): SessionKeys | undefined {
  const { role, cookie, greetings } = agreement
  const shared = agreedSecret(agreement)
  if (shared === undefined) return undefined
  const material = Buffer.concat([shared, Buffer.from(cookie)])
  const salt = createHash('sha256')
    .update(JSON.stringify([greetings.dialler, greetings.listener]))
    .digest()
  const keyFrom = (sender: Role) =>
    Buffer.from(hkdfSync('sha256', material, salt, `frames from the ${sender}`, keyBytes))
  const other = role === 'dialler' ? 'listener' : 'dialler'
  return { sending: keyFrom(role), receiving: keyFrom(other) }
}

function agreedSecret({ secret, theirKey }: Agreement): Buffer | undefined {
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: theirKey }, format: 'jwk' })
    return diffieHellman({ privateKey: secret, publicKey })
  } catch {
    // A point of small order: the result would be the same for every secret.
    return undefined
  }
}

export function refusal(code: RefusalCode, message: string): Refusal {
  return { code, message }
}

const codes: readonly string[] = [
  'version',
  'cookie',
  'identity',
  'self',
  'name',
  'connected',
  'simultaneous',
  'full'
] satisfies RefusalCode[]

/** The refusal that the other side sent; undefined when the text is something else. */
export function readRefusal(text: string): Refusal | undefined {
  const { refused, message } = readObject(text)
  if (!isRefusalCode(refused) || typeof message !== 'string') return undefined
  return refusal(refused, message.slice(0, 500))
}

function isRefusalCode(code: unknown): code is RefusalCode {
  return typeof code === 'string' && codes.includes(code)
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function isHex(value: unknown, chars: number): value is string {
  return typeof value === 'string' && value.length === chars && /^[0-9a-f]*$/.test(value)
}
