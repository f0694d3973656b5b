// Goal: a proof holds for one cookie, one role and one pair of greetings only; both sides get keys that nobody else can
// get, the cookie known or not; greetings and refusals from outside are read with care. Method: both sides by hand, one
// thing changed at a time; fast-check for what is read from strangers.
import fc from 'fast-check'
import t from 'tap'
import {
  compare,
  compareIdentity,
  greeting,
  isProven,
  prove,
  readGreeting,
  readRefusal,
  sessionKeys
} from '../../../mesh/node/handshake.ts'
import type { Agreement, Party } from '../../../mesh/node/handshake.ts'

const me: Party = {
  name: 'a',
  incarnation: 3,
  address: 'host:1',
  cookie: 'c0'.repeat(16),
  protocol: 'test 1',
  identity: () => 'one'
}
const you: Party = { ...me, name: 'b' }

t.test('a greeting is read back, and is fresh each time', async t => {
  const [one, other] = [greeting(me), greeting(me)]
  const { key = '', nonce, mark, ...read } = readGreeting(one.text) ?? {}
  t.match({ nonce, mark }, { nonce: /^[0-9a-f]{64}$/, mark: /^[0-9a-f]{64}$/ })
  t.same(read, { version: 2, protocol: 'test 1', name: 'a', incarnation: 3, address: 'host:1' })
  t.not(one.text, other.text)
  t.not(key, readGreeting(other.text)?.key)
  t.equal(readGreeting(greeting({ ...me, address: null }).text)?.address, null)
})

t.test('a proof holds for what it was made of, and for nothing else', async t => {
  const greetings = { dialler: greeting(me).text, listener: greeting(you).text }
  const proof = prove(me.cookie, 'dialler', greetings)
  const isGood = (
    cookie = me.cookie,
    role: 'dialler' | 'listener' = 'dialler',
    between = greetings,
    text = JSON.stringify({ proof })
  ) => isProven(cookie, role, between, text)
  t.equal(isGood(), true)
  t.equal(isGood('another cookie here'), false)
  t.equal(isGood(me.cookie, 'listener'), false, 'reflected')
  t.equal(isGood(me.cookie, 'dialler', { ...greetings, listener: greeting(you).text }), false, 'replayed')
  t.equal(isGood(me.cookie, 'dialler', { dialler: greetings.listener, listener: greetings.dialler }), false)
  t.equal(
    isGood(me.cookie, 'dialler', { ...greetings, dialler: greetings.dialler.replace('host:1', 'host:2') }),
    false,
    'altered'
  )
  for (const text of [
    '',
    '{}',
    '[]',
    'null',
    '{"proof":5}',
    JSON.stringify({ proof: proof.slice(1) }),
    JSON.stringify({ proof: proof.toUpperCase() })
  ]) {
    t.equal(isGood(me.cookie, 'dialler', greetings, text), false, text)
  }
})

/** Both sides of a handshake, as each of them knows it at the end. */
function agreements(): { dialler: Agreement; listener: Agreement } {
  const [mine, theirs] = [greeting(me), greeting(you)]
  const greetings = { dialler: mine.text, listener: theirs.text }
  const keyOf = (text: string) => readGreeting(text)?.key ?? ''
  const { cookie } = me
  return {
    dialler: { role: 'dialler', cookie, greetings, secret: mine.secret, theirKey: keyOf(theirs.text) },
    listener: { role: 'listener', cookie, greetings, secret: theirs.secret, theirKey: keyOf(mine.text) }
  }
}

t.test('both sides get the same keys, one for each direction, of this link only', async t => {
  const { dialler, listener } = agreements()
  const keys = sessionKeys(dialler)
  const theirs = sessionKeys(listener)
  t.ok(keys)
  t.same(keys?.sending, theirs?.receiving)
  t.same(keys?.receiving, theirs?.sending)
  t.notSame(keys?.sending, keys?.receiving)
  const others: Partial<Agreement>[] = [
    { cookie: 'd1'.repeat(16) },
    { greetings: agreements().dialler.greetings },
    { secret: greeting(me).secret },
    { theirKey: agreements().dialler.theirKey }
  ]
  for (const other of others) t.notSame(sessionKeys({ ...dialler, ...other })?.sending, keys?.sending)
})

t.test('a key that agrees on the same with everybody is refused', async t => {
  const { dialler } = agreements()
  for (const bytes of [Buffer.alloc(32), Buffer.concat([Buffer.of(1), Buffer.alloc(31)])]) {
    t.equal(sessionKeys({ ...dialler, theirKey: bytes.toString('base64url') }), undefined)
  }
})

t.test('who may talk is decided by version, protocol and name', async t => {
  const theirs = {
    version: 2,
    protocol: 'test 1',
    name: 'b',
    incarnation: 3,
    address: null,
    nonce: '',
    key: '',
    mark: ''
  }
  t.equal(compare(me, theirs), undefined)
  t.match(compare(me, { ...theirs, version: 1 }), { code: 'version' })
  t.match(compare(me, { ...theirs, protocol: 'test 2' }), { code: 'version' })
  t.match(compare(me, { ...theirs, name: 'a' }), { code: 'self' })
  t.match(compare(me, { ...theirs, name: 'a', incarnation: 4 }), { code: 'name' })
})

t.test('the identity is compared and cannot be read', async t => {
  const { text } = greeting(you)
  const theirs = readGreeting(text)
  if (theirs === undefined) throw new Error('it is a greeting')
  t.equal(compareIdentity(me, theirs), undefined)
  t.match(compareIdentity({ ...me, identity: () => 'another' }, theirs), { code: 'identity', message: /^a and b have/ })
  t.equal(text.includes('one'), false)
  t.not(readGreeting(greeting(you).text)?.mark, theirs.mark, 'another greeting has another mark')
})

t.test('greetings that are none are not read', async t => {
  const good: unknown = JSON.parse(greeting(me).text)
  const bad = [
    { mesh: '1' },
    { name: '' },
    { name: 'x'.repeat(256) },
    { incarnation: -1 },
    { incarnation: 1.5 },
    { nonce: 'ff' },
    { nonce: 'g'.repeat(64) },
    { address: 'nowhere' },
    { address: 5 },
    { protocol: null },
    { mark: 'f'.repeat(63) },
    { key: undefined },
    { key: 'x'.repeat(42) },
    { key: '+'.repeat(43) }
  ]
  for (const change of bad) {
    t.equal(readGreeting(JSON.stringify(Object.assign({}, good, change))), undefined, JSON.stringify(change))
  }
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string()),
      text => readGreeting(text) === undefined && readRefusal(text) === undefined
    )
  )
})

t.test('a refusal is read, with a text of a decent length', async t => {
  t.same(readRefusal(JSON.stringify({ refused: 'cookie', message: 'no' })), { code: 'cookie', message: 'no' })
  t.equal(readRefusal(JSON.stringify({ refused: 'cookie', message: 'x'.repeat(5_000) }))?.message.length, 500)
  t.equal(readRefusal(JSON.stringify({ refused: 'garbage', message: 'not for the wire' })), undefined)
})
