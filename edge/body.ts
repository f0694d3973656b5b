/**
 * Reads bodies into memory within limits: of one body, of all bodies of a project that are under way, and of all there are.
 * A body that takes too long is given up, so a client that sends a byte a second holds little and not for ever.
 */
import type { Refusal, RefusalReason } from '../schema/outcomes.ts'
import { refuse, type Exchange } from './http.ts'
import { edgeRefusals } from './problems.ts'

export type BodyReader = {
  /** `onBody` runs once, with a copy that is the caller's; a refusal has been answered already when it does not. */
  read: (exchange: Exchange, options: ReadOptions) => void
  /** Gives up bodies that have been under way for too long. */
  sweep: (now: number) => void
  waitingBytes: () => number
}

export type ReadOptions = {
  projectId: number
  bytesMax: number
  /** As announced; NaN when it was not. */
  contentLength: number
  onBody: (body: Uint8Array) => void
  onRefused: (reason: RefusalReason) => void
}

export type BodyLimits = { waitingBytesMax: number, projectBytesMax: number, timeoutMs: number, now: () => number }

type Partial = { exchange: Exchange, options: ReadOptions, chunks: Uint8Array[], bytes: number, startedAt: number }

export function bodyReader ({ waitingBytesMax, projectBytesMax, timeoutMs, now }: BodyLimits): BodyReader {
  const partials = new Set<Partial>()
  const byProject = new Map<number, number>()
  let waiting = 0

  /** Null when the chunk is held; otherwise why it may not be. */
  function hold (partial: Partial, chunk: Uint8Array): Refusal | null {
    if (partial.bytes + chunk.byteLength > partial.options.bytesMax) return edgeRefusals.tooLarge
    const ofProject = (byProject.get(partial.options.projectId) ?? 0) + chunk.byteLength
    if (waiting + chunk.byteLength > waitingBytesMax || ofProject > projectBytesMax) return edgeRefusals.busy
    partial.chunks.push(chunk)
    partial.bytes += chunk.byteLength
    waiting += chunk.byteLength
    byProject.set(partial.options.projectId, ofProject)
    return null
  }

  function release (partial: Partial): void {
    if (!partials.delete(partial)) return
    waiting -= partial.bytes
    const { projectId } = partial.options
    const left = (byProject.get(projectId) ?? 0) - partial.bytes
    if (left > 0) byProject.set(projectId, left)
    else byProject.delete(projectId)
  }

  function begin (exchange: Exchange, options: ReadOptions): Partial {
    const partial = { exchange, options, chunks: [], bytes: 0, startedAt: now() }
    partials.add(partial)
    exchange.onGone = () => release(partial)
    return partial
  }

  function giveUp (exchange: Exchange, { onRefused }: ReadOptions, refusal: Refusal): void {
    onRefused(refusal.reason)
    refuse(exchange, refusal, true)
  }

  function read (exchange: Exchange, options: ReadOptions): void {
    const { bytesMax, contentLength, onBody } = options
    if (contentLength > bytesMax) return giveUp(exchange, options, edgeRefusals.tooLarge)
    let partial: Partial | null = null
    exchange.res.onData((chunk, isLast) => {
      if (!exchange.open) return
      // uWS takes the memory back when this returns. Small copies share a pool: an ArrayBuffer of its own for each body costs
      // the garbage collector more than the copying.
      const copy = Buffer.from(new Uint8Array(chunk))
      if (partial === null && isLast && copy.byteLength <= bytesMax) return onBody(copy)

      partial ??= begin(exchange, options)
      const refusal = hold(partial, copy)
      if (refusal !== null || isLast) release(partial)
      if (refusal !== null) return giveUp(exchange, options, refusal)
      if (!isLast) return
      exchange.onGone = null
      onBody(joined(partial))
    })
  }

  function sweep (at: number): void {
    for (const partial of partials) {
      if (partial.startedAt > at - timeoutMs) break
      release(partial)
      giveUp(partial.exchange, partial.options, edgeRefusals.bodyTimeout)
    }
  }

  return { read, sweep, waitingBytes: () => waiting }
}

function joined ({ chunks, bytes }: Partial): Uint8Array {
  const body = new Uint8Array(bytes)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
}
