/**
 * What `events.search` holds, and how to ask it. The words of the message, of title and culprit, and the parts of names
 * in camel case of these two, lower case, with positions; as lexemes `key=value` the tags, the facets, the fields
 * level, environment, release and user, and the user's other names; names in the stack after `~` and a letter; and `#7`
 * for project 7, so that the index itself leaves other projects out. Lexemes that many events share are replaced by the
 * number of their set, `~s12` (shared-words.ts). A word is a run of letters, digits and underscores and a key begins
 * with one of these or with `.`, `:` or `-`, so none is taken for another.
 */
import { cut } from '../../events/text.ts'
import { limits } from '../../schema/limits.ts'
import type { StackNames } from '../../schema/pipeline.ts'

/** The lexeme of a tag or field. */
export function facet(key: string, value: string): string {
  return `${key}=${value}`
}

const mark = '~'

/** Short, because events have many of these. */
export const stackStarts: Readonly<Record<keyof StackNames, string>> = {
  filename: `${mark}f`,
  function: `${mark}n`,
  module: `${mark}m`,
  cause: `${mark}c`
}

/** The lexeme of a name in the stack. */
export function stackLexeme(kind: keyof StackNames, name: string): string {
  return lexemeOf(stackStarts[kind], name)
}

export const setStart = `${mark}s`

/** The lexeme of a set of words. */
export function setLexeme(set: number): string {
  return setStart + set
}

/** The lexeme of a project. */
export function projectLexeme(projectId: number): string {
  return `#${projectId}`
}

/** The lexeme that begins so and goes on with a value. */
export function lexemeOf(start: string, value: string): string {
  return start + (start.startsWith(mark) ? cut(value, limits.stackNameCharsMax) : value)
}

/** A lexeme as it stands in a tsquery. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
