// Goal: the load generator understands every answer a server may give, in whatever pieces it arrives.
// Method: the same responses whole, byte by byte and several at once; what is not understood must throw.
import t from 'tap'
import { createParser, parse, type Response } from '../../bench/load/response.ts'

const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"id":"a"}'
const refused = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\nretry-after: 7\r\nConnection: close\r\n\r\n{}'

function fed(chunks: string[]): Array<Response | undefined> {
  const parser = createParser()
  return chunks.map(chunk => {
    const bytes = Buffer.from(chunk, 'latin1')
    return parse(parser, bytes, bytes.length)
  })
}

t.test('reads status, body, Retry-After and Connection of a whole response', async t => {
  t.same(fed([accepted]), [{ status: 202, body: '{"id":"a"}', retryAfterS: 0, closes: false }])
  t.same(fed([refused]), [{ status: 503, body: '{}', retryAfterS: 7, closes: true }])
})

t.test('joins a response that arrives byte by byte', async t => {
  const responses = fed([...accepted])
  t.same(
    responses.filter(response => response !== undefined),
    [{ status: 202, body: '{"id":"a"}', retryAfterS: 0, closes: false }]
  )
  t.ok(responses.at(-1))
})

t.test('keeps what follows a response for the next call', async t => {
  const half = refused.slice(0, 40)
  const responses = fed([accepted + half, refused.slice(40)])
  t.equal(responses[0]?.status, 202)
  t.equal(responses[1]?.status, 503)
})

t.test('reads only as many bytes as were received', async t => {
  const bytes = Buffer.from(accepted + 'left over from an earlier read')
  t.equal(parse(createParser(), bytes, accepted.length)?.body, '{"id":"a"}')
})

t.test('takes an empty body', async t => {
  t.equal(fed(['HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'])[0]?.body, '')
})

t.test('refuses what it does not understand', async t => {
  t.throws(() => fed(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n']))
  t.throws(() => fed(['SSH-2.0-OpenSSH\r\n\r\n']))
  t.throws(() => fed(['x'.repeat(1024 * 1024 + 1)]))
})
