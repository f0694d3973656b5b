/**
 * Small operations on texts, each linear in what it looks at. Lengths are in UTF-16 code units; a pair of surrogates is
 * never cut in two.
 */
import { note, type Notes } from './notes.ts'

/** The first `charsMax` characters. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const last = text.charCodeAt(charsMax - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? charsMax - 1 : charsMax)
}

/** The same with a note when something is lost. */
export function cutNoted(text: string, charsMax: number, path: string, notes: Notes): string {
  if (text.length <= charsMax) return text
  note(notes, path, `cut from ${text.length} to ${charsMax} characters`)
  return cut(text, charsMax)
}

/** The first line that has something in it, without the space around it; at most `charsMax` characters. */
export function firstLine(text: string, charsMax: number): string {
  // Most texts begin with a character that is plainly no space.
  const first = text.charCodeAt(0)
  const start = first > 0x20 && first < 0x7f ? 0 : text.search(/\S/)
  if (start === -1) return ''
  const line = text.slice(start, start + charsMax + 1)
  const end = line.search(/[\r\n]/)
  return cut(end === -1 ? line : line.slice(0, end), charsMax).trimEnd()
}

/** A text of its own, to be remembered: V8 keeps a whole text in memory for the sake of a part of it. */
export function ownText(text: string): string {
  return structuredClone(text)
}

/** Deep enough for all that is kept of an event; what lies deeper is cut anyway. */
const storableDepthMax = 30

/** The same value without NUL and lone surrogates, in names and texts: PostgreSQL stores neither. */
export function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > storableDepthMax) return null
  if (Array.isArray(value)) return value.map((item: unknown) => storable(item, depth + 1))
  // Not by assignment: `__proto__` is to stay a member like any other.
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [storableText(key), storable(member, depth + 1)])
  )
}

function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
