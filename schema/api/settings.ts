/** What the operations on a project's settings and storage take and return. */
import * as v from 'valibot'
import { limits } from '../limits.ts'
import { retentionClasses } from '../pipeline.ts'
import { rateLimit } from './names.ts'

const retentionDays = v.picklist(retentionClasses, `must be one of ${retentionClasses.join(', ')}`)
const sampleRate = v.pipe(
  v.number('must be a number from 0 to 1'),
  v.minValue(0, 'must be a number from 0 to 1'),
  v.maxValue(1, 'must be a number from 0 to 1')
)
export const scrubIp = v.picklist(['keep', 'drop'], 'must be keep or drop')

export const settings = v.object({
  retention_days: retentionDays,
  sample_rate: sampleRate,
  rate_limit_per_minute: rateLimit,
  scrub: v.object({ enabled: v.boolean(), fields: v.array(v.string()), safe_fields: v.array(v.string()), ip: scrubIp }),
  grouping: v.object({ fingerprint_rules: v.string(), stack_rules: v.string() })
})

/** A name, or a part of one; letters and digits count alone, in any case. */
const field = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.maxLength(100, 'must have at most 100 characters'),
  v.regex(/[\p{L}\p{N}]/u, 'must have a letter or a digit')
)

export const scrubFields = v.pipe(v.array(field, 'must be a list'), v.maxLength(100, 'must have at most 100 names'))

/** A rule a line; what is wrong with one is found when they are parsed. */
export const rulesText = v.pipe(
  v.string('must be a string'),
  v.maxLength(limits.rulesCharsMax, `must have at most ${limits.rulesCharsMax} characters`)
)

export const settingsChange = v.strictObject({
  retention_days: v.optional(retentionDays),
  sample_rate: v.optional(sampleRate),
  rate_limit_per_minute: v.optional(rateLimit),
  scrub: v.optional(
    v.strictObject({
      enabled: v.optional(v.boolean('must be true or false')),
      fields: v.optional(scrubFields),
      safe_fields: v.optional(scrubFields),
      ip: v.optional(scrubIp)
    })
  ),
  grouping: v.optional(v.strictObject({ fingerprint_rules: v.optional(rulesText), stack_rules: v.optional(rulesText) }))
})

const count = v.pipe(v.number(), v.integer())

export const storage = v.object({
  event_count: count,
  bytes: count,
  per_day: v.array(v.object({ day: v.pipe(v.string(), v.isoDate()), events: count, bytes: count })),
  forecast_bytes: count,
  sampled_out: count,
  rate_limited: count,
  rejected: count
})
