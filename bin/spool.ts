/**
 * `mesher spool`: what waits in the spools below the data folder, and what is set aside. `mesher spool retry` puts what
 * is set aside back among the files that are replayed; a running server finds them within a minute. Nothing is deleted,
 * and events that were stored meanwhile are not stored twice.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { listSetAside, putBack, type SetAsideReason } from '../services/spool/set-aside.ts'
import { isMissing, listSpoolFiles, type SpoolFile } from '../services/spool/spool.ts'
import { addSettings, configOf } from './support/settings.ts'
import { ago, bytesText, lookOf, tableOf, type Column } from './support/tables.ts'

type Listed = SpoolFile & { node: string; folder: string; state: 'waits' | SetAsideReason }

export function addSpool(program: Command): void {
  const spool = program.command('spool').description('List the files of the spool, and try again what is set aside.')
  const list = spool
    .command('list')
    .description('List the files that wait for the database, and those that are set aside.')
    .option('--json', 'print the files as JSON')
    .action(runList)
  addSettings(list, 'spool').addHelpText(
    'after',
    `
Files that are "damaged" hold batches whose checksum does not fit: a disk or a file system failed. Files of
"other-version" were written by another release, which can replay them; they are tried again at every start.

Examples:
  mesher spool list
  mesher spool list --json | jq '.[] | select(.state != "waits")'`
  )
  const retry = spool.command('retry').description('Put what is set aside back, to be replayed.').action(runRetry)
  addSettings(retry, 'spool').addHelpText(
    'after',
    `
What still cannot be read is set aside again.

Examples:
  mesher spool retry
  mesher spool retry --data /var/lib/mesher`
  )
}

async function runList(flags: { json?: boolean }): Promise<void> {
  const files = await filesBelow(configOf(flags).data)
  console.log(flags.json ? JSON.stringify(files.map(fileJson)) : listText(files))
}

async function runRetry(flags: Record<string, unknown>): Promise<void> {
  const files = await filesBelow(configOf(flags).data)
  let put = 0
  let kept = 0
  for (const { folder, name, state } of files) {
    if (state === 'waits') continue
    if (await putBack(folder, { name, reason: state })) put += 1
    else kept += 1
  }
  const rest = kept === 0 ? '' : ` ${kept} stay, because the rest of the same file still waits: try again later.`
  console.log(`${put} files were put back.${put > 0 ? ' A running server replays them within a minute.' : ''}${rest}`)
}

async function filesBelow(data: string): Promise<Listed[]> {
  const root = path.join(data, 'spool')
  const entries = await fs.readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const files: Listed[] = []
  for (const entry of entries.filter(entry => entry.isDirectory())) {
    const folder = path.join(root, entry.name)
    const node = decodeURIComponent(entry.name)
    for (const file of await listSpoolFiles(folder)) files.push({ ...file, node, folder, state: 'waits' })
    for (const { reason, ...file } of await listSetAside(folder)) files.push({ ...file, node, folder, state: reason })
  }
  return files
}

const columns: Column[] = [
  { title: 'node' },
  { title: 'state' },
  { title: 'size', align: 'right' },
  { title: 'written' },
  { title: 'file' }
]

function listText(files: readonly Listed[]): string {
  if (files.length === 0) return 'The spool is empty: every acknowledged event is in the database.'
  const now = new Date()
  return tableOf(
    columns,
    files.map(({ node, state, bytes, writtenAt, name }) => [
      node,
      state,
      bytesText(bytes),
      ago(new Date(writtenAt), now),
      name
    ]),
    lookOf(process.stdout)
  )
}

function fileJson({ node, folder, name, state, bytes, writtenAt }: Listed): object {
  return { node, state, bytes, written_at: new Date(writtenAt).toISOString(), file: path.join(folder, name) }
}
