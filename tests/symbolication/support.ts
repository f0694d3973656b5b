/**
 * A shop in JavaScript, built by esbuild as a bundler builds it for a browser, run, and its error as an event. The
 * bundle has a debug id, and so has its map.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import path from 'node:path'
import vm from 'node:vm'
import { build } from 'esbuild'
import { parseStackText } from '../../events/stack-texts/parse.ts'
import { storeBundle, type Entry } from '../../services/artifacts/bundles.ts'
import { storeFile } from '../../services/artifacts/files.ts'
import type { Sql } from '../../services/database/sql.ts'

export type Built = { name: string; debugId: string; script: string; map: string }
export type UploadedFile = Partial<Entry> & { content: string | Buffer }

/** `before` is code in front of the shop: other minified names and places, and so another hash in the name. */
export async function builtShop(before = ''): Promise<Built> {
  const entry = path.resolve('tests/symbolication/shop/main.js')
  const { outputFiles } = await build({
    stdin: {
      contents: `${before}\nimport ${JSON.stringify(entry)}`,
      resolveDir: path.dirname(entry),
      sourcefile: 'entry.js'
    },
    bundle: true,
    minify: true,
    sourcemap: true,
    write: false,
    outfile: 'app.js'
  })
  const text = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? ''
  const script = text('app.js')
  const hash = createHash('sha256').update(script).digest('base64url').replaceAll(/[-_]/g, 'a').slice(0, 8)
  return { name: `app-${hash}.js`, debugId: randomUUID(), script, map: text('app.js.map') }
}

/** What the SDK of a browser would send of the error that the shop throws. */
export function shopEvent(
  { name, debugId, script }: Built,
  { withDebugId = true, release = '' }: { withDebugId?: boolean; release?: string } = {}
): Record<string, unknown> {
  const url = `https://shop.example/assets/${name}?v=1`
  const context = vm.createContext({})
  vm.runInContext(script, context, { filename: url })
  let stack = ''
  try {
    vm.runInContext('pay()', context, { filename: 'https://shop.example/' })
  } catch (error) {
    stack = typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : ''
  }
  const frames = parseStackText(stack, 'javascript').at(-1)?.frames ?? []
  return {
    event_id: randomBytes(16).toString('hex'),
    platform: 'javascript',
    ...(release !== '' && { release }),
    exception: {
      values: [
        {
          type: 'TypeError',
          value: "Cannot read properties of undefined (reading '0')",
          stacktrace: { frames: frames.filter(({ filename }) => filename?.includes('/assets/')) }
        }
      ]
    },
    ...(withDebugId && { debug_meta: { images: [{ type: 'sourcemap', code_file: url, debug_id: debugId }] } })
  }
}

export function filesOf({ name, debugId, script, map }: Built, isWithId = true): UploadedFile[] {
  const id = isWithId ? debugId : ''
  return [
    { url: `~/assets/${name}`, kind: 'script', debugId: id, mapUrl: `~/assets/${name}.map`, content: script },
    { url: `~/assets/${name}.map`, kind: 'source_map', debugId: id, content: map }
  ]
}

export async function upload(sql: Sql, projectId: number, files: UploadedFile[], release = ''): Promise<void> {
  const entries: Entry[] = []
  for (const { content, url = '~/app.js', kind = 'script', debugId = '', mapUrl = '' } of files) {
    const { sha1 } = await storeFile(sql, projectId, pieces(content))
    entries.push({ url, kind, debugId, mapUrl, sha1 })
  }
  const checksum = randomBytes(20)
  await storeBundle(sql, { projectId, kind: 'scripts', name: '', checksum, release, dist: '' }, entries)
}

async function* pieces(content: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}
