/** What the operations on organizations take and return, those on deletions included. */
import * as v from 'valibot'
import { listOf, pageEntries, roles, time, uuid } from './common.ts'
import { nameGiven, organizationSlugGiven } from './names.ts'

/** `role` is the caller's. */
export const organizationItem = v.object({
  id: uuid,
  slug: v.string(),
  name: v.string(),
  role: v.picklist(roles),
  created_at: time
})
export const organizationList = listOf(organizationItem)
export const organizationDetail = v.object({
  ...organizationItem.entries,
  member_count: v.number(),
  project_count: v.number()
})

export const newOrganization = v.strictObject({ name: nameGiven, slug: v.optional(organizationSlugGiven) })
export const organizationChange = v.strictObject({
  name: v.optional(nameGiven),
  slug: v.optional(organizationSlugGiven)
})

export const page = v.strictObject(pageEntries)

/**
 * Data that is being removed: of a deleted organization, project or issue (of which `name` is the project's), or events
 * that are older than their project keeps them. `waiting`: what was under way when it was asked for is let through
 * first.
 */
export const deletion = v.object({
  id: uuid,
  kind: v.picklist(['organization', 'project', 'issue', 'older_than', 'event', 'person']),
  organization_id: uuid,
  project_id: v.nullable(v.string()),
  issue_id: v.nullable(uuid),
  name: v.string(),
  state: v.picklist(['waiting', 'removing', 'finished']),
  rows_removed: v.number(),
  requested_by: v.nullable(uuid),
  requested_at: time,
  finished_at: v.nullable(time)
})
export const deletionList = listOf(deletion)
