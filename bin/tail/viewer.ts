/** The token that `mesher tail` uses: the given one, or one that is made for it in the database. */
import type { Config } from '../../schema/config.ts'
import { findMember } from '../../services/accounts/users.ts'
import { withMigratedDatabase } from '../support/database.ts'
import { CommandFailed } from '../support/failure.ts'
import { bearer, withOwnToken } from '../support/own-token.ts'
import { projectNamed } from '../support/project.ts'

export type TailViewer = { headers: Readonly<Record<string, string>>; project: string }

export type Wanted = { project: string | undefined; token: string | undefined }

export async function withViewer(
  config: Config,
  { project, token }: Wanted,
  work: (viewer: TailViewer) => Promise<void>
): Promise<void> {
  if (token !== undefined) {
    if (project === undefined) {
      throw new CommandFailed('with a token the project must be named', {
        hint: 'Add --project with its number or slug.'
      })
    }
    return await work({ headers: bearer(token), project })
  }
  await withMigratedDatabase(config, async sql => {
    const { id, organizationId } = await projectNamed(sql, project)
    const userId = await findMember(sql, organizationId)
    if (userId === null) {
      throw new CommandFailed('nobody may see this project yet', {
        hint:
          '"mesher user create" or the link that "mesher start" prints makes the first user; ' +
          '--token takes an API token.'
      })
    }
    await withOwnToken(
      sql,
      { userId, name: 'mesher tail' },
      async headers => await work({ headers, project: String(id) })
    )
  })
}
