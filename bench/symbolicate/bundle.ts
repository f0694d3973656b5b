/** A bundle of real libraries with its source map, as a front end has one, and events with frames all over it. */
import { createHash, randomUUID } from 'node:crypto'
import { build } from 'esbuild'
import { randomFrom, seededRandom } from '../load/random.ts'
import { decodeMap } from '../../services/symbolication/decode-map.ts'

export type Bundle = { url: string; debugId: string; map: Buffer; sha1: Buffer }

const url = 'https://shop.example/assets/app-4fzd81.js'
const framesOfEvent = 20

export async function bundle(): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: "export * as a from 'vue'; export * as b from 'echarts/core'", resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    sourcemap: true,
    write: false,
    outfile: 'app.js',
    platform: 'browser',
    format: 'iife',
    globalName: 'app',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent'
  })
  const file = outputFiles.find(({ path }) => path.endsWith('.map'))
  if (file === undefined) throw new Error('the bundle has no map')
  // As if all were code of the application, of which more is shown.
  const map = Buffer.from(file.text.replaceAll('node_modules/', 'src/'))
  return { url, debugId: randomUUID(), map, sha1: createHash('sha1').update(map).digest() }
}

/** Bodies of events, the same for each run; each frame is at a place that the map knows. */
export function bodiesOf({ url, debugId, map }: Bundle, release: string, count: number): Uint8Array[] {
  const { lineStarts, columns } = decodeMap(map, false)
  const random = seededRandom(1)
  const places = Array.from({ length: lineStarts.length - 1 }, (_, line) => line).flatMap(line =>
    Array.from(columns.subarray(lineStarts[line], lineStarts[line + 1]), column => ({ line, column }))
  )
  const frame = (index: number) => {
    const { line, column } = randomFrom(places, random)
    return { filename: url, function: `t${index}`, lineno: line + 1, colno: column + 1, in_app: true }
  }
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(
      JSON.stringify({
        platform: 'javascript',
        release,
        exception: {
          values: [
            {
              type: 'TypeError',
              value: `Cannot read properties of undefined (reading '${index}')`,
              stacktrace: { frames: Array.from({ length: framesOfEvent }, (_, at) => frame(at)) }
            }
          ]
        },
        debug_meta: { images: [{ type: 'sourcemap', code_file: url, debug_id: debugId }] }
      })
    )
  )
}
