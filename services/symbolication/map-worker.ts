/** The program of a thread that decodes source maps, one at a time. What it makes is handed over without copying. */
import { parentPort } from 'node:worker_threads'
import { classMapOf } from '../../events/symbolication/class-map.ts'
import type { ClassMap, DecodedMap } from '../../schema/symbolication.ts'
import { decodeMap } from './decode-map.ts'

/** `script`: the map is in the last line of it. `classes`: a mapping of ProGuard. */
export type MapJob = { bytes: Uint8Array; form: 'map' | 'script' | 'classes' }
export type MapResult = { map: DecodedMap } | { classes: ClassMap } | { error: string }

const port = parentPort
if (port === null) throw new Error('this file is the program of a thread')

port.on('message', (job: MapJob) => {
  let result: MapResult
  try {
    result = resultOf(job)
  } catch (error) {
    result = { error: String(error) }
  }
  port.postMessage(result, buffersIn(result))
})

function resultOf({ bytes, form }: MapJob): MapResult {
  return form === 'classes' ? { classes: classMapOf(bytes) } : { map: decodeMap(bytes, form === 'script') }
}

function buffersIn(result: MapResult): ArrayBuffer[] {
  if ('map' in result) return buffersOf(result.map)
  if (!('classes' in result)) return []
  const { text, nameStarts, nameEnds, starts, ends } = result.classes
  return [text, nameStarts, nameEnds, starts, ends].map(({ buffer }) => buffer).filter(isPlain)
}

function isPlain(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return buffer instanceof ArrayBuffer
}

function buffersOf({
  lineStarts,
  columns,
  sources,
  lines,
  names,
  ignored,
  contents,
  contentLines
}: DecodedMap): ArrayBuffer[] {
  const arrays = [lineStarts, columns, sources, lines, names, ignored, contents]
  const ofLines = contentLines.flatMap(starts => (starts === null ? [] : [starts.buffer]))
  return [...arrays.map(({ buffer }) => buffer), ...ofLines].filter(isPlain)
}
