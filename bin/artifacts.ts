/**
 * `mesher artifacts`: what builds have uploaded, for people without build tools. Uploads here take a folder as it is:
 * scripts and the source maps beside them, under the addresses that they are served from.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import prettyBytes from 'pretty-bytes'
import { deleteBundles, listBundles, storeBundle, type Entry } from '../services/artifacts/bundles.ts'
import { storeFile } from '../services/artifacts/files.ts'
import { debugIdIn, mapReferenceIn, mapUrlOf } from '../services/artifacts/urls.ts'
import type { Sql } from '../services/database/sql.ts'
import { withMigratedDatabase } from './support/database.ts'
import { CommandFailed } from './support/failure.ts'
import { projectNamed } from './support/project.ts'
import { addSettings, configOf } from './support/settings.ts'

type Flags = { project?: string; release?: string; dist?: string; urlPrefix?: string; json?: boolean; all?: boolean }

const filesMax = 50_000
const fileBytesMax = 512 * 1024 * 1024
const listedMax = 1_000
const scriptForm = /\.(?:m?js|cjs|jsbundle|bundle)$/i
const mapForm = /\.map$/i

export function addArtifacts(program: Command): void {
  const artifacts = program.command('artifacts').description('List, upload or delete scripts and source maps.')
  const list = artifacts
    .command('list', { isDefault: true })
    .description('List the uploads of a project, newest first.')
    .option('--project <id>', 'number or slug; default: the first project')
    .option('--release <name>', 'only those of this release')
    .option('--json', 'print them as JSON')
    .action(async (flags: Flags) => withMigratedDatabase(configOf(flags), sql => printBundles(sql, flags)))
  const upload = artifacts
    .command('upload <folder>')
    .description('Upload the scripts and source maps of a folder.')
    .option('--project <id>', 'number or slug; default: the first project')
    .option('--release <name>', 'the release that events name; not needed for files with debug ids')
    .option('--dist <name>', 'its distribution')
    .option('--url-prefix <prefix>', 'where the folder is served from; ~ stands for any host', '~/')
    .action(async (folder: string, flags: Flags) => {
      await withMigratedDatabase(configOf(flags), sql => uploadFolder(sql, folder, flags))
    })
  const remove = artifacts
    .command('delete [id]')
    .description('Delete one upload, those of a release, or all of a project.')
    .option('--project <id>', 'number or slug; default: the first project')
    .option('--release <name>', 'those of this release')
    .option('--all', 'all of the project')
    .action(async (id: string | undefined, flags: Flags) => {
      await withMigratedDatabase(configOf(flags), sql => deleteUploads(sql, id, flags))
    })
  addSettings(list, 'artifacts').addHelpText(
    'after',
    `
Examples:
  mesher artifacts list
  mesher artifacts list --project shop`
  )
  addSettings(upload, 'artifacts').addHelpText(
    'after',
    `
Examples:
  mesher artifacts upload dist --release web@1.2.0
  mesher artifacts upload build/assets --project shop --url-prefix ~/assets`
  )
  addSettings(remove, 'artifacts').addHelpText(
    'after',
    `
Examples:
  mesher artifacts delete --release web@1.2.0
  mesher artifacts delete --all --project shop`
  )
}

async function printBundles(sql: Sql, { project: wanted, release, json }: Flags): Promise<void> {
  const project = await projectNamed(sql, wanted)
  const bundles = await listBundles(sql, project.id, { release: release ?? null, after: null, limit: listedMax })
  if (json) return console.log(JSON.stringify(bundles))
  if (bundles.length === 0) return console.log('Nothing was uploaded.')
  for (const { id, release, dist, state, detail, bytes, file_count: files, name, uploaded_at: at } of bundles) {
    const what = name === '' ? `${files} files` : name
    const place = [release, dist].filter(text => text !== '').join(' ') || 'no release'
    const how = state === 'ok' ? '' : `  ${state} ${detail}`
    console.log(`${id}  ${at.toISOString().slice(0, 16)}  ${place}  ${what}, ${prettyBytes(bytes)}${how}`)
  }
}

async function uploadFolder(sql: Sql, folder: string, flags: Flags): Promise<void> {
  const project = await projectNamed(sql, flags.project)
  const names = filesIn(folder)
  const checksum = createHash('sha1')
  const entries: Entry[] = []
  for (const name of names) {
    const content = fs.readFileSync(path.join(folder, name))
    checksum.update(name).update('\0').update(content)
    entries.push(await entryOf(sql, project.id, `${(flags.urlPrefix ?? '~/').replace(/\/+$/, '')}/${name}`, content))
  }
  const { release = '', dist = '' } = flags
  if (release === '' && entries.every(({ debugId }) => debugId === '')) {
    throw new CommandFailed('these files have no debug ids, so they are found by their release only', {
      hint: 'Name it: --release web@1.2.0'
    })
  }
  const bundle = { projectId: project.id, kind: 'scripts', name: '', release, dist } as const
  const id = await storeBundle(sql, { ...bundle, checksum: checksum.digest() }, entries)
  console.log(`Uploaded ${entries.length} files to ${project.slug} as ${id}.`)
}

function filesIn(folder: string): string[] {
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) throw new CommandFailed(`${folder} is no folder`)
  const names = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => scriptForm.test(name) || mapForm.test(name))
    .sort()
  const large = names.find(name => fs.statSync(path.join(folder, name)).size > fileBytesMax)
  if (large !== undefined) throw new CommandFailed(`${large} is larger than ${prettyBytes(fileBytesMax)}`)
  if (names.length === 0) throw new CommandFailed(`${folder} has neither scripts (.js) nor source maps (.map)`)
  if (names.length > filesMax) throw new CommandFailed(`${folder} has more than ${filesMax} files`)
  return names.map(name => name.split(path.sep).join('/'))
}

async function entryOf(sql: Sql, projectId: number, url: string, content: Buffer): Promise<Entry> {
  const isMap = mapForm.test(url)
  const { sha1 } = await storeFile(
    sql,
    projectId,
    (async function* () {
      yield content
    })()
  )
  return {
    url,
    kind: isMap ? 'source_map' : 'script',
    debugId: debugIdIn(content, isMap),
    mapUrl: isMap ? '' : mapUrlOf(url, mapReferenceIn(content)),
    sha1
  }
}

async function deleteUploads(
  sql: Sql,
  id: string | undefined,
  { project: wanted, release, all }: Flags
): Promise<void> {
  const which = id !== undefined ? { id } : release !== undefined ? { release } : all === true ? 'all' : null
  if (which === null) throw new CommandFailed('say which: an id of "mesher artifacts list", --release or --all')
  if (id !== undefined && !/^[0-9a-f-]{36}$/i.test(id)) throw new CommandFailed(`"${id}" is no id of an upload`)
  const project = await projectNamed(sql, wanted)
  const count = await deleteBundles(sql, project.id, which)
  if (count === 0) throw new CommandFailed(`${project.slug} has no such upload`)
  console.log(`Deleted ${count} uploads of ${project.slug}; their files are removed in the background.`)
}
