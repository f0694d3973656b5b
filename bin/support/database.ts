/**
 * The database for one command: the one that DATABASE_URL names, or the embedded one of the data folder. When a server
 * runs on that folder its PostgreSQL is used; otherwise it is started for the command and stopped after it.
 */
import type { Config } from '../../schema/config.ts'
import { isMigrated } from '../../services/database/migrations.ts'
import { findCluster } from '../../services/database/postgres/place.ts'
import type { Database } from '../../services/database/database.ts'
import type { Sql } from '../../services/database/sql.ts'
import { CommandFailed } from './failure.ts'

export async function withDatabase<Result>(config: Config, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  return await withServer(config, async ({ url }) => {
    const { connect } = await import('../../services/database/sql.ts')
    const sql = connect({ url, max: 2, applicationName: 'mesher command line' })
    try {
      return await work(sql)
    } finally {
      await sql.end({ timeout: 5 })
    }
  })
}

/** For commands that open their connections themselves. */
export async function withServer<Result>(
  { databaseUrl, data }: Config,
  work: (database: Database) => Promise<Result>
): Promise<Result> {
  // Loaded when needed: --help and wrong flags need none of it.
  const { useDatabase } = await import('../../services/database/database.ts')
  const database = await useDatabase({ databaseUrl, dataDir: data }, { onProgress: text => console.error(text) })
  try {
    return await work(database)
  } finally {
    await database.stop()
  }
}

/** For commands that read: without this version's tables there is nothing to read. */
export async function withMigratedDatabase<Result>(
  config: Config,
  work: (sql: Sql) => Promise<Result>
): Promise<Result> {
  await requireDatabase(config)
  return await withDatabase(config, async sql => {
    if (await isMigrated(sql)) return await work(sql)
    throw new CommandFailed('the tables of the database are not those of this version', {
      hint: 'A first "mesher start" or "mesher migrate" makes them.'
    })
  })
}

/** Fails for a data folder without a database, instead of making one. */
export async function requireDatabase({ databaseUrl, data }: Config): Promise<void> {
  if (databaseUrl !== null || (await findCluster(data)) !== null) return
  throw new CommandFailed(`there is no database in ${data} yet`, {
    hint: 'A first "mesher start" makes it; --data and DATABASE_URL tell where another is.'
  })
}
