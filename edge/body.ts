/**
 * Reads bodies into memory within three limits: the bytes of one body, of all bodies of a project that are in flight,
 * and of all bodies in flight. Beyond a limit the request is refused. Slow clients are served as long as they make
 * progress: after a grace they must have sent a kilobyte a second, and there is a limit for the whole body. When bodies
 * fill the room, those that have been arriving for long give way to others. When the client leaves, its bytes are
 * released.
 */
import type { Refusal, RefusalReason } from '../schema/outcomes.ts'
import { fail, refuse, refuseUnread, type Exchange } from './http.ts'
import type { Transport } from './transport/types.ts'
import { edgeRefusals } from './problems.ts'

export type BodyReader = {
  /** `onBody` runs at most once and owns the copy that it gets. Otherwise the request has been refused or has gone. */
  read: (exchange: Exchange, options: ReadOptions) => void
  /** Gives back the bytes of a body that was kept after it was complete. */
  release: (exchange: Exchange) => void
  /** Refuses the bodies that have been arriving for too long. */
  sweep: (now: number) => void
  /** Refuses every body that is still arriving or kept. */
  refuseAll: (refusal: Refusal) => void
  waitingBytes: () => number
}

export type ReadOptions = {
  projectId: number
  bytesMax: number
  /** As announced; NaN for a chunked body. */
  contentLength: number
  /** While true, a complete body still counts against the limits until it is released. */
  keeps: () => boolean
  onBody: (body: Uint8Array) => void
  onRefused: (reason: RefusalReason) => void
}

export type BodyLimits = {
  waitingBytesMax: number
  projectBytesMax: number
  /** Silence that is forgiven, and the time by which a body of any size may be slower than a kilobyte a second. */
  graceMs: number
  /** For a whole body. */
  timeoutMs: number
  now: () => number
  bearWith: Transport['bearWith']
}

type Waiting = {
  options: ReadOptions
  chunks: Uint8Array[]
  bytes: number
  startedAt: number
  /** Bytes at the last time when the transport was asked to bear with the client. */
  borneBytes: number
}

const bytesPerSMin = 1_000
/** Bodies that have been arriving for longer give way when there is no room. */
const giveWayMs = 10_000

export function bodyReader({
  waitingBytesMax,
  projectBytesMax,
  graceMs,
  timeoutMs,
  now,
  bearWith
}: BodyLimits): BodyReader {
  const waiting = new Map<Exchange, Waiting>()
  const budget = byteBudget(waitingBytesMax, projectBytesMax)

  /** Null when the chunk was taken, otherwise the refusal. */
  function hold(exchange: Exchange, held: Waiting, chunk: Uint8Array): Refusal | null {
    const { projectId, bytesMax } = held.options
    if (held.bytes + chunk.byteLength > bytesMax) return edgeRefusals.tooLarge
    if (!budget.take(projectId, chunk.byteLength) && !makeRoom(exchange, projectId, chunk.byteLength)) {
      return edgeRefusals.busy
    }
    held.chunks.push(chunk)
    held.bytes += chunk.byteLength
    return null
  }

  /** The oldest bodies give way, of the project alone where its own budget is the bound. */
  function makeRoom(exchange: Exchange, projectId: number, bytes: number): boolean {
    const oldest = now() - giveWayMs
    for (const [other, { options, startedAt }] of waiting) {
      if (startedAt > oldest) return false
      if (other === exchange || (options.projectId !== projectId && budget.fits(bytes))) continue
      giveUp(other, options, edgeRefusals.busy)
      if (budget.take(projectId, bytes)) return true
    }
    return false
  }

  function release(exchange: Exchange): void {
    const held = waiting.get(exchange)
    if (held === undefined) return
    waiting.delete(exchange)
    exchange.onGone = null
    budget.giveBack(held.options.projectId, held.bytes)
  }

  function begin(exchange: Exchange, options: ReadOptions): Waiting {
    const held = { options, chunks: [], bytes: 0, startedAt: now(), borneBytes: 0 }
    waiting.set(exchange, held)
    exchange.onGone = () => release(exchange)
    return held
  }

  function giveUp(exchange: Exchange, { onRefused }: ReadOptions, refusal: Refusal): void {
    release(exchange)
    onRefused(refusal.reason)
    refuse(exchange, refusal, { close: true })
  }

  function take(exchange: Exchange, options: ReadOptions, chunk: Uint8Array, isLast: boolean): void {
    if (isLast && !waiting.has(exchange) && chunk.byteLength <= options.bytesMax && !options.keeps()) {
      return options.onBody(chunk)
    }

    const held = waiting.get(exchange) ?? begin(exchange, options)
    const refusal = hold(exchange, held, chunk)
    if (refusal !== null) return giveUp(exchange, options, refusal)
    if (!isLast) return
    if (!options.keeps()) release(exchange)
    options.onBody(joined(held))
  }

  function read(exchange: Exchange, options: ReadOptions): void {
    if (options.contentLength > options.bytesMax) {
      options.onRefused('too_large')
      return refuseUnread(exchange, edgeRefusals.tooLarge, options.contentLength)
    }
    exchange.res.onData((chunk, isLast) => {
      if (!exchange.open) return
      try {
        // uWS takes the memory back when this returns. Buffer.from puts small copies into a shared pool: an ArrayBuffer
        // for each body costs the garbage collector more than copying does.
        take(exchange, options, Buffer.from(new Uint8Array(chunk)), isLast)
      } catch (error) {
        release(exchange)
        fail(exchange, error)
      }
    })
  }

  function sweep(at: number): void {
    for (const [exchange, held] of waiting) {
      const { options, bytes, borneBytes, startedAt } = held
      const due = ((at - startedAt - graceMs) / 1_000) * bytesPerSMin
      if (bytes < due || at - startedAt >= timeoutMs || (bytes === 0 && due >= 0)) {
        giveUp(exchange, options, edgeRefusals.bodyTimeout)
      } else if (bytes > borneBytes) {
        held.borneBytes = bytes
        bearWith(exchange.res)
      }
    }
  }

  function refuseAll(refusal: Refusal): void {
    for (const [exchange, { options }] of waiting) giveUp(exchange, options, refusal)
  }

  return { read, release, sweep, refuseAll, waitingBytes: budget.used }
}

function joined({ chunks, bytes }: Waiting): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only !== undefined) return only
  const body = new Uint8Array(bytes)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
}

type ByteBudget = {
  take: (projectId: number, bytes: number) => boolean
  giveBack: (projectId: number, bytes: number) => void
  /** Whether there is room in total, whatever a project has. */
  fits: (bytes: number) => boolean
  used: () => number
}

/** Counts bytes in total and by project. `take` returns false, and counts nothing, beyond either limit. */
function byteBudget(bytesMax: number, projectBytesMax: number): ByteBudget {
  const byProject = new Map<number, number>()
  let used = 0
  return {
    take: (projectId, bytes) => {
      const ofProject = (byProject.get(projectId) ?? 0) + bytes
      if (used + bytes > bytesMax || ofProject > projectBytesMax) return false
      used += bytes
      byProject.set(projectId, ofProject)
      return true
    },
    giveBack: (projectId, bytes) => {
      used -= bytes
      const left = (byProject.get(projectId) ?? 0) - bytes
      if (left > 0) byProject.set(projectId, left)
      else byProject.delete(projectId)
    },
    fits: bytes => used + bytes <= bytesMax,
    used: () => used
  }
}
