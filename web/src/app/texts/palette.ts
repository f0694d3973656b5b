/** What the command palette says. */
export const texts = {
  title: 'Search or jump to',
  search: 'Search issues, pages, projects',
  searchAbout: 'Search issues, pages, users, releases, ids…',
  found: 'What was found',
  nothing: (typed: string) => `Nothing found for “${typed}”`,

  groups: {
    commands: 'Go to and do',
    events: 'Events',
    others: 'Users and releases',
    issues: 'Issues'
  },
  kinds: {
    do: 'Do',
    goTo: 'Go to',
    project: 'Project',
    organization: 'Organization',
    setting: 'Setting',
    switch: 'Switch',
    user: 'User',
    userNamed: (user: string) => `User ${user}`,
    eventOf: (issue: string) => `Event of ${issue}`,
    release: 'Issues of the release'
  },

  /** By the words that people look for them by. */
  settings: {
    general: 'General settings',
    keys: 'Client keys, DSN',
    snippets: 'SDK snippets',
    artifacts: 'Source maps',
    repository: 'Repository: commits, lines of source',
    ingest: 'Ingest: sampling, rate limits',
    scrubbing: 'Scrubbing of secrets',
    grouping: 'Grouping rules',
    retention: 'Retention',
    storage: 'Storage',
    danger: 'Delete the project'
  }
}
