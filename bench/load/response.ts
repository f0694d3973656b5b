/**
 * Reads HTTP/1.1 responses out of what a socket delivers: status line, Content-Length, Retry-After, Connection, body.
 * Usually one read holds one whole response; what is cut in two is kept and joined. Chunked bodies and responses
 * above `responseCharsMax` are not understood and throw: the caller drops the connection.
 */

/** `body` holds one character per byte (latin1): ids and outcomes are ASCII, other text is only shown. */
export type Response = { status: number; body: string; retryAfterS: number; closes: boolean }

export type ResponseParser = { rest: string }

const responseCharsMax = 1024 * 1024
const headEnd = '\r\n\r\n'

export function createParser(): ResponseParser {
  return { rest: '' }
}

/** Takes the next bytes; gives a response when one is complete. Bytes after it wait for the next call. */
export function parse(parser: ResponseParser, bytes: Buffer, length: number): Response | undefined {
  const text = parser.rest + bytes.toString('latin1', 0, length)
  const bodyAt = text.indexOf(headEnd) + headEnd.length
  if (bodyAt < headEnd.length) return incomplete(parser, text)

  const head = text.slice(0, bodyAt)
  const contentLength = /\ncontent-length: *(\d+)/i.exec(head)?.[1]
  const status = Number(head.slice(9, 12))
  if (contentLength === undefined || !head.startsWith('HTTP/1.1 ') || !(status >= 200)) {
    throw new Error(`cannot read the response ${JSON.stringify(head.slice(0, 200))}`)
  }

  const end = bodyAt + Number(contentLength)
  if (text.length < end) return incomplete(parser, text)
  parser.rest = text.slice(end)
  return {
    status,
    body: text.slice(bodyAt, end),
    retryAfterS: status < 400 ? 0 : Number(/\nretry-after: *(\d+)/i.exec(head)?.[1] ?? 0),
    closes: /\nconnection: *close/i.test(head)
  }
}

function incomplete(parser: ResponseParser, text: string): undefined {
  if (text.length > responseCharsMax) throw new Error('the response is too long')
  parser.rest = text
}
