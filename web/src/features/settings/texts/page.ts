/** What the settings of a project say around and in all of their sections. */
export const texts = {
  title: 'Project settings',
  sections: 'Settings',
  general: 'General',
  keys: 'Client keys',
  snippets: 'SDK snippets',
  artifacts: 'Source maps',
  repository: 'Repository',
  ingest: 'Ingest',
  scrubbing: 'Scrubbing',
  grouping: 'Grouping',
  retention: 'Retention',
  storage: 'Storage',
  danger: 'Danger zone',

  membersNote: 'You are a member: only admins and owners of the organization may change this.',
  saved: 'Saved. It holds within 5 seconds.',
  discard: 'Discard changes'
}
