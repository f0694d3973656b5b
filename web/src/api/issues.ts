/** Issues: found, read, changed, merged and discussed. */
import { http, type Query } from './client.ts'
import type {
  Activity,
  BulkAnswer,
  BulkBody,
  EventItem,
  Issue,
  IssueChange,
  IssueDetail,
  IssueList,
  IssueTagValues,
  Page,
  SimilarIssue,
  Timeline
} from './types.ts'

export const issues = {
  list: (project: string, query: Query, signal?: AbortSignal) =>
    http.get<IssueList>(`/projects/${project}/issues`, query, signal),
  bulk: (project: string, body: BulkBody) => http.post<BulkAnswer>(`/projects/${project}/issues/bulk`, body),
  get: (issue: string) => http.get<IssueDetail>(`/issues/${issue}`),
  change: (issue: string, body: IssueChange) => http.patch<Issue>(`/issues/${issue}`, body),
  discard: (issue: string) => http.post<Issue>(`/issues/${issue}/discard`),
  delete: (issue: string) => http.delete(`/issues/${issue}`),
  merge: (issue: string, into: string) => http.post<Issue>(`/issues/${issue}/merge`, { into }),
  unmerge: (issue: string) => http.post<{ data: Issue[] }>(`/issues/${issue}/unmerge`),
  similar: (issue: string) => http.get<Page<SimilarIssue>>(`/issues/${issue}/similar`),
  activity: (issue: string, cursor?: string) =>
    http.get<Page<Activity>>(`/issues/${issue}/activity`, { cursor, limit: 50 }),
  comment: (issue: string, text: string) => http.post<Activity>(`/issues/${issue}/comments`, { text }),
  changeComment: (issue: string, comment: string, text: string) =>
    http.patch<Activity>(`/issues/${issue}/comments/${comment}`, { text }),
  deleteComment: (issue: string, comment: string) => http.delete(`/issues/${issue}/comments/${comment}`),
  events: (issue: string, query: Query, signal?: AbortSignal) =>
    http.get<Page<EventItem>>(`/issues/${issue}/events`, query, signal),
  timeline: (issue: string, query: Query) => http.get<Timeline>(`/issues/${issue}/timeline`, query),
  tag: (issue: string, key: string, limit = 10) =>
    http.get<IssueTagValues>(`/issues/${issue}/tags/${encodeURIComponent(key)}`, { limit })
}
