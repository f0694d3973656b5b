/**
 * Tags as an object, as pairs, or as a list of `{ key, value }`; with names that need mending and values of any kind.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { cutNoted } from '../text.ts'
import { dropped, toItems, toText, type Coercion } from './values.ts'

export function toTags(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null) return undefined
  if (isObject(value)) return isPlain(value) ? value : mended(Object.entries(value), path, coercion)
  if (!Array.isArray(value)) return dropped(value, path, coercion.notes)
  const pairs: [string, unknown][] = []
  for (const item of value) {
    if (Array.isArray(item) && item.length === 2) pairs.push([toText(item[0], path, coercion) ?? '', item[1]])
    else {
      for (const { key, value: text } of toItems(item, path, coercion)) {
        pairs.push([toText(key, path, coercion) ?? '', text])
      }
    }
  }
  return mended(pairs, path, coercion)
}

function isPlain(tags: Record<string, unknown>): boolean {
  for (const name in tags) {
    const value = tags[name]
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false
    if (
      /\s/.test(name) ||
      (typeof value === 'string' && (value.length > limits.tagValueCharsMax || /[\r\n]/.test(value)))
    ) {
      return false
    }
  }
  return true
}

/** Of a name that comes twice the last value counts. */
function mended(pairs: readonly [string, unknown][], path: string, coercion: Coercion): Record<string, string> {
  const entries: [string, string][] = []
  for (const [name, value] of pairs) {
    const text = toText(value, `${path}.${name}`, coercion)
    if (name !== '' && text !== undefined) {
      const line = text.replaceAll(/[\r\n]+/g, ' ').trim()
      entries.push([
        name.trim().replaceAll(/\s/g, '-'),
        cutNoted(line, limits.tagValueCharsMax, `${path}.${name}`, coercion.notes)
      ])
    }
  }
  return Object.fromEntries(entries)
}
