/**
 * Every request that `bench/query` measures: each list and each number of the dashboard with all sorts and filters, the
 * search, full text, one issue and one event. The n-th time a request is sent, it names the n-th of the facts, so that
 * it does not read the same rows every time.
 */
import type { Facts } from './facts.ts'

export type BenchRequest = {
  /** Operation of the API, by its id. */
  operation: string
  name: string
  path: (n: number) => string
  /** So many pages of 100 are read first; the next one is measured. */
  pagesBefore?: number
}

/** They show the node or the caller's sessions, read nothing that grows, or are what a build asks once. */
export const notMeasured = [
  'readSetup',
  'toolInfo',
  'toolOrganizations',
  'toolOrganization',
  'toolProjects',
  'toolProject',
  'toolRepositories',
  'toolReleases',
  'toolReleasesOfProject',
  'toolRelease',
  'toolReleaseOfProject',
  'toolPreviousRelease',
  'toolReleaseFiles',
  'toolDeploys',
  'toolDeploysOfProject',
  'toolChunkOptions',
  'toolIssues',
  'toolEvents',
  'toolMonitors',
  'getOpenApi',
  'getWho',
  'getInvite',
  'getMailQuestion',
  'listSessions',
  'listNodes',
  'listProcesses',
  'getPipeline',
  'getScrubRules'
]

const dayMs = 86_400_000
const pagesDeep = 20

export function requestsOf(facts: Facts, now: number): BenchRequest[] {
  return [
    ...issueLists(facts, now),
    ...oneIssue(facts),
    ...eventLists(facts, now),
    ...oneEvent(facts),
    ...numbers(facts, now),
    ...releasePages(facts, now),
    ...otherLists(facts),
    ...persons(facts)
  ]
}

function at<Item>(items: readonly Item[], n: number): Item {
  const item = items[n % items.length]
  if (item === undefined) throw new Error('the seeded data have nothing of what a request should name')
  return item
}

function queryOf(parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString()
  return query === '' ? '' : `?${query}`
}

function daysBefore(now: number, days: number): string {
  return new Date(now - days * dayMs).toISOString()
}

type Parameters = Readonly<Record<string, string>>
/** A name and the parameters; a function where they differ from one time to the next. */
type Asked = [name: string, parameters: Parameters | ((n: number) => Parameters)]

function listed(operation: string, path: string, asked: readonly Asked[], pagesBefore?: number): BenchRequest[] {
  return asked.map(([name, parameters]) => ({
    operation,
    name,
    path: n => path + queryOf(typeof parameters === 'function' ? parameters(n) : parameters),
    ...(pagesBefore === undefined ? {} : { pagesBefore })
  }))
}

/** The same over 24 hours, which is the default, and over all 90 days. */
function bothRanges(asked: readonly Asked[], from: string): Asked[] {
  return asked.flatMap(([name, parameters]): Asked[] => [
    [`${name}, 24 h`, parameters],
    [`${name}, 90 d`, n => ({ ...(typeof parameters === 'function' ? parameters(n) : parameters), from })]
  ])
}

