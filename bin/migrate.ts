/**
 * `mesher migrate`: brings the database to this version, as a start does, and makes the partitions of the coming days.
 */
import type { Command } from 'commander'
import { databaseNow } from '../services/database/clock.ts'
import { migrate } from '../services/database/migrations.ts'
import { ensurePartitions } from '../services/database/partitions.ts'
import { withDatabase } from './support/database.ts'
import { addSettings, configOf } from './support/settings.ts'

type MigrateFlags = { json?: boolean }

export function addMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description('Bring the database to this version. A start does this too.')
    .option('--json', 'print what was applied as JSON')
    .action(run)
  addSettings(command, 'migrate').addHelpText(
    'after',
    `
Safe to repeat, and safe while servers of the same version run. Back the database up before an upgrade.

Examples:
  mesher migrate
  DATABASE_URL=postgres://mesher:secret@db.internal/mesher mesher migrate --json`
  )
}

async function run(flags: MigrateFlags): Promise<void> {
  const done = await withDatabase(configOf(flags), async sql => {
    const migrations = await migrate(sql, name => console.error(`applying ${name}`))
    return { migrations, partitions: await ensurePartitions(sql, { now: await databaseNow(sql) }) }
  })
  if (flags.json) console.log(JSON.stringify(done))
  else if (done.migrations.length === 0) console.log('The database is up to date.')
  else console.log(`Applied ${done.migrations.join(', ')}. The database is up to date.`)
}
