/**
 * The table of requests that wait for their fate, by number. `settle` is the only way to an answer; whoever is still here
 * at the deadline gets a 503, so a crash anywhere behind the edge loses no request silently. Clients that leave are
 * forgotten. A bulk request is answered when the last of its events is decided, in the order of its input.
 */
import type { EventResult, RefusalReason, Reply } from '../schema/outcomes.ts'
import { refusals } from '../schema/refusals.ts'
import { answerJson, refuse, type Exchange } from './http.ts'

export type PendingStats = { pending: number, answered: number, aborted: number, timedOut: number, late: number }

export type PendingTable = {
  /** Gives the request a number under which `settle` answers it. */
  open: (exchange: Exchange, kind: 'event' | 'bulk', projectId: number) => number
  settle: (replies: readonly Reply[]) => void
  /** Answers 503 to whoever has waited for longer than the deadline. */
  sweep: (now: number) => void
  size: () => number
  stats: () => PendingStats
}

export type PendingOptions = {
  deadlineMs: number
  now: () => number
  onRefused: (projectId: number, reason: RefusalReason) => void
}

type Entry = { exchange: Exchange, kind: 'event' | 'bulk', projectId: number, openedAt: number, results: (EventResult | undefined)[], missing: number }

export function pendingTable ({ deadlineMs, now, onRefused }: PendingOptions): PendingTable {
  const entries = new Map<number, Entry>()
  const counts = { answered: 0, aborted: 0, timedOut: 0, late: 0 }
  let last = 0

  function open (exchange: Exchange, kind: 'event' | 'bulk', projectId: number): number {
    const request = ++last
    entries.set(request, { exchange, kind, projectId, openedAt: now(), results: [], missing: -1 })
    exchange.onGone = () => {
      counts.aborted += 1
      entries.delete(request)
    }
    return request
  }

  function settleOne (reply: Reply): void {
    const entry = entries.get(reply.request)
    if (entry === undefined) {
      counts.late += 1
      return
    }
    if ('refusal' in reply) refuse(entry.exchange, reply.refusal)
    else if (entry.kind === 'event') answerEvent(entry.exchange, reply.result)
    else if (collect(entry, reply.index, reply.total, reply.result)) answerBulk(entry)
    else return
    counts.answered += 1
    entries.delete(reply.request)
  }

  function sweep (at: number): void {
    for (const [request, { exchange, projectId, openedAt }] of entries) {
      if (openedAt > at - deadlineMs) break
      counts.timedOut += 1
      onRefused(projectId, 'timeout')
      refuse(exchange, refusals.timeout())
      entries.delete(request)
    }
  }

  return {
    open,
    settle: replies => { for (const reply of replies) settleOne(reply) },
    sweep,
    size: () => entries.size,
    stats: () => ({ pending: entries.size, ...counts })
  }
}

function answerEvent (exchange: Exchange, result: EventResult): void {
  if (result.status === 202) answerJson(exchange, '202 Accepted', `{"id":"${result.id}","outcome":"${result.outcome}"}`)
  else refuse(exchange, result)
}

/** Takes a result down; true when it was the last one missing. */
function collect (entry: Entry, index: number, total: number, result: EventResult): boolean {
  if (entry.missing === -1) entry.missing = total
  if (entry.results[index] === undefined) entry.missing -= 1
  entry.results[index] = result
  return entry.missing === 0
}

function answerBulk ({ exchange, results }: Entry): void {
  const shown = results.map(result => {
    if (result === undefined) throw new Error('a bulk request was answered with a result missing')
    return result.status === 202 ? result : { status: result.status, errors: result.errors ?? [{ path: '', message: result.detail }] }
  })
  const accepted = shown.filter(({ status }) => status === 202).length
  answerJson(exchange, '202 Accepted', JSON.stringify({ accepted, rejected: shown.length - accepted, results: shown }))
}
