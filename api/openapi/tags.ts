/** What the groups of operations are about. */
export const tagDescriptions: Readonly<Record<string, string>> = {
  Account: "The first setup, logging in and out, one's own account",
  'Tokens and sessions': 'What speaks for a user: API tokens, and sessions at browsers',
  Organizations: 'What people share projects in, and what is being deleted',
  Members: 'Who belongs to an organization, and as what',
  Invitations: 'Links by which people join an organization',
  Projects: 'What events belong to: settings, and what is kept',
  Keys: 'DSN keys, by which applications send',
  Issues: 'Events of one kind: found, read, changed, merged and discussed',
  Events: 'Events as they were received: found, read, and their neighbours',
  Persons: 'What is kept of one person: read, handed out, erased',
  'Saved searches': 'Searches that people keep, for themselves or for all',
  Alerts: 'Rules, what they have fired, and how people were told',
  Feedback: 'What people wrote about what happened to them',
  Onboarding: 'The first steps of a project',
  'Releases and environments': 'Names that events have brought',
  'Build tools': 'What sentry-cli and the plugins of bundlers call: releases, deploys and artifacts',
  Ingestion: 'Where applications send events, with the key of a DSN',
  'Live stream': 'What happens, as it happens, over a WebSocket',
  Statistics: "The numbers of a project's dashboard",
  System: 'What runs, for instance admins',
  Operations: 'Health, readiness, figures, and this document'
}
