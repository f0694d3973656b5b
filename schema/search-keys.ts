/**
 * The keys of search terms, declared once: the server's parser, the search field with its suggestions and the links on
 * tags all go by this list. Any other name is the name of a tag or of a facet (facets.ts). Names and aliases are
 * matched without regard to case. The dashboard bundles this file, so it imports nothing.
 */
export type EventField =
  | 'environment'
  | 'release'
  | 'user'
  | 'user.id'
  | 'user.email'
  | 'user.username'
  | 'user.ip'
  | 'url'
  | 'error.type'
  | 'stack.filename'
  | 'stack.function'
  | 'stack.module'

/** What a term with this key asks, and thereby what values it takes. */
export type SearchKeyKind =
  | { kind: 'is' | 'level' | 'assigned' | 'has' | 'issue' | 'first_release' | 'error_text' | 'handled' | 'event' }
  | { kind: 'message' }
  | { kind: 'field'; field: EventField }
  | { kind: 'issue_text'; column: 'title' | 'culprit' | 'platform' }
  | { kind: 'count'; of: 'events' | 'users' }
  | { kind: 'time'; of: 'first_seen' | 'last_seen' }
  | { kind: 'timestamp' }

export type SearchKey = SearchKeyKind & {
  /** As it is suggested. */
  name: string
  /** Other names, mostly the ones that users of Sentry know. */
  aliases?: readonly string[]
  /** `both`: events can be searched by it, too. */
  subject: 'issues' | 'both'
  help: string
  /** Takes `>`, `>=`, `<` and `<=`, before its value or in the place of the colon. */
  isCompared?: true
  /** Values to suggest that are the same in every project. */
  values?: readonly string[]
  /** Where a project's own values come from; `tag`: they are counted like the values of a tag. */
  valuesFrom?: 'releases' | 'environments' | 'people' | 'tag'
}

