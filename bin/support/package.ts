/** The version and the folder of this installation, for the sources and for the compiled program. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'

const schema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ version: v.string(), engines: v.object({ node: v.string() }) })
)

export function packageFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  while (!existsSync(path.join(folder, 'package.json'))) {
    if (folder === path.dirname(folder)) {
      throw new Error('package.json of Mesher is missing: the installation is incomplete')
    }
    folder = path.dirname(folder)
  }
  return folder
}

export function packageFacts(): { version: string; nodeRange: string } {
  const { version, engines } = v.parse(schema, readFileSync(path.join(packageFolder(), 'package.json'), 'utf8'))
  return { version, nodeRange: engines.node }
}
