/**
 * What `events.search` holds, and how to ask it. The words of the message, lower case, with positions; and as lexemes
 * `key=value` the tags and the fields level, environment, release and user. A word is a run of letters, digits and
 * underscores, so no word contains `=`. PostgreSQL's own parser is not used: it costs more than the rest of the row.
 */
import type { PreparedEvent } from '../schema/pipeline.ts'
import type { ByteWriter } from './wire/byte-writer.ts'

/** Longer words are cut, later ones not indexed; both far below what tsvector refuses. */
const wordCharsMax = 64
const wordsMax = 1_000
/** The last position that tsvector can hold, and how many it keeps of one lexeme. */
const positionsOfWordMax = 100

const wordPattern = /[\p{L}\p{N}_]+/gu

/** The words of a text as the index has them. */
export function wordsOf (text: string): string[] {
  const words = text.toLowerCase().match(wordPattern) ?? []
  return words.slice(0, wordsMax).map(word => word.length > wordCharsMax ? [...word].slice(0, wordCharsMax).join('') : word)
}

/** The lexeme of a tag or field. */
export function facet (key: string, value: string): string {
  return `${key}=${value}`
}

/** Writes the tsvector of an event in binary: number of lexemes, then each with its positions. */
export function writeSearch (out: ByteWriter, event: PreparedEvent): void {
  out.int32(0)
  const start = out.length
  out.int32(0)
  let lexemes = 0

  const facets = new Set<string>()
  const add = (key: string, value: string): void => {
    if (value === '') return
    facets.add(facet(key, value))
  }
  add('level', event.level)
  add('environment', event.environment)
  add('release', event.release)
  add('user', event.user)
  for (const key in event.tags) add(key, event.tags[key] ?? '')
  for (const lexeme of facets) {
    writeLexeme(out, lexeme)
    out.int16(0)
  }
  lexemes += facets.size

  const positions = new Map<string, number[]>()
  for (const [index, word] of wordsOf(event.message).entries()) {
    const known = positions.get(word)
    if (!known) positions.set(word, [index + 1])
    else if (known.length < positionsOfWordMax) known.push(index + 1)
  }
  for (const [word, at] of positions) {
    writeLexeme(out, word)
    out.int16(at.length)
    for (const position of at) out.int16(position)
  }
  lexemes += positions.size

  out.patchLength(start)
  out.patchLength(start + 4, lexemes)
}

function writeLexeme (out: ByteWriter, lexeme: string): void {
  out.utf8(lexeme)
  out.uint8(0)
}
