/** `mesher upgrade-data`: moves an embedded database to the major version of PostgreSQL that this Mesher brings. */
import path from 'node:path'
import type { Command } from 'commander'
import { upgradeData } from '../services/backup/upgrade.ts'
import { packageFacts } from './support/package.ts'
import { stepBars } from './support/progress.ts'
import { addSettings, configOf } from './support/settings.ts'

type UpgradeFlags = { oldPrograms?: string; json?: boolean }

export function addUpgradeData(program: Command): void {
  const command = program
    .command('upgrade-data')
    .description('Move an embedded database to the PostgreSQL of this version.')
    .option(
      '--old-programs <folder>',
      'where initdb and postgres of the old version are (default: as packages put them)'
    )
    .option('--json', 'print what was moved as JSON')
    .action(run)
  addSettings(command, 'upgrade-data').addHelpText(
    'after',
    `
For a data folder that a start refuses because another major version of PostgreSQL made it. Stop the server first. The
new database is filled and compared beside the old one, which stays as postgres-<version>: delete it when all is well.
That takes as much free disk as the database has, and half of it again.

Examples:
  mesher upgrade-data --data /var/lib/mesher
  mesher upgrade-data --old-programs /opt/postgresql-16/bin`
  )
}

async function run(flags: UpgradeFlags & Record<string, unknown>): Promise<void> {
  const config = configOf(flags)
  const bars = stepBars()
  let shown = ''
  const show = (step: string, bytes: number, all: number): void => {
    if (step !== shown) bars.onStep(step)
    shown = step
    bars.onProgress(bytes, all)
  }
  try {
    const moved = await upgradeData({
      dataDir: config.data,
      oldPrograms: flags.oldPrograms === undefined ? null : path.resolve(flags.oldPrograms),
      version: packageFacts().version,
      onText: text => {
        bars.stop()
        console.error(text)
      },
      onBackup: ({ bytes, bytesTotal }) => show('backing up', bytes, bytesTotal),
      onRestore: ({ step, bytes, bytesTotal }) => show(step, bytes, bytesTotal)
    })
    bars.stop()
    const { from, to, rows, tables, kept } = moved
    console.log(
      flags.json
        ? JSON.stringify({ from, to, rows, tables, kept })
        : `The database is one of PostgreSQL ${to} now, with ${rows.toLocaleString('en-US')} rows of ${tables} ` +
            `tables, as before. The old one of PostgreSQL ${from} is in ${kept}: delete it when all is well.`
    )
  } finally {
    bars.stop()
  }
}
