// Goal: https goes through the proxy, to checked addresses alone, and only http and excepted hosts go past it.
// Method: a small CONNECT proxy and an https receiver on this machine; names resolve as the test says.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import type { Server } from 'node:net'
import t from 'tap'
import { postJson, type PostOptions } from '../../../services/machine/post-json.ts'
import { proxyFor } from '../../../services/machine/proxy.ts'
import { testCertificate } from '../../mesh/node/test-certificate.ts'
import { receiver } from '../../support/receiver.ts'

type Test = { teardown: (work: () => void) => void }

async function portOf(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Every tunnel leads to the receiver; `status` other than 200 refuses it. */
async function world(t: Test, status = 200) {
  const bodies: string[] = []
  const asked: [target: string | undefined, authorization: string | undefined][] = []
  const port = await portOf(
    t,
    createTlsServer(testCertificate, (request, response) => {
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()))
      request.on('end', () => response.writeHead(202, { 'retry-after': '5' }).end('thanks'))
    })
  )
  const proxy = createServer()
  proxy.on('connect', (request, near) => {
    asked.push([request.url, request.headers['proxy-authorization']])
    if (status !== 200) return near.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
    const far = connect(port, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.pipe(near).pipe(far)
    })
    far.on('error', () => near.destroy())
    near.on('error', () => far.destroy())
    return far
  })
  const url = `http://user:p%40ss@127.0.0.1:${await portOf(t, proxy)}`
  const post = (to: string, options: Partial<PostOptions> = {}) =>
    postJson(
      { url: to, body: '{"a":1}', headers: {} },
      {
        allowPrivate: false,
        timeoutMs: 10_000,
        proxy: { url, except: [] },
        ca: testCertificate.cert,
        resolve: async () => [
          { address: '2606:2800:220:1::1', family: 6 },
          { address: '93.184.216.34', family: 4 }
        ],
        ...options
      }
    )
  return { post, asked, bodies }
}

t.test('a request goes through the tunnel, encrypted for the name of the target', async t => {
  const { post, asked, bodies } = await world(t)
  const never = async () => {
    throw new Error('names need not resolve here')
  }
  t.same(await post('https://localhost:8443/hook', { allowPrivate: true, resolve: never }), {
    status: 202,
    retryAfter: '5',
    body: 'thanks'
  })
  t.same(asked, [['localhost:8443', `Basic ${Buffer.from('user:p@ss').toString('base64')}`]])
  t.same(bodies, ['{"a":1}'])
})

t.test('the proxy is asked for the address that was checked, and the certificate must be for the name', async t => {
  const { post, asked, bodies } = await world(t)
  await t.rejects(post('https://hooks.example.com/'), /hooks\.example\.com/)
  t.match(asked, [['93.184.216.34:443']])
  t.same(bodies, [])
})

t.test('private targets are refused before the proxy is asked', async t => {
  const { post, asked } = await world(t)
  const resolve = async () => [{ address: '10.0.0.1', family: 4 as const }]
  for (const target of ['https://hooks.example.com', 'https://127.0.0.1', 'https://[::1]', 'https://a.internal']) {
    await t.rejects(post(target, { resolve }), /of the public Internet/, target)
  }
  t.same(asked, [])
})

t.test('a proxy that refuses or is away fails the request; nothing goes around it', async t => {
  const { post, bodies } = await world(t, 407)
  await t.rejects(post('https://localhost', { allowPrivate: true }), /the proxy answered 407/)
  const away = { url: 'http://127.0.0.1:1', except: [] }
  await t.rejects(post('https://localhost', { allowPrivate: true, proxy: away }), /the proxy cannot be reached/)
  t.same(bodies, [])
})

t.test('http and hosts of NO_PROXY are reached directly', async t => {
  const { post, asked } = await world(t)
  const target = await receiver(t)
  t.match(await post(target.url, { allowPrivate: true }), { status: 200 })
  t.same(asked, [])
  const isDirect = (url: string, ...except: string[]): boolean =>
    proxyFor(new URL(url), { url: 'http://proxy', except }) === null
  for (const [url, entry] of [
    ['https://example.com', 'example.com'],
    ['https://a.example.com', 'example.com'],
    ['https://a.example.com', '.example.com'],
    ['https://a.example.com', '*.example.com'],
    ['https://example.com:8443', 'example.com:8443'],
    ['https://10.1.2.3', '10.1.2.3'],
    ['https://10.1.2.3', '10.0.0.0/8'],
    ['https://[fd00::1]', '[fd00::1]'],
    ['https://example.com', '*']
  ] as const) {
    t.ok(isDirect(url, 'other.example.org', entry), `${url} ${entry}`)
  }
  for (const [url, entry] of [
    ['https://badexample.com', 'example.com'],
    ['https://example.com', 'example.com:8443'],
    ['https://11.1.2.3', '10.0.0.0/8'],
    ['https://example.com', '10.0.0.0/8']
  ] as const) {
    t.notOk(isDirect(url, entry), `${url} ${entry}`)
  }
})
