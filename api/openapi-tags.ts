/** What the groups of operations are about. */
export const tagDescriptions: Readonly<Record<string, string>> = {
  Account: 'The first setup, logging in and out, one\'s own account',
  'Tokens and sessions': 'What speaks for a user: API tokens, and sessions at browsers',
  Ingestion: 'Where applications send events, with the key of a DSN',
  'Live stream': 'What happens, as it happens, over a WebSocket',
  Operations: 'Health, readiness, figures, and this document'
}
