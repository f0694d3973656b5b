// Goal: a trusted proxy decides who the client is, in whatever form it writes addresses; headers of anyone else are
// ignored. Method: connections and headers as plain data; header lines that are sent twice go through the edge itself.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { operation, plain } from '../../api/operation.ts'
import type { HttpCall } from '../../api/request.ts'
import { clientFinder } from '../../edge/client-address.ts'
import { rawClient, startEdge, stream } from './support.ts'

const loopback = [127, 0, 0, 1]

type Sent = {
  from?: readonly number[]
  forwardedFor?: readonly string[]
  proto?: readonly string[]
  forwarded?: readonly string[]
}

function clientOf(trustedProxies: string[], { from = loopback, forwardedFor = [], proto = [], forwarded = [] }: Sent) {
  const headers = [
    ...forwardedFor.map(value => ['x-forwarded-for', value] as const),
    ...proto.map(value => ['x-forwarded-proto', value] as const),
    ...forwarded.map(value => ['forwarded', value] as const)
  ]
  return clientFinder(trustedProxies)(
    { getRemoteAddress: () => Uint8Array.from(from).buffer },
    {
      forEach: use => {
        for (const [name, value] of headers) use(name, value)
      }
    }
  )
}

function addressBehind(trustedProxies: string[], ...forwardedFor: string[]): string {
  return clientOf(trustedProxies, { forwardedFor }).remoteAddress
}

t.test('the address of the peer is returned in canonical form', async t => {
  const peers: [number[], string][] = [
    [[203, 0, 113, 9], '203.0.113.9'],
    [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 9], '203.0.113.9'],
    [[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], '2001:db8::1'],
    [[], '']
  ]
  for (const [from, address] of peers) t.same(clientOf([], { from }), { remoteAddress: address, isSecure: false })
})

t.test('headers of a stranger are ignored', async t => {
  const sent = { forwardedFor: ['203.0.113.9'], proto: ['https'] }
  for (const trusted of [[], ['10.0.0.0/8', '::1'], ['::/0'], ['127.0.0.2']]) {
    t.same(clientOf(trusted, sent), { remoteAddress: '127.0.0.1', isSecure: false }, trusted.join())
  }
})

t.test('the client is the nearest hop that is not a trusted proxy', async t => {
  const trusted = ['127.0.0.0/8', '10.0.0.0/8', '2001:db8::/32']
  t.equal(addressBehind(trusted, '203.0.113.9, 198.51.100.7'), '198.51.100.7')
  t.equal(addressBehind(trusted, '203.0.113.9, 198.51.100.7, 10.1.2.3, 2001:db8::5'), '198.51.100.7')
  t.equal(addressBehind(trusted, '10.1.1.1, 10.2.2.2'), '10.1.1.1', 'with proxies alone, the farthest')
  t.equal(addressBehind(trusted), '127.0.0.1')
  t.equal(addressBehind(trusted, ' , '), '127.0.0.1')
  t.equal(addressBehind(['0.0.0.0/0'], '203.0.113.9, 198.51.100.7'), '203.0.113.9')
})

t.test('a mapped peer is trusted like its IPv4 address', async t => {
  const from = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1]
  t.equal(clientOf(['127.0.0.1'], { from, forwardedFor: ['203.0.113.9'] }).remoteAddress, '203.0.113.9')
  t.equal(clientOf(['::ffff:127.0.0.1'], { forwardedFor: ['203.0.113.9'] }).remoteAddress, '203.0.113.9')
})

