/**
 * Reads a search text from left to right: words, phrases in quotes, keys with an operator, values, parentheses.
 * Malformed text throws a `SearchError` that names the column, counted from 1. Every step moves on, so the work grows
 * linearly.
 */
import type { Operator, Pattern } from './query.ts'

export class SearchError extends Error {
  override name = 'SearchError'
  readonly column: number

  constructor(column: number, message: string) {
    super(`column ${column}: ${message}`)
    this.column = column
  }
}

export function expected(column: number, what: string): SearchError {
  return new SearchError(column, `expected ${what}`)
}

/** A value as it was written; `text` is without quotes and escapes. */
export type Value = { column: number; text: string; pattern: Pattern; isQuoted: boolean }

export type Key = {
  column: number
  name: string
  /** Written as `tags[name]`. */
  isTag: boolean
  operator: ':' | Exclude<Operator, '='>
}

/** `depth` counts the parentheses that are open. */
export type Reader = {
  readonly text: string
  at: number
  depth: number
}

const keyForm = /(?:tags\[([\w.:-]{1,200})\]|([A-Za-z_][\w.-]{0,250}))(:|>=|<=|>|<)/y
const operatorForm = /(AND|OR|NOT)(?=[\s()]|$)/y
const bareForm = /[^\s"]+/y
const valueForm = /\S+/y
const listedForm = /[^\s,\]"]+/y
const blanks = /\s*/y

export function columnOf(reader: Reader): number {
  return reader.at + 1
}

export function skipBlanks(reader: Reader): void {
  take(reader, blanks)
}

export function isAtEnd({ text, at }: Reader): boolean {
  return at >= text.length
}

export function takeChar(reader: Reader, char: string): boolean {
  if (reader.text[reader.at] !== char) return false
  reader.at += 1
  return true
}

/** AND, OR or NOT, when it stands here and is the one that is asked for. */
export function takeOperator(reader: Reader, operator: 'AND' | 'OR' | 'NOT'): boolean {
  if (operatorAt(reader) !== operator) return false
  reader.at += operator.length
  skipBlanks(reader)
  return true
}

export function operatorAt(reader: Reader): string | undefined {
  operatorForm.lastIndex = reader.at
  return operatorForm.exec(reader.text)?.[1]
}

/** The key that stands here, if one does; reads it. */
export function takeKey(reader: Reader): Key | null {
  keyForm.lastIndex = reader.at
  const [whole, tag, name, operator] = keyForm.exec(reader.text) ?? []
  if (whole === undefined) return null
  const key: Key = {
    column: columnOf(reader),
    name: tag ?? name ?? '',
    isTag: tag !== undefined,
    operator: operatorOf(operator)
  }
  reader.at += whole.length
  return key
}

function operatorOf(text: string | undefined): Key['operator'] {
  return text === '>' || text === '>=' || text === '<' || text === '<=' ? text : ':'
}

/** A word or a phrase of free text, as it stands, with its quotes. */
export function takeText(reader: Reader): string {
  return reader.text[reader.at] === '"' ? takeQuoted(reader) : takeBare(reader, bareForm)
}

/** One value, or several in brackets. */
export function takeValues(reader: Reader, valuesMax: number): Value[] {
  if (!takeChar(reader, '[')) return [takeValue(reader, valueForm)]
  const values: Value[] = []
  for (;;) {
    skipBlanks(reader)
    values.push(takeValue(reader, listedForm))
    if (values.length > valuesMax) {
      throw expected(values.at(-1)?.column ?? 1, `at most ${valuesMax} values in brackets`)
    }
    skipBlanks(reader)
    if (takeChar(reader, ']')) return values
    if (!takeChar(reader, ',')) throw expected(columnOf(reader), 'a comma or the closing bracket ]')
  }
}

function takeValue(reader: Reader, form: RegExp): Value {
  const column = columnOf(reader)
  const isQuoted = reader.text[reader.at] === '"'
  const raw = isQuoted ? takeQuoted(reader) : form === listedForm ? take(reader, form) : takeBare(reader, form)
  if (raw === '') throw expected(column, 'a value')
  const pattern = patternOf(isQuoted ? raw.slice(1, -1) : raw)
  return { column, text: pattern.join('*'), pattern, isQuoted }
}

/** Within parentheses it ends before one that closes what it did not open. */
function takeBare(reader: Reader, form: RegExp): string {
  const from = reader.at
  const whole = take(reader, form)
  let open = 0
  for (let index = 0; reader.depth > 0 && index < whole.length; index++) {
    if (whole[index] === '(') open += 1
    else if (whole[index] === ')' && open-- === 0) {
      reader.at = from + index
      return whole.slice(0, index)
    }
  }
  return whole
}

/** With its quotes; a backslash takes the meaning from the next character. */
function takeQuoted(reader: Reader): string {
  const from = reader.at
  for (let at = from + 1; at < reader.text.length; at++) {
    if (reader.text[at] === '\\') at += 1
    else if (reader.text[at] === '"') {
      reader.at = at + 1
      return reader.text.slice(from, reader.at)
    }
  }
  throw expected(from + 1, 'a closing quote for the one here')
}

/** Neighbouring stars are one. */
function patternOf(raw: string): Pattern {
  const parts: [string, ...string[]] = ['']
  for (let at = 0; at < raw.length; at++) {
    const char = raw.charAt(at)
    const next = raw.charAt(at + 1)
    if (char === '*') {
      if (at === 0 || raw[at - 1] !== '*' || parts.at(-1) !== '') parts.push('')
    } else {
      const isEscape = char === '\\' && (next === '"' || next === '*' || next === '\\')
      if (isEscape) at += 1
      parts.push(`${parts.pop() ?? ''}${isEscape ? next : char}`)
    }
  }
  const [first = '', ...others] = parts
  return [first, ...others]
}

function take(reader: Reader, form: RegExp): string {
  form.lastIndex = reader.at
  const [found = ''] = form.exec(reader.text) ?? []
  reader.at += found.length
  return found
}
