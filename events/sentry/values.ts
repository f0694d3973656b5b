/**
 * How wrongly typed values become right ones. Each function returns the value itself when it is right already, another
 * when it can be made right, and undefined (with a note) when it cannot: nothing here refuses anything. `null` is the
 * same as absent.
 */
import { isObject } from '../../schema/event.ts'
import { tooDeep } from '../free-values.ts'
import { note, type Notes } from '../notes.ts'

/** What one event is coerced with. `shiftMs` is how far its sender's clock is behind. */
export type Coercion = { notes: Notes; shiftMs: number }

const jsonCharsMax = 8_192

export function toText(value: unknown, path: string, { notes }: Coercion): string | undefined {
  if (typeof value === 'string') return value
  if (value == null) return undefined
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return dropped(value, path, notes)
}

/** Objects and lists as their JSON. */
export function toJsonText(value: unknown, path: string, coercion: Coercion): string | undefined {
  return typeof value === 'object' && value !== null ? jsonText(value) : toText(value, path, coercion)
}

/** As much of the JSON as a message may have. */
export function jsonText(value: object): string {
  try {
    return JSON.stringify(value).slice(0, jsonCharsMax)
  } catch (error) {
    // JSON.stringify recurses, JSON.parse does not.
    if (error instanceof RangeError) return tooDeep
    throw error
  }
}

/** A text without space around it; undefined when nothing is left. */
export function toName(value: unknown, path: string, coercion: Coercion): string | undefined {
  const text = toText(value, path, coercion)?.trim()
  return text === '' ? undefined : text
}

export function toNumber(value: unknown, path: string, { notes }: Coercion): number | undefined {
  if (value == null) return undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : dropped(value, path, notes)
}

const flags = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false]
])

export function toFlag(value: unknown, path: string, { notes }: Coercion): boolean | undefined {
  if (value == null) return undefined
  return flags.get(value) ?? dropped(value, path, notes)
}

export function toObject(value: unknown, path: string, { notes }: Coercion): Record<string, unknown> | undefined {
  if (isObject(value)) return value
  return value == null ? undefined : dropped(value, path, notes)
}

/** An object, or another value as the only member of one. */
export function toWrapped(value: unknown): Record<string, unknown> | undefined {
  if (isObject(value)) return value
  return value == null ? undefined : { value }
}

/** The objects of a list, of `{ values: [...] }`, or one object alone. */
export function toItems(value: unknown, path: string, { notes }: Coercion): Record<string, unknown>[] {
  const given = isObject(value) && 'values' in value ? value.values : value
  const list: unknown[] = Array.isArray(given) ? given : [given]
  const items = list.filter(item => isObject(item) && !isEmpty(item))
  if (items.length < list.filter(item => item != null && !isEmpty(item)).length) {
    note(notes, path, 'what is no object was dropped from the list')
  }
  return items.filter(isObject)
}

/** The texts of a list; null keeps its place, empty. */
export function toTexts(value: unknown, path: string, coercion: Coercion): string[] | undefined {
  if (value == null) return undefined
  if (!Array.isArray(value)) return dropped(value, path, coercion.notes)
  return value.map((item: unknown) => toText(item, path, coercion) ?? '')
}

export function dropped(value: unknown, path: string, notes: Notes): undefined {
  note(notes, path, `dropped: ${kindOf(value)} cannot stand here`)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

export type Members<Known extends string> = Readonly<
  Record<Known, (value: unknown, path: string, coercion: Coercion) => unknown>
>

/** The object with these members coerced and all others as they are; members that come to nothing are left out. */
export function withMembers(
  object: Record<string, unknown>,
  members: Members<string>,
  path: string,
  coercion: Coercion
): Record<string, unknown> {
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(object)) {
    const coerce = Object.hasOwn(members, name) ? members[name] : undefined
    const kept = coerce === undefined ? value : coerce(value, `${path}.${name}`, coercion)
    if (kept !== undefined) entries.push([name, kept])
  }
  // Not by assignment: `__proto__` is to stay a member like any other.
  return Object.fromEntries(entries)
}