const forms: [string, string][] = [
  ['203.0.113.9:567', '203.0.113.9'],
  ['"203.0.113.9:567"', '203.0.113.9'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:567', '2001:db8::1'],
  ['"[2001:db8::1]:567"', '2001:db8::1'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:567', '203.0.113.9'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:567', 'fe80::1']
]
for (const [form, address] of forms) {
  t.test(`${form} is ${address}`, async t => t.equal(addressBehind(['127.0.0.1'], form), address))
}

t.test('a hop that is no address ends the chain: what stands before it is ignored', async t => {
  for (const hop of [
    'unknown',
    'nonsense',
    '1.2.3',
    '010.1.2.3',
    '0x7f.0.0.1',
    '1.2.3.4:',
    '1.2.3.4.5',
    '[1.2.3.4',
    '::g',
    '"'
  ]) {
    t.equal(addressBehind(['127.0.0.1'], hop), '127.0.0.1', hop)
    t.equal(addressBehind(['127.0.0.1'], `203.0.113.9, ${hop}`), '127.0.0.1', hop)
    t.equal(addressBehind(['127.0.0.1', '10.0.0.0/8'], `203.0.113.9, ${hop}, 10.0.0.1`), '10.0.0.1', hop)
  }
})

t.test('TLS is what the proxy says that the client came to', async t => {
  const isSecure = (...proto: string[]) => clientOf(['127.0.0.1'], { proto }).isSecure
  t.ok(isSecure('https'))
  t.ok(isSecure('HTTPS, http'))
  t.ok(isSecure('https,http'), 'a proxy of TLS in front of one without')
  t.ok(isSecure('https', 'http'))
  t.notOk(isSecure('http, https'))
  t.notOk(isSecure('http', 'https'))
  t.notOk(isSecure())

  const sent = { forwardedFor: ['198.51.100.7', '203.0.113.9'], proto: ['https, http'] }
  t.notOk(clientOf(['127.0.0.1'], sent).isSecure, 'what stands before the hop of the client is its own claim')
  t.ok(clientOf(['127.0.0.1', '203.0.113.9'], sent).isSecure, 'a trusted hop vouches for it')
})

t.test('Forwarded (RFC 7239) is read where there is no X-Forwarded-For', async t => {
  const found = (...forwarded: string[]) => clientOf(['127.0.0.1', '10.0.0.0/8'], { forwarded })
  t.same(found('for=203.0.113.9;proto=https;by=10.0.0.1'), { remoteAddress: '203.0.113.9', isSecure: true })
  t.same(found('For="[2001:db8::1]:4711"'), { remoteAddress: '2001:db8::1', isSecure: false })
  t.same(found('for=198.51.100.7, for="203.0.113.9:80"', 'for=10.0.0.2'), {
    remoteAddress: '203.0.113.9',
    isSecure: false
  })
  t.same(found('for=203.0.113.9, proto=https'), { remoteAddress: '127.0.0.1', isSecure: true }, 'a hop without a name')
  for (const wrong of ['for=', 'for="203.0.113.9', ';;;', 'for=_hidden', 'for=unknown']) {
    t.equal(found(wrong).remoteAddress, '127.0.0.1', wrong)
  }
  const both = { forwarded: ['for=198.51.100.7'], forwardedFor: ['203.0.113.9'] }
  t.equal(clientOf(['127.0.0.1'], both).remoteAddress, '203.0.113.9')
  t.same(clientOf([], { forwarded: ['for=198.51.100.7;proto=https'] }), {
    remoteAddress: '127.0.0.1',
    isSecure: false
  })
})

t.test('any header is read without an error, and the result is an address', async () => {
  const hop = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.ipV6().map(address => `[${address}]:1`),
    fc.stringMatching(/^[0-9a-f:."[\]% /-]{0,24}$/),
    fc.string()
  )
  fc.assert(
    fc.property(fc.array(hop, { maxLength: 5 }), hops => {
      const address = addressBehind(['127.0.0.1', '10.0.0.0/8'], hops.join(', '))
      assert.match(address, /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]+)$/)
    }),
    { numRuns: 1_000 }
  )
})

t.test('of two lines with addresses the last counts: a proxy adds its own below that of the client', async t => {
  const calls = stream<HttpCall>()
  const things = operation({
    ...plain,
    id: 'listThings',
    method: 'get',
    path: '/api/v1/things',
    tag: 'Things',
    summary: 'Things',
    access: { who: 'anyone' },
    responses: { 204: { description: 'Nothing' } },
    handle: async () => ({ status: 204 })
  })
  const call = async (_operation: unknown, httpCall: HttpCall) => {
    calls.push(httpCall)
    return { status: 204 }
  }
  const edge = await startEdge(t, { api: { operations: [things], call, trustedProxies: ['127.0.0.1'] } })
  rawClient(t, edge.port).write(
    'GET /api/v1/things HTTP/1.1\r\nHost: x\r\n' +
      'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n' +
      'x-forwarded-for: 198.51.100.7\r\nx-forwarded-proto: http\r\n\r\n'
  )
  t.match(await calls.next(), { remoteAddress: '198.51.100.7', isSecure: false })
})
