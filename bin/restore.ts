/**
 * `mesher restore`: puts a backup into an empty database, whole or not at all, and the spool into the data folder.
 * `--check` only reads the file.
 */
import path from 'node:path'
import type { Command } from 'commander'
import { rowsOf, type Manifest } from '../services/backup/format.ts'
import { checkBackup, restore, type Restored, type RestoreHooks } from '../services/backup/restore.ts'
import { withServer } from './support/database.ts'
import { stepBars, type StepBars } from './support/progress.ts'
import { addSettings, configOf } from './support/settings.ts'

export function addRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('Put a backup into an empty database.')
    .argument('<file>', 'a file that "mesher backup" has written')
    .option('--check', 'only read the file and compare its checksums')
    .option('--json', 'print what was restored as JSON')
    .action(run)
  addSettings(command, 'restore').addHelpText(
    'after',
    `
The whole file is read and compared with its checksums first. Then all rows go into the database in one transaction,
are counted again and compared with the backup; when anything differs, nothing is restored. A database with anything
in it is refused. Without DATABASE_URL a new data folder gets its embedded database. Start no server meanwhile.

Examples:
  mesher restore mesher.tar --data /var/lib/mesher-new
  mesher restore mesher.tar --check
  DATABASE_URL=postgres://mesher:secret@db.internal/mesher_new mesher restore mesher.tar`
  )
}

async function run(name: string, flags: Record<string, unknown>): Promise<void> {
  const file = path.resolve(name)
  const config = configOf(flags)
  const bars = stepBars()
  const isJson = flags.json === true
  try {
    const manifest = await checkBackup(file, hooksOf(bars))
    if (flags.check === true) {
      bars.stop()
      console.log(isJson ? JSON.stringify(factsOf(manifest)) : checkedText(file, manifest))
      return
    }
    const restored = await withServer(config, async ({ url }) => {
      bars.stop()
      return await restore({ url, dataDir: config.data }, file, manifest, hooksOf(bars))
    })
    bars.stop()
    console.log(isJson ? JSON.stringify(restoredJson(manifest, restored)) : restoredText(restored))
  } finally {
    bars.stop()
  }
}

function hooksOf(bars: StepBars): RestoreHooks {
  let shown = ''
  return {
    onProgress: ({ step, bytes, bytesTotal }) => {
      if (step !== shown) bars.onStep(step)
      shown = step
      bars.onProgress(bytes, bytesTotal)
    }
  }
}

function checkedText(file: string, manifest: Manifest): string {
  const { mesher, takenAt, postgres } = manifest
  return (
    `${file} is whole: ${rowsOf(manifest).toLocaleString('en-US')} rows from ${takenAt}, ` +
    `of Mesher ${mesher} on PostgreSQL ${postgres}.`
  )
}

function restoredText({ takenAt, tables, rows, spoolFiles, migrations, check }: Restored): string {
  const lines = [
    `Restored ${rows.toLocaleString('en-US')} rows of ${tables} tables, as of ${takenAt.toISOString()}. ` +
      'Rows and sums are those of the backup.'
  ]
  if (spoolFiles > 0) lines.push(`${spoolFiles} files of the spool are stored by the next start.`)
  if (migrations.length > 0) lines.push(`Brought to this version: ${migrations.join(', ')}.`)
  if (check.different.length > 0 && !check.isErasing) {
    lines.push(
      `In the hour from ${check.hour.toISOString()} ${check.different.length} projects have other counts than rows, ` +
        'as they had when the backup was made.'
    )
  }
  return lines.join('\n')
}

function factsOf(manifest: Manifest): object {
  const { mesher, takenAt, postgres, tables, spool } = manifest
  return {
    mesher,
    postgres,
    taken_at: takenAt,
    tables: tables.length,
    rows: rowsOf(manifest),
    spool_files: spool.length
  }
}

function restoredJson(manifest: Manifest, { migrations, spoolFiles, check }: Restored): object {
  return {
    ...factsOf(manifest),
    spool_files: spoolFiles,
    migrations,
    projects_that_differ: check.isErasing ? 0 : check.different.length
  }
}
