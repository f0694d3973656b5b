/** Who was affected: the `user` of an event, and what stands for them in filters and counts. */
import { hash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { User } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import type { UserNames } from '../schema/pipeline.ts'
import { keepObject, type Keeping } from './free-values.ts'
import { filtered } from './scrubbing/names.ts'
import { cut } from './text.ts'

/** What SDKs write for "the address that the event came from"; nothing, where that is not known. */
const unresolved = '{{auto}}'
const mappedPrefix = '::ffff:'

/** An IPv4 address that came over IPv6 is the IPv4 address (RFC 4291, 2.5.5.2). */
function plainAddress(address: string | null | undefined): string | null {
  if (address == null || !address.toLowerCase().startsWith(mappedPrefix)) return address ?? null
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address
}

/** `dropAddress` takes the address away. */
export function keepUser(user: User, keeping: Keeping, dropAddress: boolean): User {
  const kept = withIdentity(user, keepObject(user, 'user', keeping), keeping)
  const { ip_address: address, ...others } = kept
  const shown = dropAddress || address === unresolved ? null : plainAddress(address)
  if (shown === (address ?? null) && typeof kept.id !== 'number') return kept
  if (kept.id != null) others.id = String(kept.id)
  return shown === null ? others : { ...others, ip_address: shown }
}

/** Who it was is no secret by its form: an id may look like the number of a card. By its name it may be. */
function withIdentity(user: User, kept: User, { scrubber }: Keeping): User {
  if (kept === user) return user
  const names = (['id', 'email', 'username'] as const).filter(name => !scrubber.isSecret(name) && name in user)
  return { ...kept, ...Object.fromEntries(names.map(name => [name, user[name]])) }
}

/** Id, else e-mail, else name, else address; '' when none is known. */
export function identityOf({ id, email, username, ip_address: address }: User): string {
  for (const name of [id, email, username, address]) {
    if (name != null && name !== '' && name !== filtered) return cut(String(name), limits.nameCharsMax)
  }
  return ''
}

/** Those of the other names that searches may ask for; undefined when there is none. */
export function otherNamesOf({ email, username, ip_address: address }: User, identity: string): UserNames | undefined {
  const names = { email: nameBeside(email, identity), username: nameBeside(username, identity) }
  const ip = nameBeside(address, identity)
  if (ip !== '') return { ...names, ip }
  return names.email === '' && names.username === '' ? undefined : names
}

function nameBeside(name: string | null | undefined, identity: string): string {
  const known = name == null || name === filtered ? '' : cut(name, limits.nameCharsMax)
  return known === identity ? '' : known
}

const hashesMax = 20_000
/** Most users come back, and a hash costs ten times as much as looking it up. Names that were cut are left out. */
const hashes = new Map<string, string>()

/** 16 hex digits that stand for a user within the project, and say nothing in another. */
export function userHashOf(projectId: number, identity: string): string {
  if (identity === '') return ''
  const named = `${projectId}:${identity}`
  const known = hashes.get(named)
  if (known !== undefined) return known
  const made = hash('sha256', named, 'hex').slice(0, 16)
  if (identity.length < limits.nameCharsMax) {
    if (hashes.size >= hashesMax) hashes.clear()
    hashes.set(named, made)
  }
  return made
}
