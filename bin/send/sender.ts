/**
 * Sends events, one a request and a few at a time, and records the fate of each. After a 429 or 503 it waits as the
 * server asks (at most `triesMax` tries an event, at most `waitMsMax` a wait) and sends the event again, which the
 * event_id makes safe. A server that does not answer at all is tried again after a second. Each event ends as exactly
 * one line of the summary.
 */
import * as v from 'valibot'
import type { SampleEvent } from './sample-events.ts'

export type Destination = { url: string; key: string }

export type SendOptions = {
  count: number
  /** Events a second; null for as fast as the server takes them. */
  ratePerS: number | null
  next: () => SampleEvent
  /** Called when the fate of one more event is known. */
  onFate: (fate: Fate) => void
  signal: AbortSignal
}

/** `outcome` is the server's word for an accepted event, or the reason why it was not accepted. */
export type Fate = { accepted: boolean; status: number | null; outcome: string }

const atOnceMax = 16
const triesMax = 5
const waitMsMax = 60_000
const requestMsMax = 30_000
const acceptedSchema = v.object({ outcome: v.string() })
const problemSchema = v.object({
  detail: v.string(),
  errors: v.optional(v.array(v.object({ path: v.string(), message: v.string() })), [])
})

export async function sendEvents(destination: Destination, options: SendOptions): Promise<void> {
  const startedAt = performance.now()
  // All senders wait when the server asks one to: the limit is the project's, not the request's.
  const pause = { untilMs: 0 }
  let sent = 0

  const worker = async (): Promise<void> => {
    while (sent < options.count && !options.signal.aborted) {
      const dueAt = options.ratePerS === null ? startedAt : startedAt + (sent * 1_000) / options.ratePerS
      sent += 1
      await sleep(dueAt - performance.now(), options.signal)
      const fate = await sendOne(destination, options.next(), pause, options.signal)
      if (fate !== null) options.onFate(fate)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, options.count) }, worker))
}

/** Null when the sending was broken off before the fate was known. */
async function sendOne(
  destination: Destination,
  event: SampleEvent,
  pause: { untilMs: number },
  signal: AbortSignal
): Promise<Fate | null> {
  const body = JSON.stringify(event)
  let fate: Fate | null = null
  for (let tries = 0; tries < triesMax; tries++) {
    await sleep(pause.untilMs - performance.now(), signal)
    if (signal.aborted) return null
    const answer = await post(destination, body, signal)
    fate = answer.fate
    if (answer.retryAfterMs === null) return fate
    pause.untilMs = Math.max(pause.untilMs, performance.now() + answer.retryAfterMs)
  }
  return fate
}

/** `retryAfterMs` is null when the fate is final. */
type Answer = { fate: Fate; retryAfterMs: number | null }

async function post({ url, key }: Destination, body: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(`${url}/api/v1/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Mesher-Key': key },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMsMax)])
    })
    return await answerOf(response)
  } catch (error) {
    // Refused connections, resets and timeouts: fetch puts the reason into the cause.
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    return { fate: { accepted: false, status: null, outcome: `no answer (${reason})` }, retryAfterMs: 1_000 }
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const { status } = response
  const text = await response.text()
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
  const accepted = v.safeParse(acceptedSchema, json.output)
  if (status === 202 && accepted.success) {
    return { fate: { accepted: true, status, outcome: accepted.output.outcome }, retryAfterMs: null }
  }

  const problem = v.safeParse(problemSchema, json.output)
  const fate = { accepted: false, status, outcome: problem.success ? problemText(problem.output) : response.statusText }
  return { fate, retryAfterMs: status === 429 || status === 503 ? retryAfterMs(response) : null }
}

/** Only the first of several field errors is shown. */
function problemText({ detail, errors: [first] }: v.InferOutput<typeof problemSchema>): string {
  return first === undefined ? detail : `${detail} ${first.path} ${first.message}`
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 1)
  return Math.min(waitMsMax, Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : 1_000)
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return
  await new Promise<void>(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
