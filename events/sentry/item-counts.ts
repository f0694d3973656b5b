/**
 * What is counted of envelopes: items that are not kept, by their type, and what clients say they have discarded
 * themselves. Only words of Sentry's protocol name a counter, anything else is `other`: senders cannot make counters at
 * will.
 */
import { isObject } from '../../schema/event.ts'
import { limits } from '../../schema/limits.ts'
import type { ItemCount } from '../../schema/pipeline.ts'
import { parseJson } from '../json.ts'

const itemTypes = new Set([
  'event',
  'transaction',
  'span',
  'otel_span',
  'session',
  'sessions',
  'client_report',
  'attachment',
  'user_report',
  'feedback',
  'replay_event',
  'replay_recording',
  'replay_video',
  'profile',
  'profile_chunk',
  'check_in',
  'log',
  'trace_metric',
  'otel_log',
  'otel_metric',
  'statsd',
  'metric_buckets',
  'metric_meta',
  'security',
  'raw_security',
  'unreal_report',
  'form_data',
  'nel'
])

const discardReasons = new Set([
  'queue_overflow',
  'cache_overflow',
  'buffer_overflow',
  'ratelimit_backoff',
  'network_error',
  'network',
  'sample_rate',
  'before_send',
  'event_processor',
  'send_error',
  'internal_sdk_error',
  'insufficient_data',
  'backpressure',
  'no_parent_span',
  'invalid',
  'ignored',
  'too_large',
  'feedback_sampling'
])

const categories = new Set([
  'error',
  'default',
  'transaction',
  'span',
  'session',
  'attachment',
  'monitor',
  'profile',
  'profile_chunk',
  'replay',
  'feedback',
  'log_item',
  'log_byte',
  'trace_metric',
  'metric_bucket',
  'security',
  'internal',
  'user_report_v2',
  'transaction_indexed',
  'span_indexed',
  'unknown'
])

const other = 'other'
const reportBytesMax = 64 * 1024
/** More in one report is no count that anybody could have made. */
const quantityMax = 1_000_000

/** A container holds several items and says how many. */
export function ignored(type: string, { item_count: held }: Record<string, unknown>): ItemCount {
  return { outcome: 'ignored', reason: known(itemTypes, type), count: isQuantity(held) ? held : 1 }
}

/** Empty for a report that cannot be read. */
export function clientReportCounts(payload: Buffer): ItemCount[] {
  if (payload.length > reportBytesMax) return []
  const json = parseJson(payload.toString())
  const discarded = json.ok && isObject(json.value) ? json.value.discarded_events : null
  if (!Array.isArray(discarded)) return []
  return discarded.slice(0, limits.clientReportEntriesMax).flatMap((entry: unknown): ItemCount[] => {
    if (!isObject(entry) || !isQuantity(entry.quantity)) return []
    return [
      {
        outcome: 'client_discarded',
        reason: `${known(discardReasons, entry.reason)}:${known(categories, entry.category)}`,
        count: entry.quantity
      }
    ]
  })
}

function known(names: ReadonlySet<string>, name: unknown): string {
  return typeof name === 'string' && names.has(name) ? name : other
}

function isQuantity(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= quantityMax
}
