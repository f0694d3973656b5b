/** What the operations on scrubbing take and return: what is always removed, and one event before and after. */
import * as v from 'valibot'
import { scrubFields, scrubIp } from './settings.ts'

export const scrubRules = v.object({
  /** Names that stand for secrets. */
  names: v.array(
    v.object({
      what: v.string(),
      anywhere: v.array(v.string()),
      whole: v.array(v.string()),
      parts: v.array(v.string()),
      last_parts: v.array(v.string()),
      examples: v.array(v.string())
    })
  ),
  /** What texts are searched for. */
  values: v.array(v.object({ what: v.string(), how: v.string() }))
})

export const scrubPreviewAsked = v.strictObject({
  /** A text is parsed as ingestion would parse it. */
  event: v.union(
    [v.string(), v.record(v.string(), v.unknown())],
    'must be the JSON text of an event, or the event itself'
  ),
  format: v.optional(v.picklist(['event', 'sentry'], 'must be event or sentry'), 'event'),
  scrub: v.strictObject({
    enabled: v.boolean('must be true or false'),
    fields: scrubFields,
    safe_fields: scrubFields,
    ip: scrubIp
  })
})

const removal = v.object({
  path: v.array(v.union([v.string(), v.number()])),
  kind: v.picklist(['name', 'field', 'value', 'pair', 'address']),
  reason: v.string()
})
export type Removal = v.InferOutput<typeof removal>

const event = v.record(v.string(), v.unknown())

/** Both as they would be stored. `removed` has at most 1,000 of `removed_count`. */
export const scrubPreview = v.object({
  before: event,
  after: event,
  removed: v.array(removal),
  removed_count: v.number()
})
export type ScrubPreview = v.InferOutput<typeof scrubPreview>
