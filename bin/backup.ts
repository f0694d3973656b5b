/**
 * `mesher backup`: writes the database and the spool into one file, while servers run. Ctrl+C ends it and leaves
 * nothing behind.
 */
import path from 'node:path'
import type { Command } from 'commander'
import { backUp, type BackupMade } from '../services/backup/write.ts'
import { requireDatabase, withServer } from './support/database.ts'
import { CommandFailed } from './support/failure.ts'
import { packageFacts } from './support/package.ts'
import { stepBars, stopAtSignal } from './support/progress.ts'
import { addSettings, configOf } from './support/settings.ts'
import { bytesText } from './support/tables.ts'

export function addBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('Write the database and the spool into one file, while servers run.')
    .argument('<file>', 'the file to make, such as mesher.tar; it must not exist')
    .option('--json', 'print what was written as JSON')
    .action(run)
  addSettings(command, 'backup').addHelpText(
    'after',
    `
All tables show one moment, and every event that was acknowledged before is in it. The file is a tar archive of
compressed COPY text with checksums. It holds all that the database holds: events, hashes of passwords, and the
addresses and tokens that alert rules notify. It does not hold settings: keep DATABASE_URL, MESHER_COOKIE and the
like elsewhere. MESHER_BACKUP_DIR makes servers do this by themselves.

Examples:
  mesher backup mesher.tar
  DATABASE_URL=postgres://mesher:secret@db.internal/mesher mesher backup /backups/mesher.tar --json`
  )
}

async function run(file: string, flags: Record<string, unknown>): Promise<void> {
  const config = configOf(flags)
  await requireDatabase(config)
  const startedAt = performance.now()
  const signal = stopAtSignal()
  const bars = stepBars()
  try {
    const made = await withServer(config, async ({ url, version: postgres }) => {
      bars.onStep('backing up')
      return await backUp({ url, postgres, dataDir: config.data }, path.resolve(file), {
        version: packageFacts().version,
        onProgress: ({ bytes, bytesTotal }) => bars.onProgress(bytes, bytesTotal),
        signal
      })
    })
    bars.stop()
    const seconds = (performance.now() - startedAt) / 1_000
    console.log(flags.json === true ? JSON.stringify(json(made, seconds)) : text(made, seconds))
  } catch (error) {
    if (signal.aborted) throw new CommandFailed('the backup was ended early: nothing was written')
    throw error
  } finally {
    bars.stop()
  }
}

function text({ file, bytes, tables, rows, spoolFiles }: BackupMade, seconds: number): string {
  const spool = spoolFiles === 0 ? '' : ` and ${spoolFiles} files of the spool`
  return (
    `${file} has ${rows.toLocaleString('en-US')} rows of ${tables} tables${spool}: ` +
    `${bytesText(bytes)}, after ${seconds.toFixed(1)} s.`
  )
}

function json({ file, bytes, tables, rows, spoolFiles, takenAt }: BackupMade, seconds: number): object {
  return {
    file,
    bytes,
    tables,
    rows,
    spool_files: spoolFiles,
    taken_at: takenAt.toISOString(),
    seconds: Math.round(seconds * 10) / 10
  }
}
