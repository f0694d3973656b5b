/** What rules and alerts say as sentences, wherever they are shown. */
import { counted, exact } from '../../../lib/format.ts'

export const texts = {
  duration: {
    minutes: (count: number) => counted(count, 'minute'),
    hours: (count: number) => counted(count, 'hour'),
    days: (count: number) => counted(count, 'day')
  },
  atMostEvery: {
    minutes: (count: number) => (count === 1 ? 'at most every minute' : `at most every ${exact(count)} minutes`),
    hours: (count: number) => (count === 1 ? 'at most every hour' : `at most every ${exact(count)} hours`),
    days: (count: number) => (count === 1 ? 'at most every day' : `at most every ${exact(count)} days`)
  },
  everyTime: 'every time',

  /** What follows "When". */
  condition: {
    new_issue: 'a new issue comes up',
    regression: 'a resolved issue comes back',
    escalation: 'an issue escalates'
  },
  threshold: {
    events: (count: number, time: string, where: string) =>
      `more than ${counted(count, 'event')} come in ${time} ${where}`,
    users: (count: number, time: string, where: string) =>
      `more than ${counted(count, 'user')} ${count === 1 ? 'is' : 'are'} affected in ${time} ${where}`,
    where: { issue: 'in one issue', project: 'in the project' },
    increase: (percent: number) => `${percent} % more than before`,
    includeArchived: 'archived issues included'
  },
  filters: {
    environment: (name: string) => `in ${name}`,
    fatal: 'at level fatal',
    level: (level: string) => `at level ${level} or worse`,
    tag: (tag: string) => `tagged ${tag}`,
    query: (query: string) => `matching ${query}`,
    olderThan: (time: string) => `of issues older than ${time}`
  },

  kinds: {
    threshold: 'Threshold',
    new_issue: 'New issue',
    regression: 'Regression',
    escalation: 'Escalation'
  },
  declined: 'wants no mail',
  measured: {
    value: (value: number, of: 'events' | 'users', limit: number) => `${exact(value)} ${of}, over ${exact(limit)}`,
    inTime: (value: number, of: 'events' | 'users', time: string, limit: number) =>
      `${exact(value)} ${of} in ${time}, over ${exact(limit)}`
  }
}
