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

/** What the link of an invitation shows to its holder. With `has_account` they log in and accept with `{}`. */
export const openInvite = v.object({
  organization: v.string(),
  email: v.string(),
  role,
  expires_at: time,
  has_account: v.boolean()
})

export const acceptBody = v.strictObject({ name: v.optional(personName), password: v.optional(newPassword) })
