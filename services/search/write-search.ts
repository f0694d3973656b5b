/**
 * Writes `events.search` (lexemes.ts says what it holds) as PostgreSQL's binary format has it. PostgreSQL's own parser
 * is not used: it costs more than the rest of the row.
 */
import { camelParts, wordCharsMax, wordsOf } from '../../events/search/words.ts'
import type { PreparedEvent, StackNames } from '../../schema/pipeline.ts'
import type { ByteWriter } from '../database/wire/byte-writer.ts'
import { projectLexeme, setLexeme, stackStarts } from './lexemes.ts'
import { isSharedFacet } from './shared-words.ts'

/** How many positions of one word are kept; tsvector refuses more than 255. */
const positionsMax = 100

/**
 * Writes the tsvector of an event in binary: the number of lexemes, then each with its positions. With the number of
 * the set that has what it shares with others, this stands in their place.
 */
export function writeSearch(out: ByteWriter, event: PreparedEvent, wordSet: number | null): void {
  out.int32(0)
  const start = out.length
  out.int32(0)
  const text = searchedText(event)
  const words = writeAsciiWords(out, text) ?? writeWords(out, text)
  out.cstring(projectLexeme(event.projectId))
  out.int16(0)
  const lexemes =
    words + 1 + writeTags(out, event) + writeFacets(out, event.facets, wordSet) + writeShared(out, event.stack, wordSet)
  out.patchLength(start)
  out.patchLength(start + 4, lexemes)
}

/** What lists show of the event, in front, since only so many words count; mostly the message begins with the title. */
function searchedText({ message, title, culprit }: PreparedEvent): string {
  const names = message.startsWith(title) ? partsOf(title, culprit) : `${title} ${partsOf(title, culprit)}`
  return names === '' ? message : `${names} ${message}`
}

/** The culprit, and the names in camel case taken apart. */
function partsOf(title: string, culprit: string): string {
  const parts = camelParts(`${title} ${culprit}`)
  return culprit === '' || parts === '' ? culprit + parts : `${culprit} ${parts}`
}

function writeTags(out: ByteWriter, event: PreparedEvent): number {
  const { level, environment, release, user, userNames, tags } = event
  let written =
    writeFacet(out, 'level', level) +
    writeFacet(out, 'environment', environment) +
    writeFacet(out, 'release', release) +
    writeFacet(out, 'user', user)
  if (userNames !== undefined) {
    written += writeFacet(out, 'user.email', userNames.email) + writeFacet(out, 'user.username', userNames.username)
    written += writeFacet(out, 'user.ip', userNames.ip ?? '')
  }
  for (const key in tags) {
    const value = tags[key] ?? ''
    // A tag that repeats a field must not make the lexeme twice.
    if (key === 'level' && value === level) continue
    if (key === 'environment' && value === environment) continue
    if (key === 'release' && value === release) continue
    if (key === 'user' && value === user) continue
    if (key === 'user.email' && value === userNames?.email) continue
    if (key === 'user.username' && value === userNames?.username) continue
    if (key === 'user.ip' && value === userNames?.ip) continue
    written += writeFacet(out, key, value)
  }
  return written
}

function writeFacets(out: ByteWriter, facets: PreparedEvent['facets'], wordSet: number | null): number {
  let written = 0
  for (const key in facets) {
    if (wordSet === null || !isSharedFacet(key)) written += writeFacet(out, key, facets[key] ?? '')
  }
  return written
}

/** The set, or the names in the stack. */
function writeShared(out: ByteWriter, stack: StackNames | undefined, wordSet: number | null): number {
  if (wordSet !== null) {
    out.cstring(setLexeme(wordSet))
    out.int16(0)
    return 1
  }
  if (stack === undefined) return 0
  return (
    writeNames(out, stackStarts.filename, stack.filename) +
    writeNames(out, stackStarts.function, stack.function) +
    writeNames(out, stackStarts.module, stack.module) +
    writeNames(out, stackStarts.cause, stack.cause)
  )
}

