/** What settings mean, in words. */
import type { ScrubRules, Storage } from '../../api/types.ts'
import { counted, exact } from '../../lib/format.ts'

const dayMs = 86_400_000

type NameRule = Pick<ScrubRules['names'][number], 'anywhere' | 'whole' | 'parts' | 'last_parts'>

/** The effect of a sample rate. */
export function samplingInWords(rate: number): string {
  if (rate >= 1) return 'Every event is kept.'
  if (rate <= 0) return 'No event is kept. They are counted as sampled out, and that is all.'
  const oneIn = 1 / rate
  const share =
    Math.abs(oneIn - Math.round(oneIn)) < 0.05 * oneIn
      ? `about 1 in ${exact(Math.round(oneIn))} events`
      : `about ${exact(Math.round(rate * 100))} of 100 events`
  return `Keeps the first 10 events of each issue, and of the rest ${share}, which stand for the others in all counts.`
}

/** The effect of a rate limit. */
export function limitInWords(perMinute: number | null): string {
  if (perMinute === null) return 'No limit: whatever is sent is taken.'
  const perSecond = perMinute / 60
  const rate =
    perSecond >= 1
      ? `${exact(Math.round(perSecond * 10) / 10)} a second on average`
      : `one every ${exact(Math.round(60 / perMinute))} seconds on average`
  return `That is ${rate}. What is beyond is answered 429, and SDKs wait as long as they are told to.`
}

/** How many events are older than that, and so would be removed. */
export function eventsOlderThan(days: number, { per_day: perDay }: Pick<Storage, 'per_day'>, now: number): number {
  const oldest = now - days * dayMs
  return perDay.reduce((sum, { day, events }) => (Date.parse(day) + dayMs <= oldest ? sum + events : sum), 0)
}

/** What choosing another retention does. */
export function retentionInWords(
  chosen: number,
  stored: number,
  storage: Pick<Storage, 'per_day'> | undefined,
  now: number
): string {
  if (chosen > stored) {
    return (
      `Events that come from now on are kept for ${chosen} days. ` +
      `Stored events keep the ${stored} days that they came with.`
    )
  }
  if (chosen === stored) {
    return `Events older than ${chosen} days are removed, day by day. Issues stay, with their counts.`
  }
  const gone = storage === undefined ? 'Events' : `About ${counted(eventsOlderThan(chosen, storage, now), 'event')}`
  return (
    `${gone} older than ${chosen} days will be removed now, in the background. ` +
    'That cannot be undone. Issues stay, with their counts.'
  )
}

/** Which names a rule of scrubbing means. */
export function nameRuleInWords({ anywhere, whole, parts, last_parts: lastParts }: NameRule): string {
  const rules = [
    anywhere.length > 0 ? `names that hold ${anywhere.join(', ')}` : '',
    whole.length > 0 ? `the names ${whole.join(', ')}` : '',
    parts.length > 0 ? `names with ${parts.join(', ')} as a part` : '',
    lastParts.length > 0 ? `names that end with ${lastParts.join(', ')} as a part` : ''
  ].filter(rule => rule !== '')
  const text = rules.join('; ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