export const searchKeys: readonly SearchKey[] = [
  {
    name: 'is',
    kind: 'is',
    subject: 'issues',
    help: 'State of the issue',
    values: [
      'unresolved',
      'resolved',
      'archived',
      'new',
      'ongoing',
      'regressed',
      'escalating',
      'assigned',
      'unassigned'
    ]
  },
  {
    name: 'level',
    kind: 'level',
    subject: 'both',
    help: 'Severity',
    values: ['fatal', 'error', 'warning', 'info', 'debug']
  },
  {
    name: 'assigned',
    aliases: ['assignee', 'assigned_to', 'assigned-to'],
    kind: 'assigned',
    subject: 'issues',
    help: 'Who works on it',
    values: ['me', 'none'],
    valuesFrom: 'people'
  },
  {
    name: 'environment',
    aliases: ['env'],
    kind: 'field',
    field: 'environment',
    subject: 'both',
    help: 'Where it happened',
    valuesFrom: 'environments'
  },
  {
    name: 'release',
    kind: 'field',
    field: 'release',
    isCompared: true,
    subject: 'both',
    help: 'Version in which it happened, >1.3.0 for later ones',
    valuesFrom: 'releases'
  },
  {
    name: 'firstRelease',
    aliases: ['first-release', 'first_release'],
    kind: 'first_release',
    isCompared: true,
    subject: 'issues',
    help: 'Version in which it began',
    valuesFrom: 'releases'
  },
  {
    name: 'has',
    kind: 'has',
    subject: 'both',
    help: 'Has a tag or field',
    values: ['user', 'release', 'environment']
  },
  {
    name: 'user.email',
    kind: 'field',
    field: 'user.email',
    subject: 'both',
    help: 'E-mail address',
    valuesFrom: 'tag'
  },
  { name: 'user.id', kind: 'field', field: 'user.id', subject: 'both', help: 'Id of the user', valuesFrom: 'tag' },
  {
    name: 'user.username',
    kind: 'field',
    field: 'user.username',
    subject: 'both',
    help: 'User name',
    valuesFrom: 'tag'
  },
  { name: 'user.ip', kind: 'field', field: 'user.ip', subject: 'both', help: 'IP address of the user' },
  {
    name: 'user',
    kind: 'field',
    field: 'user',
    subject: 'both',
    help: 'Id, e-mail address or name of the user',
    valuesFrom: 'tag'
  },
  { name: 'title', kind: 'issue_text', column: 'title', subject: 'issues', help: 'Title of the issue' },
  { name: 'culprit', kind: 'issue_text', column: 'culprit', subject: 'issues', help: 'Where in the code' },
  { name: 'platform', kind: 'issue_text', column: 'platform', subject: 'issues', help: 'Language or runtime' },
  { name: 'issue', aliases: ['issue.id', 'short_id'], kind: 'issue', subject: 'issues', help: 'Id, like WEB-17' },
  {
    name: 'events',
    aliases: ['timesSeen', 'times_seen', 'times', 'event_count', 'event.count'],
    kind: 'count',
    of: 'events',
    isCompared: true,
    subject: 'issues',
    help: 'Number of events, >100',
    values: ['>10', '>100', '>1000']
  },
  {
    name: 'users',
    aliases: ['userSeen', 'users_seen', 'userCount', 'user_count', 'user.count'],
    kind: 'count',
    of: 'users',
    isCompared: true,
    subject: 'issues',
    help: 'Number of users, >=5',
    values: ['>1', '>10', '>100']
  },
  {
    name: 'firstSeen',
    aliases: ['first_seen', 'age'],
    kind: 'time',
    of: 'first_seen',
    isCompared: true,
    subject: 'issues',
    help: 'First event, -24h for the last day, >2026-11-01 since then',
    values: ['-1h', '-24h', '-7d', '+7d']
  },
  {
    name: 'lastSeen',
    aliases: ['last_seen'],
    kind: 'time',
    of: 'last_seen',
    isCompared: true,
    subject: 'issues',
    help: 'Last event, +7d for longer ago',
    values: ['-1h', '-24h', '+7d', '+30d']
  },
  {
    name: 'timestamp',
    kind: 'timestamp',
    isCompared: true,
    subject: 'both',
    help: 'When it happened, by the clock of the client',
    values: ['-1h', '-24h', '-7d']
  },
  { name: 'message', kind: 'message', subject: 'both', help: 'Words of the message' },
  {
    name: 'error.type',
    kind: 'field',
    field: 'error.type',
    subject: 'both',
    help: 'Type of the error, or of what caused it',
    valuesFrom: 'tag'
  },
  { name: 'error.value', kind: 'error_text', subject: 'both', help: 'Words of the text of the error' },
  {
    name: 'error.handled',
    kind: 'handled',
    subject: 'both',
    help: 'Whether the program caught it',
    values: ['true', 'false']
  },
  { name: 'stack.filename', kind: 'field', field: 'stack.filename', subject: 'both', help: 'File near the crash' },
  { name: 'stack.function', kind: 'field', field: 'stack.function', subject: 'both', help: 'Function near the crash' },
  { name: 'stack.module', kind: 'field', field: 'stack.module', subject: 'both', help: 'Module near the crash' },
  {
    name: 'url',
    aliases: ['http.url'],
    kind: 'field',
    field: 'url',
    subject: 'both',
    help: 'Address of the request, without its query',
    valuesFrom: 'tag'
  },
  { name: 'event_id', aliases: ['event.id'], kind: 'event', subject: 'both', help: 'Id of an event' }
]

const byName: ReadonlyMap<string, SearchKey> = new Map(
  searchKeys.flatMap(key => [key.name, ...(key.aliases ?? [])].map(name => [name.toLowerCase(), key] as const))
)

/** The key with this name or alias; undefined for the name of a tag. */
export function searchKeyNamed(name: string): SearchKey | undefined {
  return byName.get(name.toLowerCase())
}
