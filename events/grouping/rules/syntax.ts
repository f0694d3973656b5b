/**
 * What both kinds of rules are written with: names, and patterns with or without quotes. A cursor goes over one line;
 * what is wrong is thrown with the place where it stands, and becomes the error of the line.
 */

/** `column` counts UTF-16 code units from 1, as editors of the browser do. */
export type RuleError = { line: number; column: number; reason: string }

export type Cursor = { readonly text: string; at: number }

/** `at` counts code units from the start of the line. */
export class SyntaxFault extends Error {
  readonly at: number

  constructor(at: number, reason: string) {
    super(reason)
    this.at = at
  }
}

/** A text with the place of each of its characters in the line. */
export type Argument = { text: string; placeOf: (index: number) => number }

const wordChar = /[A-Za-z0-9_.-]/
const quotedName = /^[A-Za-z0-9_.:@/-]{1,250}$/

export function skipSpaces(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\t') cursor.at += 1
}

export function isAtEnd({ text, at }: Cursor): boolean {
  return at >= text.length
}

/** True when these characters stand here; goes on behind them then. */
export function took(cursor: Cursor, expected: string): boolean {
  if (!cursor.text.startsWith(expected, cursor.at)) return false
  cursor.at += expected.length
  return true
}

export function word(cursor: Cursor): string {
  const start = cursor.at
  while (cursor.at < cursor.text.length && wordChar.test(cursor.text.charAt(cursor.at))) cursor.at += 1
  return cursor.text.slice(start, cursor.at)
}

/** The name of a matcher; in quotes where a tag has other characters in its name. */
export function name(cursor: Cursor): string {
  if (cursor.text[cursor.at] !== '"') return word(cursor)
  const start = cursor.at
  const { text } = quoted(cursor)
  if (!quotedName.test(text)) throw new SyntaxFault(start, 'a name has letters, digits and _ . : @ / - only')
  return text
}

/** In quotes, or up to the next space. */
export function argument(cursor: Cursor): Argument {
  if (cursor.text[cursor.at] === '"') return quoted(cursor)
  const start = cursor.at
  while (!isAtEnd(cursor) && cursor.text[cursor.at] !== ' ' && cursor.text[cursor.at] !== '\t') cursor.at += 1
  return { text: cursor.text.slice(start, cursor.at), placeOf: index => start + index }
}

const escapes = new Map([
  ['"', '"'],
  ['n', '\n'],
  ['t', '\t']
])

/** `\"`, `\n` and `\t` stand for a quote, a new line and a tab; other backslashes are part of the text. */
export function quoted(cursor: Cursor): Argument {
  const start = cursor.at
  const places: number[] = []
  let text = ''
  cursor.at += 1
  while (cursor.text[cursor.at] !== '"') {
    if (isAtEnd(cursor)) throw new SyntaxFault(start, 'this quote is never closed')
    const escaped = cursor.text[cursor.at] === '\\' ? cursor.text[cursor.at + 1] : undefined
    const meant = escaped === undefined ? undefined : escapes.get(escaped)
    const chars = meant ?? cursor.text.slice(cursor.at, cursor.at + (escaped === undefined ? 1 : 2))
    for (let index = 0; index < chars.length; index++) places.push(cursor.at + index)
    text += chars
    cursor.at += escaped === undefined ? 1 : 2
  }
  const end = cursor.at
  cursor.at += 1
  return { text, placeOf: index => places[index] ?? end }
}

/** What stands here, for a message. */
export function foundAt({ text, at }: Cursor): string {
  const rest = text.slice(at)
  const [next = ''] = rest.split(/[ \t]/, 1)
  if (rest === '') return 'the end of the line'
  return `“${next.length > 40 ? `${next.slice(0, 40)}…` : next || rest.slice(0, 1)}”`
}