function issueLists(
  { project, slug, users, emails, customers, releases, rareWords, issues }: Facts,
  now: number
): BenchRequest[] {
  const path = `/api/v1/projects/${project}/issues`
  const from = daysBefore(now, 90)
  const recent = releases.slice(-20)
  const search = (name: string, query: string | ((n: number) => string)): Asked => [
    `query ${name}`,
    n => ({ query: typeof query === 'function' ? query(n) : query })
  ]
  const asked: Asked[] = [
    ['all of it', {}],
    ...['first_seen', 'events', 'users', 'priority'].map((sort): Asked => [`sort=${sort}`, { sort }]),
    ...['resolved', 'archived', 'all'].map((status): Asked => [`status=${status}`, { status }]),
    ['level=fatal', { level: 'fatal' }],
    ['assignee=me', { assignee: 'me' }],
    ['assignee=none', { assignee: 'none' }],
    ['environment=staging', { environment: 'staging' }],
    ['release, new', n => ({ release: at(recent, n) })],
    ['release, any', n => ({ release: at(releases, n) })],
    search('is:regressed', 'is:regressed'),
    search('!level:error', '!level:error'),
    search('release:web@4.*', `release:${releases[0]?.split('@')[0] ?? ''}@4.*`),
    search('!environment:production', '!environment:production'),
    search('tag, frequent', 'region:eu-west'),
    search('tag, rare', n => `customer:${at(customers, n)}`),
    search('tag, negated', '!plan:free'),
    search('tag, pattern', 'browser:*Fire*'),
    search('has:os', 'has:os'),
    search('user.email', n => `user.email:${at(emails, n)}`),
    search('user', n => `user:${at(users, n)}`),
    search('timesSeen:>1000', 'timesSeen:>1000'),
    search('users:>100', 'users:>100'),
    search('firstSeen:-7d', 'firstSeen:-7d'),
    search('lastSeen:-1h', 'lastSeen:-1h'),
    search('title pattern', 'title:*queue*'),
    search('platform:python', 'platform:python'),
    search('firstRelease', n => `firstRelease:${at(recent, n)}`),
    search('rare word', n => at(rareWords, n)),
    search('frequent word', 'order'),
    search('unknown word', 'xyzzyplugh'),
    search('phrase', '"could not be found"'),
    search('alternatives', n => `${at(rareWords, n)} OR region:eu-west`),
    search('words like, a release later', 'fail* release:>4.0.0'),
    search(
      'all together',
      'is:unresolved level:error environment:production assigned:none release:*@4.* !plan:free "failed to"'
    )
  ]
  const past: Asked[] = [['a day of last month', { from: daysBefore(now, 31), to: daysBefore(now, 30) }]]
  return [
    ...listed('listIssues', path, bothRanges(asked, from)),
    ...listed('listIssues', path, past),
    ...listed(
      'listIssues',
      path,
      [
        ['page 21', { from }],
        ['page 21, sort=first_seen', { from, sort: 'first_seen' }],
        ['page 21, sort=events', { from, sort: 'events' }],
        ['page 21, sort=users', { from, sort: 'users' }]
      ],
      pagesDeep
    ),
    ...listed('listIssues', path, [
      ['by its short id', n => ({ query: `issue:${slug}-${1 + (n % issues.length)}`, from })]
    ])
  ]
}

function oneIssue({ largest, issues, users }: Facts): BenchRequest[] {
  const largestPath = `/api/v1/issues/${largest}`
  const eventsPath = `${largestPath}/events`
  const both = (operation: string, name: string, rest: string): BenchRequest[] => [
    { operation, name: `${name} of the largest`, path: () => largestPath + rest },
    { operation, name: `${name} of any`, path: n => `/api/v1/issues/${at(issues, n)}${rest}` }
  ]
  return [
    ...both('getIssue', 'issue', ''),
    ...both('getIssueTimeline', 'timeline', ''),
    ...both(
      'getIssueTimeline',
      'timeline by hours of an environment',
      '/timeline?interval=hour&environment=production'
    ),
    ...both('getIssueTagValues', 'tag browser', '/tags/browser'),
    ...both('getIssueTagValues', 'tag user', '/tags/user'),
    ...both('listSimilarIssues', 'similar', '/similar'),
    ...both('listIssueActivity', 'activity', '/activity'),
    ...both('listIssueEvents', 'events', '/events'),
    ...listed('listIssueEvents', eventsPath, [['page 21 of the largest', {}]], pagesDeep),
    ...listed('listIssueEvents', eventsPath, [
      ['level, never there', { level: 'debug' }],
      ['environment=staging', { environment: 'staging' }],
      ['tag, frequent', { tag: 'region:eu-west' }],
      ['user', n => ({ user: at(users, n) })],
      ['unknown word', { query: 'xyzzyplugh' }],
      ['word', { query: 'order' }]
    ])
  ]
}

function eventLists({ project, users, emails, customers, releases, rareWords }: Facts, now: number): BenchRequest[] {
  const path = `/api/v1/projects/${project}/events`
  const from = daysBefore(now, 90)
  const asked: Asked[] = [
    ['all of it', {}],
    ['level=error', { level: 'error' }],
    ['level=debug', { level: 'debug' }],
    ['environment=staging', { environment: 'staging' }],
    ['release, any', n => ({ release: at(releases, n) })],
    ['user', n => ({ user: at(users, n) })],
    ['tag, frequent', { tag: 'region:eu-west' }],
    ['tag, rare', n => ({ tag: `customer:${at(customers, n)}` })],
    ['rare word', n => ({ query: at(rareWords, n) })],
    ['frequent word', { query: 'order' }],
    ['unknown word', { query: 'xyzzyplugh' }],
    ['phrase', { query: '"could not be found"' }],
    ['phrase that nobody wrote', { query: '"found be not"' }],
    ['word without another', { query: 'timeout -order' }],
    ['search by terms', n => ({ query: `level:error !plan:free user.email:${at(emails, n)}` })],
    ['tag pattern', { query: 'browser:*Fire*' }]
  ]
  return [
    ...listed('listEvents', path, bothRanges(asked, from)),
    ...listed('listEvents', path, [['a day of last month', { from: daysBefore(now, 31), to: daysBefore(now, 30) }]]),
    ...listed(
      'listEvents',
      path,
      [
        ['page 21', { from }],
        ['page 21, environment=staging', { from, environment: 'staging' }],
        ['page 21, frequent word', { from, query: 'order' }]
      ],
      pagesDeep
    )
  ]
}

