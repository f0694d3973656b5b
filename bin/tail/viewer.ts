/** The token that `mesher tail` uses: the given one, or one that is made for it in the database. */
import type { Config } from '../../schema/config.ts'
import { createApiToken, revokeApiToken } from '../../services/accounts/api-tokens.ts'
import type { Sql } from '../../services/database/sql.ts'
import { findMember } from '../../services/accounts/users.ts'
import { withMigratedDatabase } from '../support/database.ts'
import { CommandFailed } from '../support/failure.ts'
import { projectNamed } from '../support/project.ts'

export type TailViewer = { headers: Readonly<Record<string, string>>; project: string }

export type Wanted = { project: string | undefined; token: string | undefined }

const dayMs = 24 * 60 * 60 * 1_000
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

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
    await withToken(sql, organizationId, async own => await work({ headers: bearer(own), project: String(id) }))
  })
}

/** The token is revoked when the command ends, and expires within a day if the command could not do so. */
async function withToken(sql: Sql, organizationId: string, work: (token: string) => Promise<void>): Promise<void> {
  const userId = await findMember(sql, organizationId)
  const now = Date.now()
  const created =
    userId === null
      ? null
      : await createApiToken(sql, {
          userId,
          name: 'mesher tail',
          scopes: ['read'],
          expiresAt: new Date(now + dayMs),
          now
        })
  if (userId === null || created === null) {
    throw new CommandFailed('nobody may see this project yet', {
      hint:
        '"mesher user create" or the link that "mesher start" prints makes the first user; ' +
        '--token takes an API token.'
    })
  }
  try {
    await work(created.token)
  } finally {
    await revokeApiToken(sql, userId, created.id)
  }
}
