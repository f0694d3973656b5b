/**
 * Answers in the form that SDKs of Sentry read. Success is 200 and nothing else, with the id by which the client knows
 * its event. A refusal has the reason in `detail` and in a header, and the time to wait in both headers that SDKs know.
 */
import type { EventResult, Refusal } from '../schema/outcomes.ts'
import { retryAfterOf, type Header, type HttpAnswer } from './answer.ts'

/** A page of another origin can read only the headers that are named here. */
const exposed: Header = ['Access-Control-Expose-Headers', 'x-sentry-error, x-sentry-rate-limits, retry-after']
/** Every category that Mesher stores: errors, messages (default), security reports, feedback, attachments. */
const categories = 'error;default;security;attachment;feedback'

/** What SDKs send and Mesher does not keep: told in answer to it, they stop sending it for an hour. */
const notKept: Header = [
  'X-Sentry-Rate-Limits',
  '3600:transaction;span;session;replay;profile;profile_chunk;profile_chunk_ui;log_item;log_byte;metric_bucket;' +
    'trace_metric:key:not_kept'
]

/**
 * `eventId` is the client's own id; without one the answer has the id that Mesher gave. Browser reports get no body.
 */
export function sentryAnswer(
  kind: 'envelope' | 'reports',
  results: readonly (EventResult | undefined)[],
  eventId: string | undefined
): HttpAnswer {
  if (kind === 'reports') return { status: 200, type: '', body: '', headers: [exposed] }
  const [first] = results
  const id = eventId ?? (first?.status === 202 ? first.id.replaceAll('-', '') : '')
  const keptNothing = first?.status === 202 && first.outcome === 'ignored'
  const headers = keptNothing ? [exposed, notKept] : [exposed]
  return { status: 200, type: 'application/json', body: id === '' ? '{}' : `{"id":"${id}"}`, headers }
}

export function sentryRefusal(refusal: Refusal, headers: readonly Header[] = []): HttpAnswer {
  const { status, detail, errors } = refusal
  const causes = errors?.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const all: Header[] = [...headers, exposed, ['X-Sentry-Error', oneLine(detail)]]
  const seconds = retryAfterOf(refusal)
  if (seconds !== null) {
    all.push(['Retry-After', seconds])
    if (status === 429) all.push(['X-Sentry-Rate-Limits', `${seconds}:${categories}:key:quota_exceeded`])
  }
  return { status, type: 'application/json', body: JSON.stringify({ detail, causes }), headers: all }
}

/** A header holds one line of ASCII. */
function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 300)
}
