/**
 * Users that operators create and repair on the machine itself, where no role is needed. Refusals are thrown as
 * `UserRefused`.
 */
import * as v from 'valibot'
import { forgetClientsOf } from '../accounts/known-clients.ts'
import { forgetAttemptsOn } from '../accounts/login-attempts.ts'
import type { Role } from '../../schema/api/common.ts'
import { deleteUser } from '../accounts/deleted-users.ts'
import { createFirstUser, hasUsers } from '../accounts/setup.ts'
import type { Sql } from '../database/sql.ts'
import { changeUser, createUser, findUserByEmail, type User } from '../accounts/users.ts'

export class UserRefused extends Error {
  override name = 'UserRefused'
}

/** `organization` is a slug; null means the oldest one. */
export type OperatorsUser = {
  email: string
  name: string
  passwordHash: string
  organization: string | null
  role: Role
  isInstanceAdmin: boolean
}

const idRow = v.strictObject({ id: v.string() })

/** The first user owns the first organization and becomes instance admin, whatever the options say. */
export async function makeUser(sql: Sql, user: OperatorsUser): Promise<User> {
  const { email, name, passwordHash, organization, role, isInstanceAdmin } = user
  if (!(await hasUsers(sql)) && organization === null) {
    const id = await createFirstUser(sql, { email, name, passwordHash, organization: undefined })
    if (id !== null) return { id, email, name, is_instance_admin: true }
  }
  return await sql.begin(async sql => {
    const [found] = await sql.rows(idRow)`
      select id from organizations
      where deleted_at is null ${organization === null ? sql`` : sql`and slug = ${organization}`}
      order by created_at, id limit 1`
    if (found === undefined) {
      throw new UserRefused(
        organization === null
          ? 'There is no organization yet: start Mesher once.'
          : `There is no organization "${organization}".`
      )
    }
    const made = await createUser(sql, { email, name, passwordHash, isInstanceAdmin, isConfirmed: true })
    if (made === null) {
      throw new UserRefused(`There is a user ${email} already; "mesher user reset-password" gives them a new password.`)
    }
    await sql`insert into memberships (organization_id, user_id, role) values (${found.id}, ${made.id}, ${role})`
    return made
  })
}

/**
 * Ends all sessions and API tokens of the user, and lets them log in at once even after too many attempts. No client is
 * known to the account any more.
 */
export async function resetPassword(sql: Sql, email: string, passwordHash: string): Promise<User> {
  const user = await findUserByEmail(sql, email)
  if (user === null) throw new UserRefused(`There is no user ${email}; "mesher user list" shows who there is.`)
  await changeUser(sql, user.id, { passwordHash, keptSessionId: null, revokesTokens: true })
  await forgetClientsOf(sql, user.id)
  await forgetAttemptsOn(sql, email)
  return user
}

/** The end of an account (services/accounts/deleted-users.ts). */
export async function removeUser(sql: Sql, email: string): Promise<User> {
  const user = await findUserByEmail(sql, email)
  if (user === null) throw new UserRefused(`There is no user ${email}; "mesher user list" shows who there is.`)
  const deleted = await deleteUser(sql, user.id)
  if (!('refused' in deleted)) return user
  switch (deleted.refused) {
    case 'last_owner':
      throw new UserRefused(
        `${email} alone owns ${deleted.organizations.join(', ')}: make somebody else an owner first.`
      )
    case 'last_admin':
      throw new UserRefused(`${email} is the only instance admin: make another one ("mesher user create --admin").`)
    case 'missing':
      throw new UserRefused(`There is no user ${email} any more.`)
  }
}
