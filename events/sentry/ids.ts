/** Ids as SDKs write them: 32 hex digits or a UUID, in any case; empty or all zeros where they have none. */
import { hash } from 'node:crypto'
import { eventIdForm } from '../../schema/event.ts'

const zeros = '0'.repeat(32)

/** 32 lower-case hex digits, or null for what is no id. */
export function plainId(id: unknown): string | null {
  if (typeof id !== 'string' || !eventIdForm.test(id)) return null
  const plain = id.replaceAll('-', '').toLowerCase()
  return plain === zeros ? null : plain
}

/** A UUID that is the same for the same parts: what is sent again is known by it. */
export function idOfParts(...parts: readonly string[]): string {
  const digits = hash('sha256', parts.map(part => `${part.length}:${part}`).join(''), 'hex')
  const [time, middle, high] = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(13, 16)]
  return `${time}-${middle}-8${high}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}
