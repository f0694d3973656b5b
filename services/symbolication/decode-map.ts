/**
 * Reads a source map into its decoded form. Runs in a thread of its own: a map of 2 MB takes some hundred milliseconds,
 * and what comes from outside may take for ever. Maps with sections are made one. Throws what its parser throws.
 */
import { AnyMap, decodedMappings } from '@jridgewell/trace-mapping'
import { isOfOthers, sourcePath } from '../../events/symbolication/source-names.ts'
import type { DecodedMap } from '../../schema/symbolication.ts'

const nameCharsMax = 500
const encoder = new TextEncoder()
const inlineMap = /\/\/[#@] ?sourceMappingURL=data:application\/json[^,]{0,100};base64,([A-Za-z0-9+/=_-]+)\s*$/

/** `isInline`: the bytes are those of a script, and the map is in its last line. */
export function decodeMap(bytes: Uint8Array, isInline: boolean): DecodedMap {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  return decodeText(isInline ? inlineIn(text) : text)
}

function inlineIn(script: string): string {
  const at = script.lastIndexOf('sourceMappingURL=data:')
  const encoded = inlineMap.exec(script.slice(Math.max(0, at - 4)))?.[1]
  if (at === -1 || encoded === undefined) throw new Error('there is no map in the script')
  return Buffer.from(encoded, 'base64').toString()
}

/** A first line of `)]}'` keeps browsers from running JSON as a script. */
function decodeText(text: string): DecodedMap {
  const trace = new AnyMap(text.replace(/^\)\]\}'[^\n]{0,200}\n/, ''))
  const lines = decodedMappings(trace)
  const count = lines.reduce((sum, line) => sum + line.length, 0)
  const sourceNames = trace.sources.map(source => plain(source ?? ''))
  const sourcePaths = sourceNames.map(sourcePath)
  const map: DecodedMap = {
    lineStarts: new Uint32Array(lines.length + 1),
    columns: new Uint32Array(count),
    sources: new Int32Array(count).fill(-1),
    lines: new Uint32Array(count),
    names: new Int32Array(count).fill(-1),
    sourceNames,
    sourcePaths,
    nameTexts: trace.names.map(plain),
    ignored: Uint8Array.from(sourcePaths, path => (isOfOthers(path) ? 1 : 0)),
    ...contentsOf(trace.sourcesContent ?? [], trace.sources.length),
    bytes: 0
  }
  for (const index of trace.ignoreList ?? []) map.ignored[index] = 1
  fill(map, lines)
  return { ...map, bytes: bytesOf(map) }
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
function plain(text: string): string {
  return text.slice(0, nameCharsMax).replaceAll('\0', '').toWellFormed()
}

function fill(map: DecodedMap, lines: ReturnType<typeof decodedMappings>): void {
  let at = 0
  for (const [line, segments] of lines.entries()) {
    map.lineStarts[line] = at
    for (const [column, source = -1, sourceLine = 0, , name = -1] of segments) {
      map.columns[at] = column
      map.sources[at] = source < map.sourceNames.length ? source : -1
      map.lines[at] = sourceLine
      map.names[at] = name
      at += 1
    }
  }
  map.lineStarts[lines.length] = at
}

function contentsOf(texts: readonly (string | null)[], count: number): Pick<DecodedMap, 'contents' | 'contentLines'> {
  const encoded = texts.slice(0, count).map(text => (typeof text === 'string' ? encoder.encode(text) : null))
  const contents = new Uint8Array(encoded.reduce((sum, text) => sum + (text?.byteLength ?? 0), 0))
  let offset = 0
  const contentLines = encoded.map(text => {
    if (text === null) return null
    contents.set(text, offset)
    const starts = lineStartsIn(text, offset)
    offset += text.byteLength
    return starts
  })
  return { contents, contentLines }
}

const newline = 10

/** Where each line begins, and where the text ends. */
function lineStartsIn(text: Uint8Array, offset: number): Uint32Array {
  const starts = [offset]
  for (let at = text.indexOf(newline); at !== -1; at = text.indexOf(newline, at + 1)) starts.push(offset + at + 1)
  if (starts.at(-1) !== offset + text.byteLength || text.byteLength === 0) starts.push(offset + text.byteLength)
  return Uint32Array.from(starts)
}

function bytesOf({
  lineStarts,
  columns,
  sources,
  lines,
  names,
  contents,
  contentLines,
  sourceNames,
  sourcePaths,
  nameTexts
}: DecodedMap) {
  const arrays = [
    lineStarts,
    columns,
    sources,
    lines,
    names,
    contents,
    ...contentLines.filter(starts => starts !== null)
  ]
  const texts = [...sourceNames, ...sourcePaths, ...nameTexts]
  return (
    arrays.reduce((sum, array) => sum + array.byteLength + 64, 0) +
    texts.reduce((sum, text) => sum + 2 * text.length + 24, 0)
  )
}
