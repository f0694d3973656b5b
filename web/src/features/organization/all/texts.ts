/** What the page of all projects together says. */
import { counted, exact } from '../../../lib/format.ts'

export const texts = {
  title: 'All projects',
  allIssues: 'All issues',
  noProjectsAbout: 'A project takes the errors of one application.',
  failed: 'The numbers could not be loaded',
  loading: 'Loading',
  volume: 'Events of all projects',
  volumeSum: (events: number, interval: string) => `${counted(events, 'event')}, by ${interval}`,

  cards: {
    label: 'All projects together',
    counted: (about: string, count: number) => `${about}: ${exact(count)}`,
    unresolved: 'Unresolved',
    unresolvedAbout: 'Unresolved issues',
    events: 'Events',
    eventsAbout: (when: string) => `Events ${when}`,
    newIssues: 'New issues',
    newIssuesAbout: (when: string) => `Issues first seen ${when}`,
    alerts: 'Active alerts',
    alertsAbout: 'Alerts that nobody has resolved'
  },

  table: {
    label: 'Projects with their numbers',
    project: 'Project',
    trend: 'Trend',
    events: 'Events',
    unresolved: 'Unresolved',
    newIssues: 'New',
    alerts: 'Alerts',
    lastEvent: 'Last event',
    never: 'never'
  }
}
