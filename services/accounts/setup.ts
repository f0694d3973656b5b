/**
 * The first user of an installation, made by the holder of a setup token: the token of the settings, or one of the
 * tokens in the links that starts have printed. Once there is a user, no token is valid.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { hashSecret, newSecret } from '../machine/secrets.ts'
import { organizationSlugOf } from '../machine/slugs.ts'
import { projectIdsOf } from './projects.ts'
import type { Queryable, Sql, TransactionSql } from '../database/sql.ts'

export type FirstUser = { email: string; name: string; passwordHash: string; organization: string | undefined }

/** Links of earlier starts and of other nodes stay good; this many of them. */
const tokensMax = 10
/** Any number that no other lock uses. */
const setupLockKey = 0x73657475

/**
 * The token to print at a start, null when there is a user. `given` is the token of the settings; with it no other
 * counts.
 */
export async function prepareSetup(sql: Sql, given: string | null): Promise<string | null> {
  return await sql.begin(async sql => {
    await sql`select pg_advisory_xact_lock(${setupLockKey})`
    if (await hasUsers(sql)) {
      await sql`delete from setup_tokens`
      return null
    }
    const token = given ?? newSecret()
    if (given !== null) await sql`delete from setup_tokens`
    await sql`insert into setup_tokens (secret_hash, created_at) values (${hashSecret(token)}, now())
      on conflict do nothing`
    await sql`delete from setup_tokens where secret_hash in (select secret_hash from setup_tokens
      order by created_at desc offset ${tokensMax})`
    return token
  })
}

const foundRow = v.strictObject({ found: v.boolean() })

export async function hasUsers(sql: Queryable): Promise<boolean> {
  const [row] = await sql.rows(foundRow)`select exists (select from users) as found`
  return row?.found === true
}

export async function isSetupToken(sql: Queryable, token: string): Promise<boolean> {
  const { count } = await sql`select from setup_tokens where secret_hash = ${hashSecret(token)}`
  return count > 0
}

const idRow = v.strictObject({ id: v.string() })

/**
 * Makes the owner of the first organization, who is instance admin too. Null when there is a user by now. `also` is
 * done in the same transaction with the organization's projects, which are the user's now.
 */
export async function createFirstUser(
  sql: Sql,
  { email, name, passwordHash, organization }: FirstUser,
  also: (sql: TransactionSql, projectId: number) => Promise<void> = async () => {}
): Promise<string | null> {
  return await sql.begin(async sql => {
    await sql`select pg_advisory_xact_lock(${setupLockKey})`
    if (await hasUsers(sql)) return null
    const userId = uuidv7()
    await sql`insert into users (id, email, name, password_hash, is_instance_admin, email_confirmed_at)
      values (${userId}, ${email}, ${name}, ${passwordHash}, true, now())`
    const [first] = await sql.rows(idRow)`
      select id from organizations where deleted_at is null order by created_at, id limit 1`
    const organizationId = first?.id ?? uuidv7()
    if (first === undefined) {
      await sql`insert into organizations (id, slug, name) values (${organizationId}, 'default', 'Default')`
    }
    if (organization !== undefined) await rename(sql, organizationId, organization)
    await sql`insert into memberships (organization_id, user_id, role) values (${organizationId}, ${userId}, 'owner')`
    for (const id of await projectIdsOf(sql, organizationId)) await also(sql, id)
    await sql`delete from setup_tokens`
    return userId
  })
}

/** Its slug changes too, unless another organization has the new one. */
async function rename(sql: Queryable, organizationId: string, name: string): Promise<void> {
  const slug = organizationSlugOf(name)
  await sql`
    update organizations set name = ${name}, slug = case
      when exists (select from organizations where slug = ${slug} and deleted_at is null) then slug else ${slug} end
    where id = ${organizationId}`
}
