/** What the operations on members and invitations take and return. */
import * as v from 'valibot'
import { emailGiven, newPassword, personName } from './accounts.ts'
import { listOf, roles, time, uuid } from './common.ts'

const role = v.picklist(roles, 'must be owner, admin or member')

export const member = v.object({ user_id: uuid, email: v.string(), name: v.string(), role, created_at: time })
export const memberList = listOf(member)
export const memberChange = v.strictObject({ role })

export const newInvite = v.strictObject({ email: emailGiven, role: v.optional(role, 'member') })

/** `invited_by` is null when that user is no more. */
export const inviteItem = v.object({
  id: uuid,
  email: v.string(),
  role,
  state: v.picklist(['pending', 'expired']),
  invited_by: v.nullable(uuid),
  created_at: time,
  expires_at: time
})
export const inviteList = listOf(inviteItem)
export const newInviteAnswer = v.object({ ...inviteItem.entries, token: v.string(), url: v.string() })

/** What the link of an invitation shows to its holder. Whether the address has an account is not told. */
export const openInvite = v.object({
  organization: v.string(),
  email: v.string(),
  role,
  expires_at: time
})

/**
 * `password` is that of the account which the address has, else the one of the account to be made. `new_account`: make
 * one also where the address has an account that was never confirmed, which loses it.
 */
export const acceptBody = v.strictObject({
  name: v.optional(personName),
  password: v.optional(newPassword),
  new_account: v.optional(v.boolean('must be true or false'), false)
})
