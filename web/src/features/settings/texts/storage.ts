/** What is said of storage, retention and the end of a project. */
import { bytes, counted, exact } from '../../../lib/format.ts'

export const texts = {
  about: 'Of the events themselves, without indexes, by days of UTC; behind by about a second.',
  showBy: 'Show by',
  units: { bytes: 'Bytes', events: 'Events' },
  byDay: { bytes: 'Bytes kept by day', events: 'Events kept by day' },
  kept: 'Kept now',
  keptEvents: (events: number) => counted(events, 'event'),
  keptEach: (events: number, each: number) => `${counted(events, 'event')}, ${bytes(each)} each`,
  forecast: 'Forecast',
  forecastAbout: (days: number | undefined) =>
    `when the last week goes on for ${days === undefined ? '…' : exact(days)} days`,
  oldest: 'Oldest day',
  noDay: 'none',
  days: (days: number) => `${counted(days, 'day')} with events`,

  lost: {
    title: 'Not there',
    about: 'What was sent in these days and is not stored.',
    sampledOut: 'Sampled out',
    sampledOutAbout: 'by the sampling of this project',
    rateLimited: 'Rate limited',
    rateLimitedAbout: 'beyond a limit of the project or a key',
    rejected: 'Rejected',
    rejectedAbout: 'malformed, too large, or refused for another reason'
  },

  retention: {
    label: 'Keep events for',
    days: (days: number) => `${days} days`,
    longer: (days: number, before: number) =>
      `Events that come from now on are kept for ${days} days. Stored events keep the ${before} days that they came ` +
      'with.',
    same: (days: number) => `Events older than ${days} days are removed, day by day. Issues stay, with their counts.`,
    events: 'Events',
    about: (events: number) => `About ${counted(events, 'event')}`,
    shorter: (events: string, days: number) =>
      `${events} older than ${days} days will be removed now, in the background. That cannot be undone. Issues stay, ` +
      'with their counts.',
    question: 'Remove older events?',
    confirm: (days: number) => `Keep ${days} days only`
  },

  danger: {
    delete: 'Delete this project',
    about:
      'Its issues, keys, rules and alerts. It is gone for everybody at once, its keys stop within 5 seconds, and the ' +
      'data is removed in the background.',
    aboutEvents: (events: number, size: number) =>
      `Its issues and ${counted(events, 'event')} (${bytes(size)}), keys, rules and alerts. It is gone for everybody ` +
      'at once, its keys stop within 5 seconds, and the data is removed in the background.',
    open: 'Delete the project…',
    question: (project: string) => `Delete ${project}?`,
    confirm: 'Delete the project',
    deleted: (project: string) => `“${project}” is gone. Its data is being removed.`
  }
}
