/**
 * The table of admitted requests that wait for their outcome, by number. Only `settle` answers them. A request that is
 * still here at the deadline is answered 503, so a crash anywhere behind the edge loses no request silently. A client
 * that leaves is removed. A bulk request is answered when the last of its events is decided, with the results in the
 * order of its input; of two replies for one event the first counts, and the second is counted as late.
 */
import assert from 'node:assert/strict'
import type { EdgeFigures } from '../schema/metrics.ts'
import type { EventResult, RefusalReason, Reply } from '../schema/outcomes.ts'
import type { OtlpFormat } from '../schema/pipeline.ts'
import { refusals } from '../schema/refusals.ts'
import { answer, answerJson, fail, refuse, type Exchange } from './http.ts'
import { otlpAnswer } from './otlp-answers.ts'
import { sentryAnswer } from './sentry-answers.ts'

export type PendingStats = Pick<EdgeFigures, 'pending' | 'aborted' | 'timedOut' | 'late'>

export type PendingTable = {
  /** Returns the number under which `settle` answers the request. */
  open: (exchange: Exchange, kind: RequestKind, projectId: number) => number
  settle: (replies: readonly Reply[]) => void
  /** Answers 503 to the requests that have waited for longer than the deadline. */
  sweep: (now: number) => void
  size: () => number
  stats: () => PendingStats
}

/** Which form the answer has. */
export type RequestKind = 'event' | 'bulk' | 'envelope' | 'reports' | OtlpFormat

export type PendingOptions = {
  deadlineMs: number
  now: () => number
  onRefused: (projectId: number, reason: RefusalReason) => void
}

type Entry = {
  exchange: Exchange
  kind: RequestKind
  projectId: number
  openedAt: number
  results: (EventResult | undefined)[]
  missing: number
}

export function pendingTable({ deadlineMs, now, onRefused }: PendingOptions): PendingTable {
  const entries = new Map<number, Entry>()
  const counts = { aborted: 0, timedOut: 0, late: 0 }
  let last = 0

  function open(exchange: Exchange, kind: RequestKind, projectId: number): number {
    const request = ++last
    entries.set(request, { exchange, kind, projectId, openedAt: now(), results: [], missing: -1 })
    exchange.onGone = () => {
      counts.aborted += 1
      entries.delete(request)
    }
    return request
  }

  function settle(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const entry = entries.get(reply.request)
      if (entry === undefined) {
        counts.late += 1
        continue
      }
      try {
        if (answered(entry, reply)) entries.delete(reply.request)
      } catch (error) {
        entries.delete(reply.request)
        fail(entry.exchange, error)
      }
    }
  }

  /** False while other events of the request are undecided. */
  function answered(entry: Entry, reply: Reply): boolean {
    const { exchange, kind } = entry
    if ('refusal' in reply) {
      refuse(exchange, reply.refusal)
      return true
    }
    if (kind === 'event') {
      answerEvent(exchange, reply.result)
      return true
    }
    if (!collect(entry, reply.index, reply.total, reply.result)) return false
    if (kind === 'bulk') answerBulk(entry)
    else if (kind === 'envelope' || kind === 'reports') answerSentry(entry, kind, reply.eventId)
    else answer(exchange, otlpAnswer(kind, entry.results))
    return true
  }

  /** Stores a result; true when it was the last one missing. */
  function collect(entry: Entry, index: number, total: number, result: EventResult): boolean {
    assert(index >= 0 && index < total, "a reply is for one of the request's events")
    if (entry.missing === -1) entry.missing = total
    if (entry.results[index] === undefined) {
      entry.results[index] = result
      entry.missing -= 1
    } else {
      counts.late += 1
    }
    return entry.missing === 0
  }

  function sweep(at: number): void {
    for (const [request, { exchange, projectId, openedAt }] of entries) {
      if (openedAt > at - deadlineMs) break
      entries.delete(request)
      counts.timedOut += 1
      onRefused(projectId, 'timeout')
      refuse(exchange, refusals.timeout())
    }
  }

  return { open, settle, sweep, size: () => entries.size, stats: () => ({ pending: entries.size, ...counts }) }
}

function answerEvent(exchange: Exchange, result: EventResult): void {
  if (result.status === 202) answerJson(exchange, 202, `{"id":"${result.id}","outcome":"${result.outcome}"}`)
  else refuse(exchange, result)
}

function answerSentry({ exchange, results }: Entry, kind: 'envelope' | 'reports', eventId: string | undefined): void {
  const refused = results.find(result => result?.status === 400)
  if (refused?.status === 400) refuse(exchange, refused)
  else answer(exchange, sentryAnswer(kind, results, eventId))
}

function answerBulk({ exchange, results }: Entry): void {
  const shown = results.map(result => {
    assert(result !== undefined, 'a bulk request is answered when no result is missing')
    return result.status === 202
      ? result
      : { status: result.status, errors: result.errors ?? [{ path: '', message: result.detail }] }
  })
  const accepted = shown.filter(({ status }) => status === 202).length
  answerJson(exchange, 202, JSON.stringify({ accepted, rejected: shown.length - accepted, results: shown }))
}