function oneEvent({ events, eventsOfLargest }: Facts): BenchRequest[] {
  return [
    { operation: 'getEvent', name: 'event of any issue', path: n => `/api/v1/events/${at(events, n)}` },
    {
      operation: 'getEvent',
      name: 'event of the largest issue',
      path: n => `/api/v1/events/${at(eventsOfLargest, n)}`
    },
    { operation: 'getEvent', name: 'as Markdown', path: n => `/api/v1/events/${at(events, n)}?format=markdown` },
    { operation: 'getEvent', name: 'as it was stored', path: n => `/api/v1/events/${at(events, n)}?format=raw` },
    { operation: 'explainGrouping', name: 'why it is there', path: n => `/api/v1/events/${at(events, n)}/grouping` }
  ]
}

function numbers({ project, releases }: Facts, now: number): BenchRequest[] {
  const path = `/api/v1/projects/${project}/stats`
  const ranges: Asked[] = [
    ['24 h', {}],
    ['7 d', { from: daysBefore(now, 7) }],
    ['30 d', { from: daysBefore(now, 30) }],
    ['90 d', { from: daysBefore(now, 90) }]
  ]
  const from = daysBefore(now, 90)
  const filtered: Asked[] = [
    ['90 d of a level', { from, level: 'error' }],
    ['90 d of an environment', { from, environment: 'staging' }],
    ['90 d of a release', n => ({ from, release: at(releases, n) })]
  ]
  const tags = ['browser', 'customer', 'level', 'environment', 'release', 'user', 'unknown']
  return [
    ...listed('getVolume', `${path}/volume`, [...ranges, ['90 d by hours', { from, interval: 'hour' }], ...filtered]),
    ...listed('getLevels', `${path}/levels`, ranges),
    ...listed('getTopIssues', `${path}/top-issues`, [
      ...ranges,
      ['100 of 90 d', { from, limit: '100' }],
      ['a day of last month', { from: daysBefore(now, 31), to: daysBefore(now, 30) }],
      ['an hour of last month', { from: daysBefore(now, 30 + 1 / 24), to: daysBefore(now, 30) }]
    ]),
    ...tags.flatMap(tag =>
      listed('getTagValues', `${path}/tags/${tag}`, [
        [`${tag}, 24 h`, {}],
        [`${tag}, 90 d`, { from }]
      ])
    ),
    ...listed('getHealth', `${path}/health`, [['health', {}]]),
    ...listed('getOutcomes', `${path}/outcomes`, ranges),
    ...listed('getStorage', `/api/v1/projects/${project}/storage`, [['storage', {}]])
  ]
}

function releasePages({ project, releases, events }: Facts, now: number): BenchRequest[] {
  const path = `/api/v1/projects/${project}`
  const from = daysBefore(now, 90)
  const recent = releases.slice(-20)
  const one = (n: number): string => `${path}/releases/${encodeURIComponent(at(recent, n))}`
  const ofOne = (operation: string, name: string, rest: string): BenchRequest => ({
    operation,
    name,
    path: n => one(n) + rest
  })
  const two = (n: number): Parameters => ({ base: at(recent, n), other: at(recent, n + 1) })
  const compared = `${path}/stats/release-comparison`
  return [
    ...listed(
      'listReleaseSummaries',
      `${path}/stats/releases`,
      bothRanges(
        [
          ['newest', {}],
          ['sort=version', { sort: 'version' }],
          ['sort=last_event', { sort: 'last_event' }],
          ['sort=events', { sort: 'events' }],
          ['environment=staging', { environment: 'staging' }],
          ['by a word', { query: '4.' }]
        ],
        from
      )
    ),
    ofOne('getRelease', '24 h', ''),
    ofOne('getRelease', '90 d', queryOf({ from })),
    ofOne('listReleaseCommits', 'commits', '/commits'),
    ...['new', 'regressed', 'resolved'].map(kind => ofOne('listReleaseIssues', kind, `/issues?kind=${kind}`)),
    ...listed('listDeploys', `${path}/deploys`, [['deploys', { from }]]),
    ...listed('compareReleases', compared, [['two releases', two]]),
    ...listed(
      'listComparedIssues',
      `${compared}/issues`,
      ['base', 'other', 'both'].map((set): Asked => [`in ${set}`, n => ({ ...two(n), in: set })])
    ),
    { operation: 'getEventSources', name: 'of any event', path: n => `/api/v1/events/${at(events, n)}/sources` },
    { operation: 'getCodeMappings', name: 'code mappings', path: () => `${path}/code-mappings` }
  ]
}

