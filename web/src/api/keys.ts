/**
 * Every key of the query cache. What belongs to a project begins with its id, so that a resync can ask for all of it
 * again; `project` and all ids are ids, never slugs, since the live stream names things by them.
 */
import type { Query } from './client.ts'

export const keys = {
  me: ['me'] as const,
  setup: ['setup'] as const,
  sessions: ['sessions'] as const,
  tokens: ['tokens'] as const,
  myDeletions: ['deletions'] as const,

  organizations: ['organizations'] as const,
  organization: (org: string) => ['organization', org] as const,
  members: (org: string) => ['organization', org, 'members'] as const,
  invites: (org: string) => ['organization', org, 'invites'] as const,
  projects: (org: string) => ['organization', org, 'projects'] as const,
  deletions: (org: string) => ['organization', org, 'deletions'] as const,
  notifications: (org: string) => ['organization', org, 'notifications'] as const,
  mailQuestion: (token: string) => ['mail-question', token] as const,
  openInvite: (token: string) => ['invite', token] as const,

  project: (project: string) => ['project', project] as const,
  projectDetail: (project: string) => ['project', project, 'detail'] as const,
  dsnKeys: (project: string) => ['project', project, 'keys'] as const,
  settings: (project: string) => ['project', project, 'settings'] as const,
  scrubRules: ['scrub-rules'] as const,
  artifacts: (project: string) => ['project', project, 'artifacts'] as const,
  storage: (project: string) => ['project', project, 'storage'] as const,
  onboarding: (project: string) => ['project', project, 'onboarding'] as const,
  releases: (project: string) => ['project', project, 'releases'] as const,
  releaseLists: (project: string, query: Query) => ['project', project, 'release-summaries', query] as const,
  release: (project: string, version: string, query: Query) => ['project', project, 'release', version, query] as const,
  deploys: (project: string, query: Query) => ['project', project, 'deploys', query] as const,
  comparison: (project: string, query: Query) => ['project', project, 'comparison', query] as const,
  codeMappings: (project: string) => ['project', project, 'code-mappings'] as const,
  environments: (project: string) => ['project', project, 'environments'] as const,
  persons: (project: string, text: string) => ['project', project, 'persons', text] as const,
  person: (project: string, user: string) => ['project', project, 'person', user] as const,
  feedbacks: (project: string) => ['project', project, 'feedback'] as const,
  feedback: (project: string, state: string) => ['project', project, 'feedback', state] as const,
  savedSearches: (project: string) => ['project', project, 'saved-searches'] as const,

  /** Lists of issues: infinite queries, whose pages the stream patches. */
  issueLists: (project: string) => ['project', project, 'issues'] as const,
  issues: (project: string, query: Query) => ['project', project, 'issues', query] as const,
  /** Lists of issues of several projects. */
  issuesOfAll: ['issues of all'] as const,
  issuesOfOrganization: (org: string, query: Query) => ['issues of all', org, query] as const,
  organizationEnvironments: (org: string) => ['organization', org, 'environments'] as const,
  organizationTag: (org: string, key: string, query: Query) => ['organization', org, 'tags', key, query] as const,
  organizationOverview: (org: string, query: Query) => ['organization', org, 'overview', query] as const,
  newestIssue: (project: string) => ['project', project, 'newest-issue'] as const,
  eventLists: (project: string) => ['project', project, 'events'] as const,
  events: (project: string, query: Query) => ['project', project, 'events', query] as const,

  /** Everything counted, of which the newest bucket moves. */
  stats: (project: string) => ['project', project, 'stats'] as const,
  healths: (project: string) => ['project', project, 'stats', 'health'] as const,
  health: (project: string, query: Query) => ['project', project, 'stats', 'health', query] as const,
  volume: (project: string, query: Query) => ['project', project, 'stats', 'volume', query] as const,
  topIssues: (project: string, query: Query) => ['project', project, 'stats', 'top-issues', query] as const,
  topTrends: (project: string, query: Query) => ['project', project, 'stats', 'top-trends', query] as const,
  /** Keys of tags, as far as these issues tell. */
  tagKeys: (project: string, issues: readonly string[]) => ['project', project, 'tag-keys', issues] as const,
  tagValues: (project: string, key: string, query: Query) => ['project', project, 'stats', 'tags', key, query] as const,
  outcomes: (project: string, query: Query) => ['project', project, 'stats', 'outcomes', query] as const,

  /** What was counted before the range: it does not move. */
  before: (project: string, query: Query) => ['project', project, 'before', query] as const,

  rules: (project: string) => ['project', project, 'alert-rules'] as const,
  alertLists: (project: string) => ['project', project, 'alerts'] as const,
  alerts: (project: string, query: Query) => ['project', project, 'alerts', query] as const,
  alert: (alert: string) => ['alert', alert] as const,
  deliveries: (alert: string) => ['alert', alert, 'deliveries'] as const,

  anyIssue: ['issue'] as const,
  issue: (issue: string) => ['issue', issue] as const,
  issueDetail: (issue: string) => ['issue', issue, 'detail'] as const,
  issueActivity: (issue: string) => ['issue', issue, 'activity'] as const,
  issueEvents: (issue: string, query: Query) => ['issue', issue, 'events', query] as const,
  issueTimeline: (issue: string, query: Query) => ['issue', issue, 'timeline', query] as const,
  mergeable: (issue: string, query: Query) => ['issue', issue, 'mergeable', query] as const,
  similarIssues: (issue: string) => ['issue', issue, 'similar'] as const,
  issueTag: (issue: string, key: string) => ['issue', issue, 'tags', key] as const,
  event: (event: string) => ['event', event] as const,
  eventSources: (event: string) => ['event', event, 'sources'] as const,
  rawEvent: (event: string) => ['event', event, 'raw'] as const,
  eventGrouping: (event: string) => ['event', event, 'grouping'] as const,

  processes: ['system', 'processes'] as const,
  nodes: ['system', 'nodes'] as const,
  pipeline: ['system', 'pipeline'] as const
}
