/** The keys of search terms, lower case, with the names that users of Sentry know them by. */
export type KeyKind =
  | 'is'
  | 'level'
  | 'assigned'
  | 'field'
  | 'has'
  | 'issue'
  | 'issue_text'
  | 'first_release'
  | 'count'
  | 'time'
  | 'message'

export const keys: ReadonlyMap<string, KeyKind> = new Map<string, KeyKind>([
  ['is', 'is'],
  ['level', 'level'],
  ['assigned', 'assigned'],
  ['assignee', 'assigned'],
  ['assigned_to', 'assigned'],
  ['assigned-to', 'assigned'],
  ['environment', 'field'],
  ['env', 'field'],
  ['release', 'field'],
  ['user', 'field'],
  ['user.id', 'field'],
  ['user.email', 'field'],
  ['user.username', 'field'],
  ['user.ip', 'field'],
  ['has', 'has'],
  ['issue', 'issue'],
  ['issue.id', 'issue'],
  ['short_id', 'issue'],
  ['title', 'issue_text'],
  ['culprit', 'issue_text'],
  ['platform', 'issue_text'],
  ['firstrelease', 'first_release'],
  ['first-release', 'first_release'],
  ['first_release', 'first_release'],
  ['timesseen', 'count'],
  ['times_seen', 'count'],
  ['times', 'count'],
  ['events', 'count'],
  ['event_count', 'count'],
  ['users', 'count'],
  ['userseen', 'count'],
  ['user_count', 'count'],
  ['firstseen', 'time'],
  ['first_seen', 'time'],
  ['age', 'time'],
  ['lastseen', 'time'],
  ['last_seen', 'time'],
  ['message', 'message']
])
