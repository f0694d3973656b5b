/**
 * Builds the dashboard into dist/web, unless what lies there was built from the very same inputs, compresses what
 * browsers fetch, and writes down what each page needs first. The stamp is written last: a build that was interrupted
 * is done again.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { writeHints } from './hints.ts'
import { output } from './manifest.ts'

const folder = path.dirname(fileURLToPath(import.meta.url))
const root = path.dirname(folder)
const stamp = path.join(output, '.inputs')

/** All that the build depends on. Types of the server's schemas leave no trace in it. */
const inputs = [
  'web/src',
  'schema/search-keys.ts',
  'schema/facets.ts',
  'schema/channels.ts',
  'web/public',
  'web/index.html',
  'web/vite.config.ts',
  'web/chunks.ts',
  'web/build.ts',
  'web/hints.ts',
  'web/manifest.ts',
  'web/package.json',
  'package-lock.json'
]

const wanted = digestOf(inputs.flatMap(input => filesIn(path.join(root, input))))
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0)

process.stderr.write('Building the dashboard ...\n')
await build({ root: folder, configFile: path.join(folder, 'vite.config.ts'), logLevel: 'warn' })
for (const file of filesIn(path.join(output, 'assets'))) compress(file)
writeHints()
writeFileSync(stamp, wanted)

function filesIn(place: string): string[] {
  if (path.extname(place) !== '') return [place]
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
    .sort()
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

function compress(file: string): void {
  if (!/\.(?:js|css|svg)$/.test(file)) return
  const plain = readFileSync(file)
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }))
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(plain, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length }
    })
  )
}
