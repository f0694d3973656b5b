/** A user as the operations on accounts return them: with their organizations and what they may do outside of them. */
import type * as v from 'valibot'
import type { meSchema, userSchema } from '../schema/api/accounts.ts'
import { organizationsOf } from '../services/accounts/users.ts'
import type { ApiContext, Caller } from './types.ts'

type Person = Pick<Caller, 'userId' | 'email' | 'name' | 'isInstanceAdmin'>

/** True for instance admins, and for every user where organizations are open. */
export function mayCreateOrganizations(
  { openOrganizations }: Pick<ApiContext, 'openOrganizations'>,
  { isInstanceAdmin }: Pick<Person, 'isInstanceAdmin'>
): boolean {
  return openOrganizations || isInstanceAdmin
}

export function userBody({ userId, email, name, isInstanceAdmin }: Person): v.InferOutput<typeof userSchema> {
  return { id: userId, email, name, instance_admin: isInstanceAdmin }
}

export async function meBody(
  context: Pick<ApiContext, 'sql' | 'openOrganizations' | 'publicUrl' | 'publicUrlIsSet'>,
  person: Person
): Promise<v.InferOutput<typeof meSchema>> {
  return {
    user: userBody(person),
    organizations: await organizationsOf(context.sql, person.userId),
    may_create_organizations: mayCreateOrganizations(context, person),
    public_url: context.publicUrl,
    public_url_is_set: context.publicUrlIsSet
  }
}
