/** What the list of releases says. */
import { counted, exact } from '../../../lib/format.ts'

export const texts = {
  title: 'Releases',
  /** `events` may begin with "≈", `range` is like "in the last 24 hours". */
  count: (releases: number, about: string, events: number, range: string) =>
    `${counted(releases, 'release')}, ${about}${counted(events, 'event')} ${range}`,
  compareTwo: 'Compare two',
  compareSome: (chosen: number) => `Compare ${chosen} of 2`,
  chooseTwo: 'Choose two releases of the list',
  archivedToo: 'Archived ones too',
  failed: 'The releases could not be loaded',
  noMatch: 'No release matches',
  noMatchAbout: 'Releases without events in the chosen environments are left out, and so are archived ones.',
  clearSearch: 'Clear the search',
  showArchived: 'Show archived ones',

  sort: {
    label: 'Sort by',
    by: {
      newest: 'Newest first',
      version: 'Highest version',
      last_event: 'Last event',
      events: 'Most events',
      new_issues: 'Most new issues'
    }
  },

  search: { label: 'Search releases', example: 'A part of a name' },

  columns: {
    version: 'Release',
    first: 'First event',
    last: 'Last event',
    adoption: 'Share of events',
    users: 'Share of users',
    events: 'Events',
    new: 'New',
    regressed: 'Regressed',
    commits: 'Commits',
    deploys: 'Deploys',
    artifacts: 'Uploads'
  },

  row: {
    deployed: 'in {environment} for {time}',
    created: 'created {time}',
    noEvent: 'no event'
  },

  share: {
    events: (part: number, total: number) => `${exact(part)} of ${exact(total)} events`,
    users: (part: number, total: number) => `${exact(part)} of ${exact(total)} users`,
    noUsers: 'None of the events looked at names its users'
  },

  how: {
    none: 'No releases yet',
    noneAbout: 'A release appears with the first event that names it, or with your build, which can add its commits.',
    label: 'How to make a release',
    code: 'how to make a release',
    ways: { sdk: 'SDK', cli: 'sentry-cli', plugin: 'Bundler plugin' },
    token: 'an API token with the scope ci'
  }
}
