/**
 * The message of an event: a text, or a template with parameters. A template without its formatted text is formatted
 * here, as the SDK's language would: `%s %d %(name)s`, `{}`, `{0}`, `{name}`. One pass over at most `charsMax`
 * characters; what has no parameter stays.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import { isLogEntry } from '../validate.ts'
import { dropped, jsonText, toJsonText, type Coercion } from './values.ts'

type LogEntry = { message?: string; formatted?: string; params?: object; [member: string]: unknown }

/** A text, or the object that stands for a log entry in its place. `false` is what some clients send for none. */
export function toMessage(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null || typeof value === 'string') return value
  if (value === false) return undefined
  return isObject(value) && ('formatted' in value || 'message' in value) ? value : toJsonText(value, path, coercion)
}

export function toLogEntry(value: unknown, path: string, coercion: Coercion): unknown {
  if (value == null) return undefined
  if (typeof value === 'string') return { formatted: value }
  if (!isObject(value)) return dropped(value, path, coercion.notes)
  const entry = isLogEntry(value) ? value : typed(value, path, coercion)
  const { message, formatted, params } = entry
  if (typeof message !== 'string' || (typeof formatted === 'string' && formatted !== '') || params == null) return entry
  return { ...entry, formatted: formatTemplate(message, params) }
}

function typed(value: Record<string, unknown>, path: string, coercion: Coercion): LogEntry {
  const { message, formatted, params, ...others } = value
  const entry: LogEntry = others
  const [template, text] = [
    toJsonText(message, `${path}.message`, coercion),
    toJsonText(formatted, `${path}.formatted`, coercion)
  ]
  if (template !== undefined) entry.message = template
  if (text !== undefined) entry.formatted = text
  if (params != null) entry.params = typeof params === 'object' ? params : [params]
  return entry
}

const placeholder =
  /%(?:\((\w{1,64})\))?[-+ #0]{0,3}\d{0,3}(?:\.\d{1,3})?([sdifjoOcrxX%])|\{(\w{0,64})(?:[:!][^{}]{0,32})?\}/g

export function formatTemplate(template: string, params: object): string {
  const list: readonly unknown[] = Array.isArray(params) ? params : Object.values(params)
  let next = 0
  let left = limits.messageCharsMax
  const formatted = template
    .slice(0, limits.messageCharsMax)
    .replaceAll(placeholder, (match, named?: string, conversion?: string, inBraces?: string) => {
      if (conversion === '%') return '%'
      const key = named ?? inBraces ?? ''
      const value = key === '' ? list[next++] : memberOf(params, key)
      if (value === undefined) return match
      // Many places for one long parameter must not make a text of megabytes.
      const text = shown(value).slice(0, left)
      left -= text.length
      return text
    })
  return formatted.slice(0, limits.messageCharsMax)
}

function memberOf(params: object, key: string): unknown {
  return Object.hasOwn(params, key) ? Reflect.get(params, key) : undefined
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? jsonText(value) : String(value)
}
