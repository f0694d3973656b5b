/** Who was affected: the `user` of an event, and what stands for them in filters and counts. */
import { hash } from 'node:crypto'
import type { User } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import { keepObject, type Keeping } from './free-values.ts'
import { filtered } from './secrets.ts'
import { cut } from './text.ts'

/** `dropAddress` takes the address away. */
export function keepUser (user: User, keeping: Keeping, dropAddress: boolean): User {
  const kept: User = keepObject(user, 'user', keeping)
  const isDropped = dropAddress && kept.ip_address != null
  if (!isDropped && typeof kept.id !== 'number') return kept
  const { ip_address: address, ...others } = kept
  if (kept.id != null) others.id = String(kept.id)
  return isDropped ? others : { ...others, ip_address: address }
}

/** Id, else e-mail, else name, else address; '' when none is known. */
export function identityOf ({ id, email, username, ip_address: address }: User): string {
  for (const name of [id, email, username, address]) {
    if (name != null && name !== '' && name !== filtered) return cut(String(name), limits.nameCharsMax)
  }
  return ''
}

/** 16 hex digits that stand for a user within the project, and say nothing in another. */
export function userHashOf (projectId: number, identity: string): string {
  return identity === '' ? '' : hash('sha256', `${projectId}:${identity}`, 'hex').slice(0, 16)
}
