/** What settings mean, in words. */
import type { ScrubRules, Storage } from '../../api/types.ts'
import { texts as ingest } from './texts/ingest.ts'
import { texts as scrubbing } from './texts/scrubbing.ts'
import { texts as storageTexts } from './texts/storage.ts'

const dayMs = 86_400_000

type NameRule = Pick<ScrubRules['names'][number], 'anywhere' | 'whole' | 'parts' | 'last_parts'>

/** The effect of a sample rate. */
export function samplingInWords(rate: number): string {
  if (rate >= 1) return ingest.sampling.all
  if (rate <= 0) return ingest.sampling.none
  const oneIn = 1 / rate
  const share =
    Math.abs(oneIn - Math.round(oneIn)) < 0.05 * oneIn
      ? ingest.sampling.oneIn(Math.round(oneIn))
      : ingest.sampling.ofHundred(Math.round(rate * 100))
  return ingest.sampling.share(share)
}

/** The effect of a rate limit. */
export function limitInWords(perMinute: number | null): string {
  if (perMinute === null) return ingest.limit.none
  const perSecond = perMinute / 60
  return perSecond >= 1
    ? ingest.limit.perSecond(Math.round(perSecond * 10) / 10)
    : ingest.limit.oneEvery(Math.round(60 / perMinute))
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
  const { retention } = storageTexts
  if (chosen > stored) return retention.longer(chosen, stored)
  if (chosen === stored) return retention.same(chosen)
  const gone = storage === undefined ? retention.events : retention.about(eventsOlderThan(chosen, storage, now))
  return retention.shorter(gone, chosen)
}

/** Which names a rule of scrubbing means. */
export function nameRuleInWords({ anywhere, whole, parts, last_parts: lastParts }: NameRule): string {
  const rules = [
    anywhere.length > 0 ? scrubbing.rules.anywhere(anywhere.join(', ')) : '',
    whole.length > 0 ? scrubbing.rules.whole(whole.join(', ')) : '',
    parts.length > 0 ? scrubbing.rules.parts(parts.join(', ')) : '',
    lastParts.length > 0 ? scrubbing.rules.lastParts(lastParts.join(', ')) : ''
  ].filter(rule => rule !== '')
  return scrubbing.rules.all(rules)
}
