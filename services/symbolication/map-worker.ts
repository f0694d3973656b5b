/** The program of a thread that decodes source maps, one at a time. What it makes is handed over without copying. */
import { parentPort } from 'node:worker_threads'
import type { DecodedMap } from '../../schema/symbolication.ts'
import { decodeMap } from './decode-map.ts'

export type MapJob = { bytes: Uint8Array; isInline: boolean }
export type MapResult = { map: DecodedMap } | { error: string }

const port = parentPort
if (port === null) throw new Error('this file is the program of a thread')

port.on('message', ({ bytes, isInline }: MapJob) => {
  let map: DecodedMap
  try {
    map = decodeMap(bytes, isInline)
  } catch (error) {
    port.postMessage({ error: String(error) } satisfies MapResult)
    return
  }
  port.postMessage({ map } satisfies MapResult, buffersOf(map))
})

function buffersOf({ lineStarts, columns, sources, lines, names, ignored, contents, contentLines }: DecodedMap) {
  const arrays = [lineStarts, columns, sources, lines, names, ignored, contents]
  const ofLines = contentLines.flatMap(starts => (starts === null ? [] : [starts.buffer]))
  return [...arrays.map(({ buffer }) => buffer), ...ofLines].filter(buffer => buffer instanceof ArrayBuffer)
}
