/** What the card of what was not kept says. */
import { bytes, counted } from '../../../lib/format.ts'

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

export const texts = {
  title: 'Not kept',
  storage: 'Storage',
  all: 'All that was sent in this range was kept.',
  kept: (events: number) => `${counted(events, 'event')} kept in this range`,
  keptOf: (events: number, stored: number) =>
    `${counted(events, 'event')} kept in this range; ${bytes(stored)} stored in all`,

  kinds: {
    sampled_out: 'Sampled out',
    duplicate: 'Duplicates',
    discarded: 'Discarded',
    quarantined: 'Quarantined'
  },
  kindsAbout: {
    sampled_out: 'Left out by the sample rate of the project',
    duplicate: 'Sent before with the same id',
    discarded: 'Of discarded issues',
    quarantined: 'Could not be processed, and set aside'
  },
  reasons,
  refused: (reason: string) => `Refused: ${reason}`,
  refusedAbout: 'Answered with an error; clients may send it again',
  ignored: (kind: string) => `Not kept: ${kind}`,
  ignoredAbout: 'Items of a kind that Mesher does not keep',
  held: (reason: string) => `Held back by clients: ${reason}`,
  heldAbout: (category: string) => `Said by SDKs themselves (${category})`
}
