/** Alert rules, and the alerts that they have made. */
import { http, type Query } from './client.ts'
import type {
  Alert,
  Delivery,
  MailQuestion,
  NewRuleBody,
  Page,
  PreviewedRequests,
  ProjectNotifications,
  Rule,
  RuleChange,
  TestResults
} from './types.ts'

export const alerts = {
  rules: (project: string, cursor?: string) =>
    http.get<Page<Rule>>(`/projects/${project}/alert-rules`, { cursor, limit: 100 }),
  createRule: (project: string, body: NewRuleBody) => http.post<Rule>(`/projects/${project}/alert-rules`, body),
  changeRule: (project: string, rule: string, body: RuleChange) =>
    http.patch<Rule>(`/projects/${project}/alert-rules/${rule}`, body),
  deleteRule: (project: string, rule: string) => http.delete(`/projects/${project}/alert-rules/${rule}`),
  askRecipient: (project: string, rule: string, email: string) =>
    http.post<Rule['recipients'][number]>(`/projects/${project}/alert-rules/${rule}/recipients`, { email }),
  testRule: (project: string, rule: string) => http.post<TestResults>(`/projects/${project}/alert-rules/${rule}/test`),
  preview: (project: string, action: NonNullable<NewRuleBody['actions']>[number]) =>
    http.post<PreviewedRequests>(`/projects/${project}/alert-rules/preview`, { actions: [action] }),
  /** By the link of a mail, without an account. */
  question: (token: string) => http.anonymous<MailQuestion>('GET', `/mail-questions/${encodeURIComponent(token)}`),
  answer: (token: string, wants: boolean) =>
    http.anonymous<MailQuestion>('POST', `/mail-questions/${encodeURIComponent(token)}`, { wants }),
  list: (project: string, query: Query) => http.get<Page<Alert>>(`/projects/${project}/alerts`, query),
  get: (alert: string) => http.get<Alert>(`/alerts/${alert}`),
  acknowledge: (alert: string) => http.post<Alert>(`/alerts/${alert}/acknowledge`),
  bulk: (project: string, act: 'acknowledge' | 'resolve', ids?: readonly string[]) =>
    http.post<{ changed: number; more: boolean }>(`/projects/${project}/alerts/bulk`, {
      act,
      ...(ids === undefined ? {} : { ids })
    }),
  notifications: (org: string, cursor?: string) =>
    http.get<Page<ProjectNotifications>>(`/orgs/${org}/notifications`, { cursor, limit: 100 }),
  resolve: (alert: string) => http.post<Alert>(`/alerts/${alert}/resolve`),
  deliveries: (alert: string, cursor?: string) => http.get<Page<Delivery>>(`/alerts/${alert}/deliveries`, { cursor })
}
