/** Look-ups in a decoded source map: where a generated place comes from, and the lines around that. */
import type { DecodedMap } from '../../schema/symbolication.ts'
import { cut } from '../text.ts'

/** `line` counts from 0. `name` is '' where the map gives none. */
export type Original = { source: number; line: number; name: string }

const contextLines = 5
const lineCharsMax = 500
/** Of lines that are decoded together. */
const blockBytesMax = 16 * 1024
/** Answers that are kept of a map. */
const wordsMax = 2_000
const utf8 = new TextDecoder()

/** `line` and `column` count from 0. Null when the map has nothing for the place. */
export function originalOf(map: DecodedMap, line: number, column: number): Original | null {
  const [first, end] = [map.lineStarts[line], map.lineStarts[line + 1]]
  if (first === undefined || end === undefined || first === end) return null
  const at = lastNotBehind(map.columns, first, end, column)
  const source = at < first ? -1 : (map.sources[at] ?? -1)
  if (source === -1) return null
  return { source, line: map.lines[at] ?? 0, name: map.nameTexts[map.names[at] ?? -1] ?? '' }
}

/** The last index in the range whose column is not behind this one; one before the range when all are. */
function lastNotBehind(columns: Uint32Array, first: number, end: number, column: number): number {
  let [low, high] = [first, end]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((columns[middle] ?? 0) <= column) low = middle + 1
    else high = middle
  }
  return low - 1
}

export type SourceContext = { before: string[]; line: string; after: string[] }

/** Null without the text of the source, or when it has no such line. `around` is how many lines at either side. */
export function contextOf(
  map: DecodedMap,
  { source, line }: Original,
  around: number = contextLines
): SourceContext | null {
  const starts = map.contentLines[source]
  if (starts == null || line + 1 >= starts.length) return null
  const first = Math.max(0, line - around)
  const lines = linesOf(map, starts, first, Math.min(starts.length - 1, line + 1 + around))
  return { before: lines.slice(0, line - first), line: lines[line - first] ?? '', after: lines.slice(line - first + 1) }
}

/** Decoded at once, if they are not very long. */
function linesOf(map: DecodedMap, starts: Uint32Array, first: number, end: number): string[] {
  const [from = 0, to = 0] = [starts[first], starts[end]]
  if (to - from > blockBytesMax) {
    return Array.from({ length: end - first }, (_, index) => lineAt(map, starts, first + index))
  }
  const lines = utf8.decode(map.contents.subarray(from, to)).split('\n')
  // What follows the last newline is of the next line.
  return lines.slice(0, end - first).map(shown)
}

function lineAt({ contents }: DecodedMap, starts: Uint32Array, line: number): string {
  const [start = 0, next = 0] = [starts[line], starts[line + 1]]
  return shown(utf8.decode(contents.subarray(start, Math.min(next, start + 4 * lineCharsMax))).replace('\n', ''))
}

function shown(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  const short = text.length > lineCharsMax ? cut(text, lineCharsMax) : text
  return short.includes('\0') ? short.replaceAll('\0', '') : short
}

/** Whether the text of the source holds this word. */
export function isInSource(map: DecodedMap, source: number, word: string): boolean {
  const key = `${source} ${word}`
  const known = wordsOf(map)
  const isKnown = known.get(key)
  if (isKnown !== undefined) return isKnown
  if (known.size >= wordsMax) known.clear()
  const isFound = hasWord(map, source, word)
  known.set(key, isFound)
  return isFound
}

/** The names of a bundle's functions are few, and come again with each event; to look for one takes long. */
const wordsKnown = new WeakMap<DecodedMap, Map<string, boolean>>()

function wordsOf(map: DecodedMap): Map<string, boolean> {
  const known = wordsKnown.get(map)
  if (known !== undefined) return known
  const words = new Map<string, boolean>()
  wordsKnown.set(map, words)
  return words
}

function hasWord({ contents, contentLines }: DecodedMap, source: number, word: string): boolean {
  const starts = contentLines[source]
  if (starts == null) return false
  const [start = 0, end = 0] = [starts[0], starts.at(-1)]
  return Buffer.from(contents.buffer, contents.byteOffset + start, end - start).includes(word)
}
