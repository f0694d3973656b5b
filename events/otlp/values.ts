/**
 * Values and attributes of OTLP as plain values. Anything of another form than the protocol's is left out: records come
 * from outside, as JSON too. What is nested deeper than `depthMax` is left out.
 */
import { isObject } from '../../schema/event.ts'

export type Attributes = ReadonlyMap<string, unknown>

const depthMax = 12

/** The first attribute of a name counts. */
export function attributesOf(list: unknown, depth = 0): Map<string, unknown> {
  const attributes = new Map<string, unknown>()
  if (!Array.isArray(list)) return attributes
  for (const entry of list as unknown[]) {
    if (!isObject(entry) || typeof entry.key !== 'string' || attributes.has(entry.key)) continue
    const value = valueOf(entry.value, depth)
    if (value !== undefined) attributes.set(entry.key, value)
  }
  return attributes
}

/** Undefined for a value that is empty or of no known kind. */
export function valueOf(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > depthMax) return undefined
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value
  if (typeof stringValue === 'string') return stringValue
  if (typeof boolValue === 'boolean') return boolValue
  if (intValue !== undefined) return wholeOf(intValue)
  // JSON has `"NaN"` and `"Infinity"` as texts.
  if (typeof doubleValue === 'number') return Number.isFinite(doubleValue) ? doubleValue : String(doubleValue)
  if (typeof doubleValue === 'string') return doubleValue
  if (typeof bytesValue === 'string') return bytesValue
  if (isObject(arrayValue)) {
    return Array.isArray(arrayValue.values)
      ? arrayValue.values.map((item: unknown) => valueOf(item, depth + 1) ?? null)
      : []
  }
  return isObject(kvlistValue) ? Object.fromEntries(attributesOf(kvlistValue.values, depth + 1)) : undefined
}

/** A number where it is exact, else its digits. */
function wholeOf(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** The first of these attributes that is there, as text; undefined without any. */
export function textIn(attributes: Attributes, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes.get(name)
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  }
  return undefined
}
