/** Sections of the settings of a project, by the words that people look for them by. */
export const settingsSections = [
  { name: 'general', label: 'General settings' },
  { name: 'keys', label: 'Client keys, DSN' },
  { name: 'snippets', label: 'SDK snippets' },
  { name: 'artifacts', label: 'Source maps' },
  { name: 'ingest', label: 'Ingest: sampling, rate limits' },
  { name: 'scrubbing', label: 'Scrubbing of secrets' },
  { name: 'grouping', label: 'Grouping rules' },
  { name: 'retention', label: 'Retention' },
  { name: 'storage', label: 'Storage' },
  { name: 'danger', label: 'Delete the project' }
] as const
