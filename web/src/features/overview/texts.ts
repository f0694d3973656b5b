/** What the overview of a project says. */
import { counted, exact, extrapolatedNote } from '../../lib/format.ts'

export const texts = {
  title: 'Overview',
  noEvents: 'No events yet',
  noEventsAbout: 'Once an application sends its first event, this page comes alive by itself.',
  connect: 'Connect an application',
  nothing: 'Nothing in this range.',

  change: {
    about: 'Compared with the time before, which was as long',
    said: 'compared with the time before'
  },

  health: {
    label: 'Health',
    failed: 'The health of the project could not be loaded',
    loading: 'Loading',
    environmentsNote:
      'Unresolved issues, releases, environments and tags are those of the whole project; all else goes by the ' +
      'environment.',
    inEnvironments: (when: string, environments: readonly string[]) => `${when} in ${environments.join(', ')}`,
    counted: (about: string, count: number) => `${about}: ${exact(count)}`,
    estimated: (about: string, count: number) => `${about}: about ${exact(count)}`,
    extrapolated: (about: string, count: number) => `${about}: about ${exact(count)}. ${extrapolatedNote}`,
    unresolved: 'Unresolved',
    unresolvedAbout: 'Issues that are open now, whenever they were seen',
    events: 'Events',
    eventsAbout: (when: string) => `Events ${when}`,
    newIssues: 'New issues',
    newIssuesAbout: (when: string) => `Issues first seen ${when}`,
    users: 'Users',
    usersAbout: (when: string) => `People hit ${when}`,
    regressed: 'Regressed',
    regressedAbout: (when: string) => `Issues that came back ${when}`
  },

  volume: {
    title: 'Event volume by level',
    by: (interval: string) => `by ${interval}`,
    byHours: (hours: number) => `by ${hours} hours`,
    sum: (events: number, by: string) => `${counted(events, 'event')}, ${by}`,
    sumWithOthers: (events: number, by: string, others: number) =>
      `${counted(events, 'event')}, ${by}; ${counted(others, 'event')} of names that are too many to count`
  },

  levels: {
    title: 'Level',
    none: 'No event in this range.'
  },

  tags: {
    release: 'Release',
    noRelease: 'No event of this range has a release.',
    environment: 'Environment',
    noEnvironment: 'No event of this range has an environment.',
    tag: 'Tag',
    noTag: 'No event of this range has this tag.',
    sampled: (events: number) => `Of the newest ${exact(events)} events that have it`,
    value: (value: string, count: number) => `${value}: ${exact(count)}`
  },

  topIssues: {
    title: 'Top issues',
    all: 'All issues',
    counts: (inRange: number, events: number, users: number) =>
      `${exact(inRange)} in this range, ${counted(events, 'event')} and ${counted(users, 'user')} in all`,
    extrapolated: (counts: string) => `${counts}. ${extrapolatedNote}`
  },

  alerts: {
    title: 'Recent alerts',
    all: 'All alerts',
    none: 'No rule has fired yet.',
    states: { active: 'firing', acknowledged: 'seen', resolved: 'resolved' },
    measured: (events: number, limit: number) => `${exact(events)} events, more than ${exact(limit)}`
  }
}
