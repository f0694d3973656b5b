/** What became of what was sent, in rows: what is kept, then what is not and why. */
import type { Outcomes } from '../../api/types.ts'

export type OutcomeRow = { name: string; about: string; count: number }

const kinds: readonly { kind: keyof Outcomes['events']; name: string; about: string }[] = [
  { kind: 'sampled_out', name: 'Sampled out', about: 'Left out by the sample rate of the project' },
  { kind: 'duplicate', name: 'Duplicates', about: 'Sent before with the same id' },
  { kind: 'discarded', name: 'Discarded', about: 'Of discarded issues' },
  { kind: 'quarantined', name: 'Quarantined', about: 'Could not be processed, and set aside' }
]

const reasons: Readonly<Record<string, string>> = {
  rate_limited: 'over the rate limit',
  invalid: 'not of the documented form',
  malformed: 'could not be read',
  too_large: 'too large',
  unauthorized: 'key unknown or revoked',
  overloaded: 'server overloaded',
  unavailable: 'storage away',
  disk_full: 'disk full'
}

const plain = (word: string): string => word.replaceAll('_', ' ')

export function outcomeRows({ events, refused, ignored, client_discarded: held }: Outcomes): OutcomeRow[] {
  const rows = [
    ...kinds.map(({ kind, name, about }) => ({ name, about, count: events[kind] })),
    ...Object.entries(refused).map(([reason, count]) => ({
      name: `Refused: ${reasons[reason] ?? plain(reason)}`,
      about: 'Answered with an error; clients may send it again',
      count
    })),
    ...Object.entries(ignored).map(([type, count]) => ({
      name: `Not kept: ${plain(type)}`,
      about: 'Items of a kind that Mesher does not keep',
      count
    })),
    ...held.map(({ reason, category, count }) => ({
      name: `Held back by clients: ${plain(reason)}`,
      about: `Said by SDKs themselves (${category})`,
      count
    }))
  ]
  return rows.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
}