function persons({ project, organization, users, emails }: Facts): BenchRequest[] {
  const person = (n: number): string => queryOf(n % 2 === 0 ? { user: at(users, n) } : { email: at(emails, n) })
  return [
    { operation: 'getPerson', name: 'person', path: n => `/api/v1/projects/${project}/person${person(n)}` },
    {
      operation: 'searchPersons',
      name: 'people by a part of a name',
      path: n => `/api/v1/projects/${project}/persons?query=${encodeURIComponent(at(emails, n).slice(0, 4))}`
    },
    {
      operation: 'exportPersonOfProject',
      name: 'export of a person',
      path: n => `/api/v1/projects/${project}/person/export${person(n)}`
    },
    {
      operation: 'exportPersonOfOrganization',
      name: 'export of a person, all projects',
      path: n => `/api/v1/orgs/${organization}/person/export${person(n)}`
    }
  ]
}

function otherLists({ project, organization, alertRule, alert }: Facts): BenchRequest[] {
  const ofProject = (operation: string, rest: string): BenchRequest => ({
    operation,
    name: rest,
    path: () => `/api/v1/projects/${project}/${rest}`
  })
  const ofOrganization = (operation: string, rest: string): BenchRequest => ({
    operation,
    name: rest,
    path: () => `/api/v1/orgs/${organization}/${rest}`
  })
  const plain = (operation: string, rest: string): BenchRequest => ({
    operation,
    name: rest,
    path: () => `/api/v1/${rest}`
  })
  return [
    ofOrganization('listIssuesOfOrganization', 'issues'),
    ofOrganization('listIssuesOfOrganization', 'issues?sort=events'),
    ofOrganization('listIssuesOfOrganization', 'issues?sort=priority'),
    ofOrganization('getOrganizationOverview', 'overview'),
    ofOrganization('getTagValuesOfOrganization', 'stats/tags/environment'),
    ofOrganization('getTagValuesOfOrganization', 'stats/tags/browser'),
    ofOrganization('listNotifications', 'notifications'),
    ofProject('listReleases', 'releases'),
    ofProject('listEnvironments', 'environments'),
    ofProject('listArtifacts', 'artifacts'),
    ofProject('listFeedback', 'feedback'),
    ofProject('listFeedback', 'feedback?state=open'),
    ofProject('listKeys', 'keys'),
    ofProject('getSettings', 'settings'),
    ofProject('getOnboarding', 'onboarding'),
    ofProject('listAlertRules', 'alert-rules'),
    ofProject('listSavedSearches', 'saved-searches'),
    {
      operation: 'getAlertRule',
      name: 'alert rule',
      path: () => `/api/v1/projects/${project}/alert-rules/${alertRule}`
    },
    ofProject('listAlerts', 'alerts'),
    { operation: 'getAlert', name: 'alert', path: () => `/api/v1/alerts/${alert}` },
    { operation: 'listDeliveries', name: 'deliveries', path: () => `/api/v1/alerts/${alert}/deliveries` },
    { operation: 'getProject', name: 'project', path: () => `/api/v1/projects/${project}` },
    { operation: 'getOrganization', name: 'organization', path: () => `/api/v1/orgs/${organization}` },
    ofOrganization('listProjects', 'projects'),
    ofOrganization('listMembers', 'members'),
    ofOrganization('listInvites', 'invites'),
    ofOrganization('listOrganizationDeletions', 'deletions'),
    plain('listOrganizations', 'orgs'),
    plain('listDeletions', 'deletions'),
    plain('listTokens', 'tokens'),
    plain('getMe', 'auth/me')
  ]
}
