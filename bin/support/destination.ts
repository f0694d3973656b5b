/** Where `mesher send` sends to by default. */
import type { Config } from '../../schema/config.ts'
import { listProjects } from '../../services/accounts/projects.ts'
import type { Destination } from '../send/sender.ts'
import { localUrlOf } from './addresses.ts'
import { withMigratedDatabase } from './database.ts'
import { CommandFailed } from './failure.ts'

/** The first project of the database, at the server of these settings, which must be running. */
export async function defaultDestination(config: Config): Promise<Destination> {
  const url = localUrlOf(config)
  const alive = await fetch(`${url}/healthz`).then(
    response => response.ok,
    () => false
  )
  if (!alive) {
    throw new CommandFailed(`no server answers at ${url}`, {
      hint: '"mesher start" runs one; --dsn or --port tells where another is.'
    })
  }

  const projects = await withMigratedDatabase(config, listProjects)
  const key = projects.find(({ publicKey }) => publicKey !== null)?.publicKey
  if (key === undefined || key === null) {
    throw new CommandFailed('the database has no project with an active key', {
      hint: '"mesher project create" makes one.'
    })
  }
  return { url, key }
}
