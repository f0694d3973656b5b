/**
 * Answers as SDKs of Sentry read them: 200 and nothing else is success, with the id that the client knows its event by;
 * a refusal says why in `detail` and in a header, and when to send again in both of the headers that SDKs know.
 */
import type { EventResult, Refusal } from '../schema/outcomes.ts'
import { retryAfterOf, type Header, type HttpAnswer } from './answer.ts'

/** Browsers show a page these headers only by name. */
const exposed: Header = ['Access-Control-Expose-Headers', 'x-sentry-error, x-sentry-rate-limits, retry-after']
/** Every kind of what Mesher keeps: errors, messages (default), security reports, feedback, attachments. */
const categories = 'error;default;security;attachment;feedback'

/**
 * `eventId` is what the client calls it; without one it is told the id that the event was given. Reports of browsers
 * get no body.
 */
export function sentryAnswer(
  kind: 'envelope' | 'reports',
  results: readonly (EventResult | undefined)[],
  eventId: string | undefined
): HttpAnswer {
  if (kind === 'reports') return { status: 200, type: '', body: '', headers: [exposed] }
  const [first] = results
  const id = eventId ?? (first?.status === 202 ? first.id.replaceAll('-', '') : '')
  return { status: 200, type: 'application/json', body: id === '' ? '{}' : `{"id":"${id}"}`, headers: [exposed] }
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

/** What is in a header must be ASCII and end with the line. */
function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 300)
}
