// Goal: nothing but addresses of the public Internet is reached, however they are written and whatever names lead to.
// Method: addresses and URLs of all kinds, and texts made at random.
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { addressesOf, isPublicAddress, refusalOfUrl, type IpAddress } from '../../../services/machine/public-address.ts'

const privateAddresses = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.175.48.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:a00:1',
  '0:0:0:0:0:ffff:0a00:0001',
  '::8.8.8.8',
  '64:ff9b::a00:1',
  '64:ff9b:1::1',
  '100::1',
  'fc00::1',
  'fdff::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:3::1',
  '2001:4:112::1',
  '2001:0:a00:1::',
  '2001:db8::1',
  '2002:a00:1::1',
  '2002:7f00:1::',
  '2620:4f:8000::1',
  '3fff::1',
  '4000::1',
  '5f00::1',
  '',
  'localhost',
  '1.2.3',
  '::%.',
  '0x8.8.8.8',
  '08.8.8.8'
]
const publicAddresses = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.169.0.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450::1',
  '2001:4860:4860::8888'
]

t.test('tells public addresses from others', async t => {
  for (const address of privateAddresses) t.notOk(isPublicAddress(address), address)
  for (const address of publicAddresses) t.ok(isPublicAddress(address), address)
})

t.test('no text makes it fail, and what is no address is not public', async t => {
  t.notOk(isPublicAddress('::%:'), 'an address for Node.js, and none for ipaddr.js')
  const text = fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.%/]{0,24}$/), fc.string())
  fc.assert(
    fc.property(text, address => assert.ok(!isPublicAddress(address) || isIP(address) !== 0, address)),
    { numRuns: 1_000 }
  )
})

t.test('a URL that names a private address is refused in every spelling, and so are names of this machine', async t => {
  const refused = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://0/',
    'https://10.0.0.1:8443/',
    'http://localhost:5432/',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://a.localhost/',
    'http://printer.local/',
    'http://db.internal/',
    'http://router.home.arpa/',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/'
  ]
  for (const url of refused) t.not(refusalOfUrl(new URL(url)), null, url)
  for (const url of [
    'https://hooks.example.com/a',
    'http://8.8.8.8/',
    'https://[2606:4700::1]/',
    'https://internal.example.com/',
    'https://local/'
  ]) {
    t.equal(refusalOfUrl(new URL(url)), url === 'https://local/' ? 'is not a name of the public Internet' : null, url)
  }
})

const resolvingTo =
  (...addresses: string[]) =>
  async (): Promise<IpAddress[]> =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))

t.test('a name is good when every address that it leads to is', async t => {
  const of = (...addresses: string[]) =>
    addressesOf(new URL('https://hooks.example.com/'), { allowPrivate: false, resolve: resolvingTo(...addresses) })
  t.same(await of('8.8.8.8', '2606:4700::1'), [
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1', family: 6 }
  ])
  const failures = [of('127.0.0.1'), of('8.8.8.8', '10.0.0.1'), of('8.8.8.8', '::ffff:10.0.0.1'), of()]
  for (const failure of failures) {
    await t.rejects(failure, { name: 'Error', message: 'hooks.example.com has no address of the public Internet' })
  }
})

t.test('a name that is unknown fails like one that is private; where both are allowed DNS is heard', async t => {
  const of = (allowPrivate: boolean) =>
    addressesOf(new URL('https://db.corp.example/'), {
      allowPrivate,
      resolve: async () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND db.corp.example'), { code: 'ENOTFOUND' })
      }
    })
  await t.rejects(of(false), { name: 'Error', message: 'db.corp.example has no address of the public Internet' })
  await t.rejects(of(true), /ENOTFOUND/)
})

t.test('who allows private targets gets them', async t => {
  t.same(await addressesOf(new URL('http://127.0.0.1:1/'), { allowPrivate: true }), [
    { address: '127.0.0.1', family: 4 }
  ])
  t.same(await addressesOf(new URL('http://[::1]:1/'), { allowPrivate: true }), [{ address: '::1', family: 6 }])
  t.same(await addressesOf(new URL('http://box/'), { allowPrivate: true, resolve: resolvingTo('10.0.0.1') }), [
    { address: '10.0.0.1', family: 4 }
  ])
})
