/** What the build says of its own files: which one holds what, and what comes with it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

type Chunk = { file: string; imports?: string[]; css?: string[] }
/** By the source that they are of, or by a name of their own. */
export type Manifest = Readonly<Record<string, Chunk>>

export const output = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist', 'web')

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(path.join(output, '.vite', 'manifest.json'), 'utf8'))
}

/** The scripts of chunks and of what these import at once, each once. */
export function filesOf(manifest: Manifest, names: readonly string[]): string[] {
  const seen = new Map<string, string>()
  const waiting = [...names]
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (seen.has(name)) continue
    const chunk = manifest[name]
    if (chunk === undefined) throw new Error(`the build has no chunk ${name}: has the page moved?`)
    seen.set(name, chunk.file)
    waiting.push(...(chunk.imports ?? []))
  }
  return [...new Set(seen.values())]
}
