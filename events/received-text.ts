/**
 * Whether the text of an event can be stored as it came, which costs a quarter of writing it anew. Two things are
 * needed: normalising has changed nothing, and the text holds the event and nothing else: no space, no member that a
 * later one of the same name hides. The second is proven by the length: every other way to write the same value is
 * longer, except with exponents (then the answer is no) or escapes (they are counted).
 */
import { isObject, type NormalisedEvent } from '../schema/event.ts'

/** More escapes than this are not counted. */
const escapesMax = 200
const escapable = '"\\/bfnrt'

/** `received` is what JSON.parse made of `text`, `event` what normalising made of that. */
export function isStoredAsReceived(event: NormalisedEvent, received: object, text: string): boolean {
  return areSame(event, received) && holdsNothingElse(text, event)
}

/** `value` is what JSON.parse makes of `text`. */
export function holdsNothingElse(text: string, value: unknown): boolean {
  return text.length === lengthOf(value) + escapesOf(text)
}

/** As JSON. Most parts of an event are the very objects that were received, so there is little to compare. */
function areSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isObject(a)) return isObject(b) && areMembersSame(a, b)
  return (
    Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => areSame(item, b[index]))
  )
}

function areMembersSame(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let left = 0
  for (const key in b) {
    if (!areSame(a[key], b[key])) return false
    left += 1
  }
  for (const key in a) if (a[key] !== undefined) left -= 1
  return left === 0
}

/** How many characters are written as a backslash and one more; NaN when there are other escapes. */
function escapesOf(text: string): number {
  let count = 0
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 2)) {
    count += 1
    if (count > escapesMax || !escapable.includes(text.charAt(at + 1))) return NaN
  }
  return count
}

/**
 * Of the shortest JSON without escapes; NaN when a number may be written shorter than JSON.stringify does. Recurses:
 * for values of bounded depth.
 */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value === 'number') return lengthOfNumber(value)
  if (typeof value === 'boolean') return value ? 4 : 5
  if (value === null) return 4
  if (Array.isArray(value)) return lengthOfList(value)
  return isObject(value) ? lengthOfObject(value) : NaN
}

function lengthOfList(list: readonly unknown[]): number {
  // Two brackets, and a comma for each item but one.
  let length = list.length === 0 ? 2 : 1
  for (let index = 0; index < list.length; index++) length += lengthOf(list[index]) + 1
  return length
}

function lengthOfObject(object: Record<string, unknown>): number {
  let length = 1
  // Two quotes, a colon, and a comma for each member but one.
  for (const key in object) {
    const member = object[key]
    if (member !== undefined) length += key.length + 4 + lengthOf(member)
  }
  return length === 1 ? 2 : length
}

/**
 * Whole numbers of up to 15 digits that do not end in three zeros, and fractions from 0.01 on: an exponent makes none
 * of these shorter.
 */
function lengthOfNumber(number: number): number {
  const size = Math.abs(number)
  if (size >= 1e15 || Object.is(number, -0)) return NaN
  if (Number.isInteger(number)) {
    if (size % 1000 === 0 && size !== 0) return NaN
    return (number < 0 ? 1 : 0) + (size < 10 ? 1 : size < 100 ? 2 : size < 1000 ? 3 : String(size).length)
  }
  return size < 0.01 ? NaN : String(number).length
}
