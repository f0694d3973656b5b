/** What the export of events says. */
import { counted, exact } from '../../../lib/format.ts'

export const texts = {
  title: 'Export events',
  /** `range` is like "in the last 24 hours". */
  about: (range: string, max: number) =>
    `What the list finds ${range}, newest first, at most ${exact(max)}: ` +
    'the columns of the list with message, time and ids.',
  format: 'As a file of',
  formats: {
    csv: { name: 'CSV', about: 'for spreadsheets' },
    ndjson: { name: 'NDJSON', about: 'a JSON object a line' }
  },
  progress: 'How far it is',
  read: (count: number) => `${counted(count, 'event')} read`,
  export: 'Export',
  tryAgain: 'Try again',
  saveThese: (count: number) => `Save these ${exact(count)}`,
  saved: (count: number) => `Saved ${counted(count, 'event')}`,
  savedNewest: (count: number) => `Saved the newest ${counted(count, 'event')}: narrow the range for the others`
}
