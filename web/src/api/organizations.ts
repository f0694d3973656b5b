/** Organizations, their members, invitations and projects. `org` is an id or a slug. */
import { http, type Query } from './client.ts'
import type {
  BulkOfAllAnswer,
  BulkOfAllBody,
  Deletion,
  Invite,
  IssueList,
  Member,
  NewInvite,
  NewInviteBody,
  NewOrganizationBody,
  NewProjectBody,
  Organization,
  OrganizationChange,
  OrganizationDetail,
  OrganizationOverview,
  Page,
  Project,
  ProjectDetail,
  Role,
  TagValues
} from './types.ts'

export const organizations = {
  list: (cursor?: string) => http.get<Page<Organization>>('/orgs', { cursor, limit: 100 }),
  get: (org: string) => http.get<OrganizationDetail>(`/orgs/${org}`),
  create: (body: NewOrganizationBody) => http.post<Organization>('/orgs', body),
  change: (org: string, body: OrganizationChange) => http.patch<OrganizationDetail>(`/orgs/${org}`, body),
  delete: (org: string) => http.delete(`/orgs/${org}`),
  deletions: (org: string, cursor?: string) => http.get<Page<Deletion>>(`/orgs/${org}/deletions`, { cursor }),
  members: (org: string, cursor?: string) => http.get<Page<Member>>(`/orgs/${org}/members`, { cursor, limit: 100 }),
  changeRole: (org: string, user: string, role: Role) => http.patch<Member>(`/orgs/${org}/members/${user}`, { role }),
  removeMember: (org: string, user: string) => http.delete(`/orgs/${org}/members/${user}`),
  invites: (org: string, cursor?: string) => http.get<Page<Invite>>(`/orgs/${org}/invites`, { cursor, limit: 100 }),
  invite: (org: string, body: NewInviteBody) => http.post<NewInvite>(`/orgs/${org}/invites`, body),
  revokeInvite: (org: string, id: string) => http.delete(`/orgs/${org}/invites/${id}`),
  issues: (org: string, query: Query, signal?: AbortSignal) =>
    http.get<IssueList>(`/orgs/${org}/issues`, query, signal),
  changeIssues: (org: string, body: BulkOfAllBody) => http.post<BulkOfAllAnswer>(`/orgs/${org}/issues/bulk`, body),
  tagValues: (org: string, key: string, query: Query) =>
    http.get<TagValues>(`/orgs/${org}/stats/tags/${encodeURIComponent(key)}`, query),
  overview: (org: string, query: Query) => http.get<OrganizationOverview>(`/orgs/${org}/overview`, query),
  projects: (org: string, cursor?: string) => http.get<Page<Project>>(`/orgs/${org}/projects`, { cursor, limit: 100 }),
  createProject: (org: string, body: NewProjectBody) => http.post<ProjectDetail>(`/orgs/${org}/projects`, body)
}