function writeNames(out: ByteWriter, start: string, names: readonly string[]): number {
  for (const name of names) {
    out.cstring(start + name)
    out.int16(0)
  }
  return names.length
}

function writeFacet(out: ByteWriter, key: string, value: string): number {
  if (value === '') return 0
  out.cstring(key)
  out.buffer[out.length - 1] = equalsSign
  out.cstring(value)
  out.int16(0)
  return 1
}

function writeWords(out: ByteWriter, text: string): number {
  const positions = new Map<string, number[]>()
  for (const [index, word] of wordsOf(text).entries()) {
    const known = positions.get(word)
    if (!known) positions.set(word, [index + 1])
    else if (known.length < positionsMax) known.push(index + 1)
  }
  for (const [word, at] of positions) {
    out.cstring(word)
    out.int16(at.length)
    for (const position of at) out.int16(position)
  }
  return positions.size
}

const equalsSign = 61

/** Maps ASCII letters, digits and the underscore to lower case, and everything that ends a word to 0. */
const wordBytes = new Uint8Array(128)
for (const char of 'abcdefghijklmnopqrstuvwxyz0123456789_') wordBytes[char.charCodeAt(0)] = char.charCodeAt(0)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') wordBytes[char.charCodeAt(0)] = char.toLowerCase().charCodeAt(0)

/**
 * The words of the message at hand: where each begins in the scratch bytes, its length, and the first word equal to it.
 */
const shortWordsMax = 48
const scratch = new Uint8Array(1_024)
const starts = new Uint16Array(shortWordsMax)
const lengths = new Uint16Array(shortWordsMax)
const firsts = new Uint16Array(shortWordsMax)

/**
 * Does what `writeWords` does, three times as fast, for short messages in ASCII. For others it writes nothing and
 * returns undefined.
 */
function writeAsciiWords(out: ByteWriter, message: string): number | undefined {
  const words = splitAscii(message)
  if (words === undefined) return undefined
  out.ensure(scratch.length + words * 5)
  let lexemes = 0
  for (let word = 0; word < words; word++) {
    if (firsts[word] !== word) continue
    lexemes += 1
    const begin = starts[word] ?? 0
    const end = begin + (lengths[word] ?? 0)
    for (let index = begin; index < end; index++) out.buffer[out.length++] = scratch[index] ?? 0
    out.buffer[out.length++] = 0
    writePositions(out, word, words)
  }
  return lexemes
}

function writePositions(out: ByteWriter, word: number, words: number): void {
  const count = out.length
  out.int16(0)
  for (let other = word; other < words; other++) {
    if (firsts[other] === word) out.int16(other + 1)
  }
  out.buffer[count + 1] = (out.length - count - 2) / 2
}

/** Fills the scratch tables and returns the number of words; undefined when the message does not fit them. */
function splitAscii(message: string): number | undefined {
  const { length } = message
  if (length > scratch.length) return undefined
  let words = 0
  let start = 0
  for (let index = 0; index <= length; index++) {
    const code = index < length ? message.charCodeAt(index) : 32
    if (code > 127) return undefined
    const byte = wordBytes[code] ?? 0
    if (byte !== 0) {
      scratch[index] = byte
      continue
    }
    if (index > start) {
      if (words === shortWordsMax || index - start > wordCharsMax) return undefined
      starts[words] = start
      lengths[words] = index - start
      firsts[words] = firstEqual(words)
      words += 1
    }
    start = index + 1
  }
  return words
}

function firstEqual(word: number): number {
  const length = lengths[word] ?? 0
  const start = starts[word] ?? 0
  for (let other = 0; other < word; other++) {
    if (lengths[other] !== length) continue
    const otherStart = starts[other] ?? 0
    let index = 0
    while (index < length && scratch[start + index] === scratch[otherStart + index]) index += 1
    if (index === length) return firsts[other] ?? other
  }
  return word
}
