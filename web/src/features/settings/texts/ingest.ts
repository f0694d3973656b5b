/** What is said of sampling, the rate limit, and what became of what was sent. */
import { exact } from '../../../lib/format.ts'

export const texts = {
  about: 'For the whole project, whichever key is used.',

  sampling: {
    label: 'Sampling',
    inPercent: 'Sampling in percent',
    percent: (percent: number) => `${percent} percent`,
    all: 'Every event is kept.',
    none: 'No event is kept. They are counted as sampled out, and that is all.',
    share: (share: string) =>
      `Keeps the first 10 events of each issue, and of the rest ${share}, which stand for the others in all counts.`,
    oneIn: (count: number) => `about 1 in ${exact(count)} events`,
    ofHundred: (count: number) => `about ${exact(count)} of 100 events`
  },

  limit: {
    label: 'Rate limit',
    unit: 'events a minute',
    none: 'No limit: whatever is sent is taken.',
    perSecond: (events: number) =>
      `That is ${exact(events)} a second on average. What is beyond is answered 429, and SDKs wait as long as they ` +
      'are told to.',
    oneEvery: (seconds: number) =>
      `That is one every ${exact(seconds)} seconds on average. What is beyond is answered 429, and SDKs wait as long ` +
      'as they are told to.'
  },

  outcomes: {
    title: 'What became of what was sent',
    about: 'In the last 24 hours, by whole hours.',
    caption: 'Outcomes of the last 24 hours',
    outcome: 'Outcome',
    events: 'Events',
    share: 'Share',
    of: {
      stored: 'Stored',
      duplicate: 'Sent twice, kept once',
      sampled_out: 'Sampled out',
      discarded: 'Discarded: their issue is not wanted',
      quarantined: 'Set aside: they could not be read'
    },
    refused: (reason: string) => `Refused: ${reason}`,
    ignored: (kind: string) => `Not kept by Mesher: ${kind}`,
    held: (reason: string) => `Held back by the client: ${reason}`,
    heldOf: (reason: string, category: string) => `Held back by the client: ${reason} (${category})`
  }
}
