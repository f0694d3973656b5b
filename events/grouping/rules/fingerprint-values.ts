/** What stands behind the arrow of a fingerprint rule: the parts of the fingerprint, and perhaps a title. */
import { limits } from '../../../schema/limits.ts'
import { nearest } from '../../../schema/nearest.ts'
import { isStandIn } from '../fingerprint.ts'
import { isVariable, variableNames, variablesIn } from '../variables.ts'
import { foundAt, isAtEnd, quoted, skipSpaces, SyntaxFault, took, word, type Argument, type Cursor } from './syntax.ts'

/** `title` is null where the event keeps its own. */
export type FingerprintValues = { parts: readonly string[]; title: string | null }

export function fingerprintValues(cursor: Cursor): FingerprintValues {
  const parts: string[] = []
  let title: string | null = null
  for (;;) {
    skipSpaces(cursor)
    if (isAtEnd(cursor)) break
    const start = cursor.at
    const given = titleAt(cursor)
    if (given !== null) {
      if (title !== null) throw new SyntaxFault(start, 'there is a title already')
      title = given
    } else {
      if (parts.length === limits.fingerprintPartsMax) {
        throw new SyntaxFault(start, `a fingerprint has at most ${limits.fingerprintPartsMax} parts`)
      }
      parts.push(partAt(cursor))
    }
    skipSpaces(cursor)
    took(cursor, ',')
  }
  if (parts.length === 0) throw new SyntaxFault(cursor.at, 'a fingerprint is expected after “->”')
  return { parts, title }
}

/** `title="…"`, or null when something else stands here. */
function titleAt(cursor: Cursor): string | null {
  const start = cursor.at
  const name = word(cursor)
  if (name === '' || !took(cursor, '=')) {
    cursor.at = start
    return null
  }
  if (name !== 'title') throw new SyntaxFault(start, `there is no attribute “${name}”: only title`)
  if (cursor.text[cursor.at] !== '"') throw new SyntaxFault(cursor.at, 'a title stands in quotes')
  const given = quoted(cursor)
  checkVariables(given)
  if (given.text.trim() === '') throw new SyntaxFault(start, 'a title must have something to read')
  if (given.text.length > limits.titleCharsMax) {
    throw new SyntaxFault(start, `a title has at most ${limits.titleCharsMax} characters`)
  }
  return given.text
}

function partAt(cursor: Cursor): string {
  const start = cursor.at
  if (cursor.text[start] === '#') throw new SyntaxFault(start, 'a comment has a line for itself; “#” needs quotes')
  const part = cursor.text[start] === '"' ? quoted(cursor) : bare(cursor)
  if (part.text.trim() === '') {
    throw new SyntaxFault(start, `a part of a fingerprint is expected, but there is ${foundAt(cursor)}`)
  }
  if (part.text.length > limits.fingerprintPartCharsMax) {
    throw new SyntaxFault(start, `a part has at most ${limits.fingerprintPartCharsMax} characters`)
  }
  if (!isStandIn(part.text)) checkVariables(part)
  return part.text
}

/** Up to a space or a comma that is in no variable. */
function bare(cursor: Cursor): Argument {
  const start = cursor.at
  const { text } = cursor
  while (!isAtEnd(cursor) && !/[ \t,]/.test(text.charAt(cursor.at))) {
    const end = text.startsWith('{{', cursor.at) ? text.indexOf('}}', cursor.at) : -1
    cursor.at = end === -1 ? cursor.at + 1 : end + 2
  }
  return { text: text.slice(start, cursor.at), placeOf: index => start + index }
}

/** What looks like a variable must be one. */
function checkVariables({ text, placeOf }: Argument): void {
  const found = variablesIn(text)
  for (let at = text.indexOf('{{'); at !== -1; at = text.indexOf('{{', at + 2)) {
    const variable = found.find(each => each.at === at)
    if (variable === undefined) throw new SyntaxFault(placeOf(at), 'a variable is written {{ name }}')
    if (variable.name === 'default') throw new SyntaxFault(placeOf(at), '{{ default }} is a part for itself')
    if (!isVariable(variable.name)) throw new SyntaxFault(placeOf(at), unknown(variable.name))
  }
}

function unknown(name: string): string {
  const meant = nearest(name, variableNames)
  return `there is no variable “${name}”.${meant === null ? '' : ` Did you mean “${meant}”?`}`
}
