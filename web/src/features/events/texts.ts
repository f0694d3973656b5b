/** What the list of events says. */
import { counted, exact } from '../../lib/format.ts'

export const texts = {
  title: 'Events',
  count: (count: number) => counted(count, 'event'),
  newest: (count: number) => `newest ${exact(count)}`,
  showNew: (count: number) => `Show ${counted(count, 'new event')}`,
  export: 'Export',

  chart: {
    label: 'Events over time',
    show: 'Show the chart',
    hide: 'Hide the chart',
    cannot: 'No chart of words, tags and users: they are not counted by hour',
    failed: 'The events over time could not be loaded.'
  },

  search: {
    label: 'Search events',
    example: 'Words, timeo*, (a OR b), -without, browser:Firefox, user:42',
    refused: 'This search cannot be understood',
    refusedAbout: 'What is wrong stands under it. Terms are written key:value, like level:error or !browser:Firefox',
    clear: 'Clear the search',
    wrongLevel: (levels: readonly string[]) => `A level is one of ${levels.join(', ')}.`
  },

  filters: {
    label: 'Filters',
    level: 'Level',
    allLevels: 'All levels',
    release: 'Release',
    allReleases: 'All releases',
    releaseToday: (count: number) => `${count} today`,
    columns: 'Columns',
    allColumns: 'All columns',
    remove: (filter: string) => `Remove the filter ${filter}`,
    clearAll: 'Clear all'
  },

  columns: {
    age: 'Age',
    time: 'Received',
    level: 'Level',
    title: 'Event',
    environment: 'Environment',
    release: 'Release',
    user: 'User',
    issue: 'Issue'
  },

  list: {
    loading: 'Loading events',
    failed: 'The events could not be loaded',
    moreFailed: 'Further events could not be loaded',
    noMatch: 'No event matches',
    /** `range` is like "in the last 24 hours". */
    noMatchAbout: (range: string) => `Nothing ${range} is all that was asked for.`,
    noMatchSoFar: (range: string) => `Nothing ${range} is all that was asked for, as far as was looked.`,
    furtherBack: 'Look further back',
    clear: 'Clear the filters',
    ninetyDays: 'Look at 90 days',
    none: 'No events here',
    noneAbout: (range: string) => `None came ${range}.`
  },

  row: {
    allOf: (user: string) => `All of ${user}`,
    issueOf: (event: string) => `Issue of ${event}`,
    openIssue: 'Open its issue'
  },

  event: 'Event'
}
