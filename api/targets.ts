/**
 * What paths name: organizations, projects, issues and events. Each is found by one query that joins the caller's
 * memberships, so what belongs to others is not found. Slugs are looked up among what the caller may see.
 */
import * as v from 'valibot'
import type { Role } from '../schema/api/common.ts'
import { findOrganization, findProject, findIssue } from '../services/accounts/visible.ts'
import { findEvent, type VisibleEvent } from '../services/events/visible.ts'
import type { Target } from './types.ts'

const idOrSlug = v.pipe(v.string(), v.minLength(1), v.maxLength(200))

export type OrganizationTarget = { organizationId: string; role: Role }
export type ProjectTarget = { projectId: number; organizationId: string; slug: string; role: Role }
/** `rootId` is what the issue was merged into, else itself. */
export type IssueTarget = {
  issueId: string
  rootId: string
  projectId: number
  organizationId: string
  slug: string
  role: Role
}

export const organizationTarget: Target<OrganizationTarget> = {
  params: { org: idOrSlug },
  find: (sql, { userId }, { org = '' }) => findOrganization(sql, userId, org)
}

export const projectTarget: Target<ProjectTarget> = {
  params: { project: idOrSlug },
  find: (sql, { userId }, { project = '' }) => findProject(sql, userId, project)
}

export const issueTarget: Target<IssueTarget> = {
  params: { issue: idOrSlug },
  find: (sql, { userId }, { issue = '' }) => findIssue(sql, userId, issue)
}

/** By the event's own id, or by the one that its client gave it. */
export const eventTarget: Target<VisibleEvent> = {
  params: { event: idOrSlug },
  find: (sql, { userId }, { event = '' }) => findEvent(sql, userId, event)
}
