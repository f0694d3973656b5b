/** What the operations on accounts take and return: users, sessions, tokens. */
import * as v from 'valibot'
import { roles, scopes, time, timeGiven, uuid } from './common.ts'
import { projectItem } from './projects.ts'

/** Addresses are compared in lower case, so they are kept so. */
export const emailGiven = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.maxLength(254, 'must have at most 254 characters'),
  v.regex(/^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,190}$/u, 'must be an e-mail address'),
  v.toLowerCase()
)

export const personName = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.maxLength(100, 'must have at most 100 characters')
)

/** A new password; what else is asked of it than length, services/accounts/password-rules.ts says. */
export const newPassword = v.pipe(
  v.string('must be a string'),
  v.minLength(8, 'must have at least 8 characters'),
  v.maxLength(200, 'must have at most 200 characters')
)

/** A password to be compared. */
export const passwordGiven = v.pipe(
  v.string('must be a string'),
  v.minLength(1, 'is required'),
  v.maxLength(200, 'must have at most 200 characters')
)

export const userSchema = v.object({ id: uuid, email: v.string(), name: v.string(), instance_admin: v.boolean() })

export const meSchema = v.object({
  user: userSchema,
  organizations: v.array(v.object({ id: uuid, slug: v.string(), name: v.string(), role: v.picklist(roles) })),
  may_create_organizations: v.boolean(),
  /** What the server takes for its address. */
  public_url: v.string(),
  /** Without it DSNs and links have the address that the request came to. */
  public_url_is_set: v.boolean()
})

/** Whose projects come along; without it, those of the first of the organizations. */
export const whoQuery = v.strictObject({ org: v.optional(v.pipe(v.string(), v.maxLength(200))) })

/**
 * A user of null is nobody: no credential, or one that is no longer good. The projects are those of one
 * organization, oldest first, 100 at most; null when the caller may read none by that name.
 */
export const whoSchema = v.object({
  ...meSchema.entries,
  user: v.nullable(userSchema),
  projects: v.nullable(v.array(projectItem))
})

export const tokenSchema = v.object({
  id: uuid,
  name: v.string(),
  scopes: v.array(v.picklist(scopes)),
  created_at: time,
  last_used_at: v.nullable(time),
  expires_at: v.nullable(time)
})

export const sessionSchema = v.object({
  id: uuid,
  remote_address: v.string(),
  user_agent: v.string(),
  created_at: time,
  last_used_at: time,
  expires_at: time,
  current: v.boolean()
})

/** The name of an organization when it is named for the first time. */
export const organizationName = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(100, 'must have at most 100 characters')
)

export const setupBody = v.strictObject({
  token: v.pipe(v.string('must be a string'), v.maxLength(200, 'must have at most 200 characters')),
  email: emailGiven,
  password: newPassword,
  name: v.optional(personName, ''),
  organization: v.optional(organizationName)
})

export const setupStateSchema = v.object({ is_set_up: v.boolean() })

export const loginBody = v.strictObject({ email: emailGiven, password: passwordGiven })

export const accountChange = v.strictObject({
  name: v.optional(personName),
  password: v.optional(newPassword),
  current_password: v.optional(passwordGiven),
  revoke_tokens: v.optional(v.boolean('must be true or false'), false)
})

export const confirmBody = v.strictObject({ password: passwordGiven })

export const newTokenBody = v.strictObject({
  name: v.pipe(
    v.string('must be a string'),
    v.trim(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(100, 'must have at most 100 characters')
  ),
  scopes: v.pipe(
    v.array(v.picklist(scopes, 'must be read, write, admin or ci'), 'must be a list'),
    v.minLength(1, 'must name at least one scope'),
    v.maxLength(scopes.length, 'must name each scope once')
  ),
  expires_at: v.optional(v.nullable(timeGiven))
})

export const newTokenSchema = v.object({ ...tokenSchema.entries, token: v.string() })
