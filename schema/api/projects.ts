/** What the operations on projects and their DSN keys take and return. */
import * as v from 'valibot'
import { listOf, time, uuid } from './common.ts'
import { nameGiven, rateLimit, slugGiven } from './names.ts'

/** Clients by the names that they give themselves, '' for those that give none; the last ones that used the key. */
const keyUse = v.object({
  events_24h: v.number(),
  events_30d: v.number(),
  last_used_at: v.nullable(time),
  clients: v.array(v.object({ name: v.string(), last_used_at: time }))
})

/**
 * `public_key` stands in the `dsn`: both may be shown to everybody. `use` counts events that were sent with the key and
 * not refused at once, in whole hours; it is behind by about ten seconds.
 */
export const dsnKey = v.object({
  id: uuid,
  public_key: v.string(),
  label: v.string(),
  active: v.boolean(),
  rate_limit_per_minute: v.nullable(v.number()),
  dsn: v.string(),
  created_at: time,
  use: keyUse
})
export const dsnKeyList = listOf(dsnKey)

const label = v.pipe(v.string('must be a string'), v.trim(), v.maxLength(100, 'must have at most 100 characters'))
const active = v.boolean('must be true or false')

/** A rate limit of null leaves the project's alone to hold. */
export const newKey = v.strictObject({
  label: v.optional(label, ''),
  active: v.optional(active, true),
  rate_limit_per_minute: v.optional(rateLimit, null)
})
export const keyChange = v.strictObject({
  label: v.optional(label),
  active: v.optional(active),
  rate_limit_per_minute: v.optional(rateLimit)
})

/** `dsn` is that of the oldest active key, null when there is none. */
export const projectItem = v.object({
  id: v.string(),
  organization_id: uuid,
  slug: v.string(),
  name: v.string(),
  platform: v.string(),
  created_at: time,
  dsn: v.nullable(v.string())
})
export const projectList = listOf(projectItem)
export const projectDetail = v.object({ ...projectItem.entries, keys: v.array(dsnKey) })

const platform = v.pipe(v.string('must be a string'), v.trim(), v.maxLength(64, 'must have at most 64 characters'))

export const newProject = v.strictObject({
  name: nameGiven,
  slug: v.optional(slugGiven),
  platform: v.optional(platform, '')
})
export const projectChange = v.strictObject({
  name: v.optional(nameGiven),
  slug: v.optional(slugGiven),
  platform: v.optional(platform)
})
