/**
 * SQL as tagged templates. An interpolated value becomes a parameter, never text, except another template (a fragment)
 * and a name made by `sql('name')`. Values go to PostgreSQL as text and take the type that it expects there. An object
 * becomes JSON, an array a PostgreSQL array (`sql.json` makes JSON of one). `undefined` throws.
 */
import assert from 'node:assert'
import pg from 'pg'

export const fragmentKey = Symbol('fragment')
const nameKey = Symbol('name')
const jsonKey = Symbol('json')

/** Text with $1, $2 … and their values. */
export type Statement = { text: string; values: Parameter[] }

export type Parameter = string | Buffer | null

/** The parts of a template; it may stand inside another template. */
export type Fragment = { readonly [fragmentKey]: { strings: readonly string[]; values: readonly unknown[] } }

export type Name = { readonly [nameKey]: string }

export type JsonParameter = { readonly [jsonKey]: string }

export function name(text: string): Name {
  return { [nameKey]: text }
}

export function json(value: unknown): JsonParameter {
  const text = JSON.stringify(value)
  assert(text !== undefined, 'not a JSON value')
  return { [jsonKey]: text }
}

export function statementOf(strings: readonly string[], values: readonly unknown[]): Statement {
  const statement: Statement = { text: '', values: [] }
  append(statement, strings, values)
  return statement
}

function append(statement: Statement, strings: readonly string[], values: readonly unknown[]): void {
  for (const [index, string] of strings.entries()) {
    statement.text += string
    if (index === values.length) return
    const value = values[index]
    if (isFragment(value)) {
      append(statement, value[fragmentKey].strings, value[fragmentKey].values)
    } else if (isName(value)) {
      statement.text += pg.escapeIdentifier(value[nameKey])
    } else {
      statement.values.push(parameterOf(value))
      statement.text += `$${statement.values.length}`
    }
  }
}

export function parameterOf(value: unknown): Parameter {
  if (value === undefined) throw new TypeError('undefined is no value of SQL: say null')
  if (value === null || typeof value === 'string') return value
  return typeof value === 'object' ? objectOf(value) : String(value)
}

function objectOf(value: object): Parameter {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return arrayOf(value)
  return isJson(value) ? value[jsonKey] : JSON.stringify(value)
}

function arrayOf(values: readonly unknown[]): string {
  return `{${values.map(value => (Array.isArray(value) ? arrayOf(value) : elementOf(parameterOf(value)))).join(',')}}`
}

function elementOf(value: Parameter): string {
  if (value === null) return 'NULL'
  const text = typeof value === 'string' ? value : `\\x${value.toString('hex')}`
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function isFragment(value: unknown): value is Fragment {
  return typeof value === 'object' && value !== null && fragmentKey in value
}

function isName(value: unknown): value is Name {
  return typeof value === 'object' && value !== null && nameKey in value
}

function isJson(value: object): value is JsonParameter {
  return jsonKey in value
}
