/**
 * What the parser of uWebSockets.js lets through although RFC 9112 forbids it: a second length of the body, or a coding
 * that it does not know. A proxy in front may have taken the other one, and then the body of one client becomes the
 * request of another. `getHeader` shows the first line of a name only, so all lines are looked at, which takes 0.13 µs
 * a line: 0.9 µs for curl, 1.4 for the SDK of Node.js.
 */
import type { BadRequest, HttpRequest, HttpResponse, RawAnswer } from './types.ts'
import { uwsHeadBytesMax } from './uws-binary.ts'

const digits = /^\d+$/
/** A colon, a space, and the end of the line. */
const bytesBesides = 4

/** Of the head that is being looked at. Not in a closure, which would have to be made for every request. */
let fault: BadRequest | null = null
let bytes = 0
let hasLength = false
let hasCoding = false

export function headFault(req: HttpRequest): BadRequest | null {
  fault = null
  bytes = 0
  hasLength = false
  hasCoding = false
  req.forEach(look)
  return bytes > uwsHeadBytesMax ? 'head_too_large' : fault
}

function look(name: string, value: string): void {
  bytes += name.length + value.length + bytesBesides
  if (name === 'content-length') {
    if (hasLength || !digits.test(value)) fault = 'malformed'
    hasLength = true
  } else if (name === 'transfer-encoding') {
    if (hasCoding || value.trim().toLowerCase() !== 'chunked') fault = 'transfer_coding'
    hasCoding = true
  }
}

/**
 * Answers and ends the connection. Not at once: uWebSockets.js would then take what follows in the same packet for the
 * next request; behind a request without an answer it ends the connection instead.
 */
export function refuseHead(res: HttpResponse, { status, headers, body }: RawAnswer): void {
  let isGone = false
  res.onAborted(() => {
    isGone = true
  })
  setImmediate(() => {
    if (isGone) return
    res.cork(() => {
      res.writeStatus(status)
      for (const [name, value] of headers) res.writeHeader(name, value)
      res.end(body, true)
    })
  })
}
