/** What the comparison of two releases says. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  title: 'Compare releases',
  before: 'Before',
  after: 'After',
  swap: 'Swap them',
  chooseOne: 'Choose a release',
  chooseTwo: 'Choose two releases',
  chooseTwoAbout: 'Their events in an hour are compared, and the issues that each of them has.',

  rates: {
    label: 'Events of both releases',
    range: 'Last 90 days',
    change: 'Change',
    perHour: 'Events an hour',
    events: 'Events',
    activeFor: 'Active for',
    hours: (count: number) => counted(count, 'hour')
  },

  issues: {
    byRelease: 'Issues by release',
    onlyIn: (version: string) => `Only in ${version}`,
    inBoth: 'In both',
    noneInBoth: 'No issue has events of both.',
    noneIn: (version: string) => `No issue has events of ${version} alone.`,
    issue: 'Issue',
    change: 'Change an hour',
    events: (count: number) => counted(count, 'event'),
    about: (count: number) => `About ${counted(count, 'event')}`,
    rates: (before: string, after: string) => `${before} events in an hour before, ${after} after`
  }
}
