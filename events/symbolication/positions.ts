/** Look-ups in a decoded source map: where a generated place comes from, and the lines around that. */
import type { DecodedMap } from '../../schema/symbolication.ts'
import { cut } from '../text.ts'

/** `line` counts from 0. `name` is '' where the map gives none. */
export type Original = { source: number; line: number; name: string }

const contextLines = 5
const lineCharsMax = 500
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

/** Null without the text of the source, or when it has no such line. */
export function contextOf(map: DecodedMap, { source, line }: Original): SourceContext | null {
  const starts = map.contentLines[source]
  if (starts == null || line + 1 >= starts.length) return null
  const lines = (from: number, to: number): string[] =>
    Array.from({ length: Math.max(0, to - from) }, (_, index) => textOf(map, starts, from + index))
  return {
    before: lines(Math.max(0, line - contextLines), line),
    line: textOf(map, starts, line),
    after: lines(line + 1, Math.min(starts.length - 1, line + 1 + contextLines))
  }
}

function textOf({ contents }: DecodedMap, starts: Uint32Array, line: number): string {
  const [start = 0, next = 0] = [starts[line], starts[line + 1]]
  const end = Math.min(next, start + 4 * lineCharsMax)
  const text = utf8.decode(contents.subarray(start, end)).replace(/\r?\n$/, '')
  return cut(text, lineCharsMax).replaceAll('\0', '')
}

/** Whether the text of the source holds this word. */
export function isInSource({ contents, contentLines }: DecodedMap, source: number, word: string): boolean {
  const starts = contentLines[source]
  if (starts == null) return false
  const [start = 0, end = 0] = [starts[0], starts.at(-1)]
  return Buffer.from(contents.buffer, contents.byteOffset + start, end - start).includes(word)
}
