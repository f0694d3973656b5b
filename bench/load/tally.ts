/**
 * Adds up what a load did: every event that was sent ends in one of outcomes, refusals or unanswered, and in the
 * journal.
 */
import { createHistogram, record, summaryMs, type Histogram } from './histogram.ts'
import { note, type Journal } from './journal.ts'
import { markerOf } from './requests.ts'
import type { Response } from './response.ts'
import type { LoadProgress, LoadReport } from './types.ts'

export type Tally = {
  run: number
  journal: Journal
  sent: number
  acknowledged: number
  refused: number
  unanswered: number
  outcomes: Record<string, number>
  refusals: Record<string, number>
  statuses: Record<string, number>
  connectionsLost: number
  connectErrors: Record<string, number>
  window: Window
}

type Window = {
  state: 'before' | 'open' | 'closed'
  openedAtMs: number
  seconds: number
  acknowledged: number
  latency: Histogram
  cpu: NodeJS.CpuUsage
  cpuS: number
}

export function createTally(run: number, journal: Journal): Tally {
  return {
    run,
    journal,
    sent: 0,
    acknowledged: 0,
    refused: 0,
    unanswered: 0,
    outcomes: {},
    refusals: {},
    statuses: {},
    connectionsLost: 0,
    connectErrors: {},
    window: {
      state: 'before',
      openedAtMs: 0,
      seconds: 0,
      acknowledged: 0,
      latency: createHistogram(),
      cpu: { user: 0, system: 0 },
      cpuS: 0
    }
  }
}

export function openWindow({ window }: Tally): void {
  window.state = 'open'
  window.openedAtMs = performance.now()
  window.cpu = process.cpuUsage()
}

export function closeWindow({ window }: Tally): void {
  const used = process.cpuUsage(window.cpu)
  window.state = 'closed'
  window.seconds = (performance.now() - window.openedAtMs) / 1_000
  window.cpuS = (used.user + used.system) / 1e6
}

export function noteResponse(tally: Tally, sequence: number, response: Response, latencyMs: number): void {
  const { status } = response
  count(tally.statuses, String(status))
  const accepted = status === 202 || status === 200 ? acceptance(response.body) : undefined
  if (accepted) {
    tally.acknowledged++
    count(tally.outcomes, accepted.outcome)
    if (tally.window.state === 'open') {
      tally.window.acknowledged++
      record(tally.window.latency, latencyMs * 1_000)
    }
  } else {
    tally.refused++
    count(tally.refusals, reasonOf(response))
  }
  note(tally.journal, {
    marker: markerOf(tally.run, sequence),
    status,
    fate: accepted ? accepted.outcome : reasonOf(response),
    id: accepted ? accepted.id : ''
  })
}

/** `why` is `lost` (the connection ended first) or `timeout`. */
export function noteUnanswered(tally: Tally, sequence: number, why: string): void {
  tally.unanswered++
  note(tally.journal, { marker: markerOf(tally.run, sequence), status: 0, fate: why, id: '' })
}

export function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

export function progressOf(
  tally: Tally,
  before: { acknowledged: number; seconds: number },
  connected: number
): LoadProgress {
  const { sent, acknowledged, refused, unanswered } = tally
  return {
    sent,
    acknowledged,
    refused,
    unanswered,
    connected,
    ratePerS: Math.round((acknowledged - before.acknowledged) / before.seconds)
  }
}

export function reportOf(tally: Tally, bodyBytesMean: number, journalPath: string): LoadReport {
  const { sent, acknowledged, outcomes, refusals, statuses, unanswered, connectionsLost, connectErrors, window } = tally
  return {
    sent,
    acknowledged,
    outcomes,
    refusals,
    statuses,
    unanswered,
    connectionsLost,
    connectErrors,
    bodyBytesMean: Math.round(bodyBytesMean),
    journalPath,
    window: {
      seconds: window.seconds,
      acknowledged: window.acknowledged,
      ratePerS: window.seconds > 0 ? Math.round(window.acknowledged / window.seconds) : 0,
      latencyMs: summaryMs(window.latency),
      cpuS: window.cpuS,
      cpuUsPerEvent: window.acknowledged > 0 ? (window.cpuS * 1e6) / window.acknowledged : 0
    }
  }
}

/**
 * Id and outcome of an acknowledgement; one that holds neither counts as refused, under its status. A response of
 * Sentry's protocol holds only the client's id: every event of a load is new, so it was stored.
 */
function acceptance(body: string): { id: string; outcome: string } | undefined {
  const answer: unknown = JSON.parse(body)
  if (typeof answer !== 'object' || answer === null || !('id' in answer)) return undefined
  const { id, outcome = 'stored' } = { outcome: undefined, ...answer }
  return typeof id === 'string' && typeof outcome === 'string' ? { id, outcome } : undefined
}

/** The last word of the problem's `type`, or the status where there is none. */
function reasonOf({ status, body }: Response): string {
  return /"type":"[^"]*?([a-z_]+)"/.exec(body)?.[1] ?? `status_${status}`
}
