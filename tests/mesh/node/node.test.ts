// Goal: nodes find each other, keep exactly one link each, notice every kind of loss and come together again; strangers
// do no harm. Method: nodes of one Node.js process on loopback, proxies that cut or freeze, raw sockets as strangers, a
// clock turned by the test.
import { once } from 'node:events'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import t from 'tap'
import { WebSocket } from 'ws'
import { startMesh, startNode } from '../../../mesh/index.ts'
import type { Pid } from '../../../mesh/types.ts'
import { greeting, prove, readGreeting, sessionKeys } from '../../../mesh/node/handshake.ts'
import { kind } from '../../../mesh/node/items.ts'
import { encode } from '../../../mesh/node/codec.ts'
import { createSeal } from '../../../mesh/node/seal.ts'
import { proxy } from '../../support/proxy.ts'
import { cookie, linkedNodes, passed, testClock, testNode, until } from './node-support.ts'
import type { TestNode } from './node-support.ts'
import { startProbe } from '../support.ts'
import { testCertificate } from './test-certificate.ts'

const names = (node: TestNode): string[] =>
  node.node
    .list()
    .map(({ name }) => name)
    .sort()
const stranger = { incarnation: 1, address: null, cookie: '', protocol: 'test 1', identity: () => '' }
const quick = { redialMsMin: 1, redialMsMax: 5 }

t.test('a connected node knows its peer, and all that the peer knows', async t => {
  const nodes = await Promise.all(['a', 'b', 'c', 'd'].map(name => testNode(t, name)))
  const [a, b, c, d] = nodes as [TestNode, TestNode, TestNode, TestNode]
  t.same(await b.node.connect(a.address), { name: 'a', incarnation: 1, address: a.node.id.address })
  await c.node.connect(b.address)
  await d.node.connect(a.address)
  await until(() => nodes.every(({ node }) => node.list().length === 3))
  t.same(names(a), ['b', 'c', 'd'])
  t.same(names(d), ['a', 'b', 'c'])
  t.same(
    a.events.map(event => event.type),
    ['nodeup', 'nodeup', 'nodeup']
  )
  t.match(await d.node.connect(a.address), { name: 'a' }, 'connecting again is no second link')
})

t.test('nodes that dial each other at the same time get one link', async t => {
  for (let round = 0; round < 20; round++) {
    const [a, b] = await Promise.all([testNode(t, 'a', { timing: quick }), testNode(t, 'b', { timing: quick })])
    const [there, back] = await Promise.all([a.node.connect(b.address), b.node.connect(a.address)])
    t.same([there.name, back.name], ['b', 'a'])
    await passed(a, b)
    await passed(b, a)
    t.same(
      a.events.map(({ type }) => type),
      ['nodeup']
    )
    t.same(
      b.events.map(({ type }) => type),
      ['nodeup']
    )
    t.not(a.node.links()[0]?.dialled, b.node.links()[0]?.dialled, 'it is the same one')
    await Promise.all([a.stop(), b.stop()])
  }
})

t.test('a node that is to be joined may come later', async t => {
  let address = ''
  // A port that is kept: one that was free a moment ago may be somebody else's by now.
  const between = await proxy(t, () => address)
  between.cut()
  const b = await testNode(t, 'b', { join: [between.address], timing: quick })
  await until(() => b.events.some(({ type }) => type === 'dial_failed'))
  const late = await testNode(t, 'a')
  address = late.address
  between.heal()
  await until(() => b.node.list().length === 1)
  t.same(names(late), ['b'])
  t.equal(b.events.filter(({ type }) => type === 'dial_failed').length, 1, 'one reason is told once')
})

t.test('a lost link comes back; who leaves is not dialled any more, unless it is to be joined', async t => {
  const a = await testNode(t, 'a', { timing: quick })
  const between = await proxy(t, () => a.address)
  const b = await testNode(t, 'b', { timing: quick })
  await b.node.connect(between.address)
  await until(() => a.node.list().length === 1)
  between.drop()
  await until(() => b.events.filter(({ type }) => type === 'nodeup').length === 2)
  t.same(
    b.events.map(({ type }) => type),
    ['nodeup', 'nodedown', 'nodeup']
  )
  await until(() => a.node.list().length === 1)
  a.node.disconnect('b')
  await until(() => b.events.filter(({ type }) => type === 'nodeup').length === 3)
  await until(() => a.node.list().length === 1)
  await a.stop()
  await until(() => b.node.list().length === 0)
  // A second link that a had begun to dial may end in its handshake after that: it is no change of b's nodes.
  t.match(
    b.events.filter(({ type }) => type === 'nodedown').at(-1),
    { type: 'nodedown', why: 'it left' },
    'the last change is that it left'
  )
  await t.rejects(b.node.connect(a.address), { name: 'ConnectError', code: 'unreachable' })
})

t.test('a link that breaks as soon as it stands is dialled later and later', async t => {
  const clock = testClock()
  const handshakeMs = 5_000
  const options = {
    timing: { redialMsMin: 100, redialMsMax: 100_000, heartbeatMs: 3_600_000, handshakeMs },
    clock,
    advertise: '127.0.0.1:1'
  }
  const [a, b] = [await testNode(t, 'a', options), await testNode(t, 'b', options)]
  const between = await proxy(t, () => a.address)
  await b.node.connect(between.address)
  const pauses: number[] = []
  for (let round = 0; round < 5; round++) {
    await until(() => a.node.list().length === 1 && b.node.list().length === 1)
    between.drop()
    await until(() => a.node.list().length === 0 && b.node.list().length === 0)
    const before = clock.nowMs()
    while (b.node.list().length === 0) {
      // While a handshake is under way the clock stands still: how long the network takes is none of the pause.
      if (clock.waiting(handshakeMs) === 0) clock.advance(10)
      await new Promise(resolve => {
        setImmediate(resolve)
      })
    }
    pauses.push(clock.nowMs() - before)
  }
  const [first = 0] = pauses
  t.ok((pauses.at(-1) ?? 0) > first && (pauses.at(-1) ?? 0) >= 50 * 2 ** 4, `after the last: ${pauses.join(', ')}`)
})

t.test('a process that monitors nodes hears which are linked, come and go', async t => {
  const [a, b] = (await linkedNodes(t, ['a', 'b'])) as [TestNode, TestNode]
  const probe = startProbe(a.mesh)
  a.node.monitorNodes(probe.pid)
  a.node.monitorNodes(probe.pid)
  const c = await testNode(t, 'c')
  await c.node.connect(a.address)
  await b.stop()
  await until(() => probe.signals.length === 3)
  t.match(probe.signals, [
    { type: 'nodeup', node: { name: 'b', incarnation: 1, address: b.address } },
    { type: 'nodeup', node: { name: 'c' } },
    { type: 'nodedown', node: { name: 'b', incarnation: 1 } }
  ])
})

t.test('a restarted node replaces its earlier run at once; an earlier run is refused', async t => {
  const clock = testClock()
  const a = await testNode(t, 'a', { clock })
  const between = await proxy(t, () => a.address)
  const old = await testNode(t, 'b', { incarnation: 5, clock })
  await old.node.connect(between.address)
  between.freeze()
  const later = await testNode(t, 'b', { incarnation: 6 })
  await later.node.connect(a.address)
  t.match(a.events, [
    { type: 'nodeup', node: { incarnation: 5 } },
    { type: 'nodedown', why: 'it was restarted' },
    { type: 'nodeup', node: { incarnation: 6 } }
  ])
  const earlier = await testNode(t, 'b', { incarnation: 4 })
  await t.rejects(earlier.node.connect(a.address), { code: 'name', message: /a later b/ })
  await t.rejects(later.node.connect(old.address), { code: 'name', message: 'two nodes are called b' })
  await t.rejects(a.node.connect(a.address), { code: 'self' })
})

t.test('a link on which nothing is heard is down, in whichever direction it is broken', async t => {
  for (const direction of ['both', 'in', 'out'] as const) {
    const clock = testClock()
    const a = await testNode(t, 'a', { clock })
    const between = await proxy(t, () => a.address)
    const b = await testNode(t, 'b', { clock })
    await b.node.connect(between.address)
    await until(() => a.node.list().length === 1)
    clock.advance(5_000)
    await until(() => a.node.links()[0]?.roundTripMs === 0 && b.node.links()[0]?.roundTripMs === 0)
    between.freeze(direction)
    clock.advance(10_000)
    t.same([names(a), names(b)], [['b'], ['a']], 'not yet')
    // A freeze of one direction silences the other side first, whose end of the link the first then sees.
    clock.advance(10_000)
    await until(() => a.node.list().length + b.node.list().length === 0)
    t.ok(
      [...a.events, ...b.events].some(event => event.type === 'nodedown' && event.why.startsWith('nothing was heard')),
      direction
    )
  }
})

t.test('a node that stood still itself does not take its own silence for that of others', async t => {
  let now = 0
  const due = new Set<() => void>()
  const clock = {
    nowMs: () => now,
    wallMs: () => now,
    after: (_: number, run: () => void) => {
      due.add(run)
      return () => {
        due.delete(run)
      }
    }
  }
  const [a, b] = [await testNode(t, 'a'), await testNode(t, 'b', { clock })]
  await b.node.connect(a.address)
  now += 3_600_000
  for (const run of [...due]) run()
  await passed(b, a)
  t.same(names(b), ['a'])
})

t.test('another cookie is refused, late and on both sides', async t => {
  const clock = testClock()
  const refusalMs = 1_000
  const a = await testNode(t, 'a', { clock, timing: { refusalMs } })
  const b = await testNode(t, 'b', { cookie: 'f'.repeat(32) })
  const attempt = { hasFailed: false }
  const refused = t.rejects(
    b.node.connect(a.address).catch((error: unknown) => {
      attempt.hasFailed = true
      throw error
    }),
    { code: 'cookie', message: /the cookie is not that of a/ }
  )
  // The clock goes on once the proof has been looked at: before, it would be the handshake that takes too long.
  await until(() => clock.waiting(refusalMs) === 1)
  const echo = await testNode(t, 'echo')
  const other = await testNode(t, 'other')
  await other.node.connect(echo.address)
  await passed(other, echo)
  t.equal(attempt.hasFailed, false, 'no answer before the pause is over')
  clock.advance(refusalMs)
  await refused
  t.match(a.events, [{ type: 'stranger_refused', from: /^127\.0\.0\.1:/, why: /cookie/ }])
  t.same([names(a), names(b)], [[], []])
})

t.test('a listener that does not know the cookie gets no link either', async t => {
  const { WebSocketServer } = await import('ws')
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  server.on('connection', socket => {
    socket.once('message', () => {
      socket.send(greeting({ ...stranger, name: 'imposter' }).text)
      socket.once('message', () => socket.send(JSON.stringify({ proof: 'f'.repeat(64) })))
    })
  })
  t.teardown(() => {
    server.close()
  })
  const a = await testNode(t, 'a')
  const { port } = server.address() as { port: number }
  await t.rejects(a.node.connect(`127.0.0.1:${port}`), { code: 'cookie' })
  t.same(names(a), [])
})

t.test('nodes with different identities refuse each other, and both show why until that changes', async t => {
  const clock = testClock()
  const state = { identity: 'one' }
  const a = await testNode(t, 'a', { identity: () => state.identity, clock, timing: quick })
  const b = await testNode(t, 'b', { identity: () => 'other', clock, timing: quick })
  const why = 'a and b have different identities'
  await t.rejects(b.node.connect(a.address), { code: 'identity', message: why })
  t.match(a.events, [{ type: 'stranger_refused', code: 'identity', why }])
  t.same(a.node.refused(), [{ name: 'b', address: b.address, code: 'identity', why }])
  t.match(b.events, [{ type: 'dial_failed', address: a.address, code: 'identity', why }])
  t.same(b.node.refused(), [{ name: null, address: a.address, code: 'identity', why }])

  state.identity = 'other'
  await b.node.connect(a.address)
  await until(() => a.node.list().length === 1)
  t.same([a.node.refused(), b.node.refused()], [[], []])
})

t.test('what is refused is shown while it goes on; strangers are not shown', async t => {
  const clock = testClock()
  const a = await testNode(t, 'a', { identity: () => 'one', clock, timing: { ...quick, refusalMs: 0 } })
  const b = await testNode(t, 'b', { identity: () => 'other' })
  await t.rejects(b.node.connect(a.address), { code: 'identity' })
  const c = await testNode(t, 'c', { cookie: 'f'.repeat(32) })
  const refused = t.rejects(c.node.connect(a.address), { code: 'cookie' })
  await until(() => clock.waiting(0) === 1)
  clock.advance(1)
  await refused
  t.match(a.node.refused(), [{ name: 'b' }])
  t.match(c.node.refused(), [{ name: null, address: a.address, code: 'cookie' }])
  clock.advance(60_000)
  t.same(a.node.refused(), [])
})

t.test('another version of the mesh or of what runs on it is refused with a clear message', async t => {
  const a = await testNode(t, 'a')
  const b = await testNode(t, 'b', { protocol: 'test 2' })
  await t.rejects(b.node.connect(a.address), {
    code: 'version',
    message: 'one node speaks test 2, the other test 1: run the same release on both'
  })
  const stranger = new WebSocket(`ws://${a.address}`)
  await once(stranger, 'open')
  stranger.send(JSON.stringify({ mesh: 99 }))
  const [answer] = (await once(stranger, 'message')) as [Buffer]
  t.match(JSON.parse(answer.toString()), {
    refused: 'version',
    message: 'one node speaks version 99 of the mesh protocol, the other 2: run the same release on both'
  })
  await once(stranger, 'close')
})

t.test('strangers are cut off without harm: silence, garbage, HTTP, too much', async t => {
  const clock = testClock()
  const a = await testNode(t, 'a', { clock })
  const [host = '', port] = a.address.split(':')
  const dial = () => connect(Number(port), host).on('error', () => {})

  const silent = dial()
  await once(silent, 'connect')
  const silentSocket = new WebSocket(`ws://${a.address}`)
  await once(silentSocket, 'open')
  const ends = [once(silent, 'close'), once(silentSocket, 'close')]
  clock.advance(5_000)
  await Promise.all(ends)

  const raw = dial()
  raw.write(Buffer.alloc(20_000, 7))
  // It is cut off with an end or with an error, as what it sent was read or not: both are followed by this.
  await new Promise(resolve => {
    raw.resume().on('close', resolve)
  })

  t.equal((await fetch(`http://${a.address}/`)).status, 426)

  for (const garbage of ['', '{}', 'x'.repeat(3_000), JSON.stringify({ mesh: 2, name: 'x' }), Buffer.from([1, 2, 3])]) {
    const socket = new WebSocket(`ws://${a.address}`)
    await once(socket, 'open')
    socket.send(garbage)
    await once(socket, 'close')
  }

  const much = new WebSocket(`ws://${a.address}`)
  much.on('error', () => {})
  await once(much, 'open')
  much.send(Buffer.alloc(1_000_000), { fin: false })
  await once(much, 'close')

  t.equal(a.events.filter(({ type }) => type === 'stranger_refused').length, 7)
  const b = await testNode(t, 'b')
  await b.node.connect(a.address)
  t.same(names(a), ['b'])
})

t.test('of too many strangers the oldest goes', async t => {
  const a = await testNode(t, 'a', { limits: { strangersMax: 3 } })
  const [host = '', port] = a.address.split(':')
  const first = connect(Number(port), host).on('error', () => {})
  const closed = once(first, 'close')
  await once(first, 'connect')
  const others = [1, 2, 3].map(() => connect(Number(port), host).on('error', () => {}))
  t.teardown(() => {
    for (const socket of others) socket.destroy()
  })
  await closed
  const b = await testNode(t, 'b')
  await b.node.connect(a.address)
  t.same(names(a), ['b'])
})

/** A peer that knows the cookie and misbehaves: sends these bytes as its first frame. */
async function badPeer(address: string, frame: (seal: (body: Buffer) => Buffer) => Buffer[]): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${address}`)
  await once(socket, 'open')
  const mine = greeting({ ...stranger, name: 'bad' })
  socket.send(mine.text)
  const [theirs] = (await once(socket, 'message')) as [Buffer]
  const greetings = { dialler: mine.text, listener: theirs.toString() }
  socket.send(JSON.stringify({ proof: prove(cookie, 'dialler', greetings) }))
  await once(socket, 'message')
  const theirKey = readGreeting(greetings.listener)?.key ?? ''
  const keys = sessionKeys({ role: 'dialler', cookie, greetings, secret: mine.secret, theirKey })
  const seal = createSeal(keys?.sending ?? Buffer.alloc(0))
  for (const bytes of frame(body => seal([body], body.length))) socket.send(bytes)
  return socket
}

t.test('a peer that sends what no node sends is cut off', async t => {
  const a = await testNode(t, 'a', { limits: { namesMax: 5, roomsMax: 5, tiesMax: 5, frameBytesMax: 100_000 } })
  const probe = startProbe(a.mesh)
  const item = (value: unknown): Buffer => encode(value, 1e9) ?? Buffer.alloc(0)
  const many = (make: (n: number) => unknown): Buffer =>
    Buffer.concat(Array.from({ length: 6 }, (_, n) => item(make(n))))
  const cases: [string, (seal: (body: Buffer) => Buffer) => Buffer[]][] = [
    ['a frame without a seal', () => [Buffer.from('garbage')]],
    ['a forged seal', () => [Buffer.alloc(64)]],
    [
      'a frame sent twice',
      seal => {
        const frame = seal(item([kind.ping]))
        return [frame, frame]
      }
    ],
    [
      'a frame left out',
      seal => {
        seal(item([kind.ping]))
        return [seal(item([kind.ping]))]
      }
    ],
    ['an empty frame', seal => [seal(Buffer.alloc(0))]],
    ['half a value', seal => [seal(item([kind.cast, 1, 'text']).subarray(0, 4))]],
    ['an array of four billion', seal => [seal(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]))]],
    ['nesting without end', seal => [seal(Buffer.alloc(90_000, 0x91))]],
    ['an unknown extension', seal => [seal(Buffer.from([0x92, 0x0a, 0xd4, 0x72, 0x00]))]],
    ['no item', seal => [seal(item('hello'))]],
    ['an unknown kind', seal => [seal(item([99]))]],
    ["a cast to nobody's serial", seal => [seal(item([kind.cast, -1, null]))]],
    ['a reason that is none', seal => [seal(item([kind.down, 1, { error: 5 }]))]],
    ['a name that is too long', seal => [seal(item([kind.claim, 'x'.repeat(300), 1, 1]))]],
    ['an address that is none', seal => [seal(item([kind.peers, [['x', 'http://evil/?']]]))]],
    ['too many names', seal => [seal(many(n => [kind.claim, `name ${n}`, 1, 1]))]],
    ['too many rooms', seal => [seal(many(n => [kind.interest, `room ${n}`, true]))]],
    ['too many monitors', seal => [seal(many(n => [kind.watch, n, probe.pid.serial]))]],
    ['too many links', seal => [seal(many(n => [kind.link, n + 1, probe.pid.serial]))]],
    ['a frame that is too large', () => [Buffer.alloc(200_000)]]
  ]
  for (const [what, frame] of cases) {
    const before = a.events.filter(({ type }) => type === 'nodedown').length
    const socket = await badPeer(a.address, frame)
    socket.on('error', () => {})
    if (socket.readyState !== socket.CLOSED) await once(socket, 'close')
    await until(() => a.events.filter(({ type }) => type === 'nodedown').length === before + 1)
    t.same(names(a), [], what)
  }
  t.same(a.node.names.list(), [])
  t.equal(a.mesh.isAlive(probe.pid), false, 'its link to a process of the peer ended it, as any does')
  const b = await testNode(t, 'b')
  await b.node.connect(a.address)
  await passed(a, b)
})

t.test('who records or alters a link reads nothing of it, and alters nothing', async t => {
  const a = await testNode(t, 'a')
  const seen: Buffer[] = []
  let flip = false
  const between = await proxy(t, () => a.address, {
    onBytes: bytes => {
      seen.push(Buffer.from(bytes))
      // The last byte is of the frame, whatever heads stand before it.
      if (flip) bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    }
  })
  const b = await testNode(t, 'b', { advertise: '127.0.0.1:1' })
  await b.node.connect(between.address)
  const [inA, inB] = [collector(a), collector(b)]
  const secret = 'nobody but the two of them may read this'
  const room = 'a room that nobody may know of'
  a.node.rooms.join(room, inA.pid)
  b.mesh.cast(inA.pid, secret)
  a.mesh.cast(inB.pid, secret)
  await passed(b, a)
  await passed(a, b)
  t.same([inA.messages, inB.messages], [[secret], [secret]])
  const captured = Buffer.concat(seen)
  t.ok(captured.includes('"protocol":"test 1"'), 'greetings can be read')
  // WebSocket masks what the dialler sends; what the listener sends would stand there as it is.
  for (const word of [secret, room]) t.equal(captured.includes(word), false)

  flip = true
  b.mesh.cast(inA.pid, secret)
  const end = (node: TestNode) => node.events.find(event => event.type === 'nodedown')
  await until(() => end(a) !== undefined && end(b) !== undefined)
  t.match(end(a), { why: 'it sent what no node sends, or more than one may' })
  t.same(inA.messages, [secret])
})

function collector({ mesh }: TestNode): { pid: Pid<string>; messages: string[] } {
  const messages: string[] = []
  const pid = mesh.spawn<string, null>({
    init: () => null,
    handle: (state, message) => {
      messages.push(message)
      return state
    }
  })
  return { pid, messages }
}

t.test('short cookies are refused: who has recorded a handshake may try them all', async t => {
  for (const short of ['', 'f'.repeat(31), 'a passphrase is not as good as it looks']) {
    await t.rejects(testNode(t, 'a', { cookie: short }), { message: /a cookie has 32 hex digits at least/ })
  }
})

t.test('a node has so many links and not more', async t => {
  const a = await testNode(t, 'a', { limits: { nodesMax: 1 } })
  const [b, c] = [await testNode(t, 'b'), await testNode(t, 'c')]
  await b.node.connect(a.address)
  await t.rejects(c.node.connect(a.address), { code: 'full' })
  t.same(names(a), ['b'])
})

t.test('a link has a bound: mail is refused, and a peer that never reads is given up', async t => {
  const a = await testNode(t, 'a', { limits: { bufferBytesMax: 1_000_000 } })
  const b = await testNode(t, 'b', { limits: { bytesPerSMax: 1 }, clock: testClock() })
  await b.node.connect(a.address)
  await until(() => a.node.list().length === 1)
  const sink = b.mesh.spawn<Buffer, null>({ init: () => null, handle: state => state })
  let sent = 0
  while (a.mesh.cast(sink, Buffer.alloc(100_000)) === 'ok') {
    sent += 1
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  t.ok(sent >= 10, 'up to the bound it is taken')
  await until(() => a.deadLetters.length === 1)
  t.match(a.deadLetters, [{ why: 'refused' }])
  t.match(a.node.links(), [{ refused: 1 }])
  t.ok((a.node.links()[0]?.bufferedBytes ?? 0) <= 1_000_000)
  // The network may have taken some more meanwhile; between the last of these and the call it takes nothing.
  while (a.mesh.cast(sink, Buffer.alloc(100_000)) === 'ok');
  await t.rejects(
    a.mesh.call<Buffer, null>(sink, () => Buffer.alloc(100_000)),
    { name: 'Overloaded' }
  )

  const watcher = startProbe(a.mesh)
  await watcher.run(self => self.monitor(sink))
  const reason = { error: { name: 'Error', message: 'x'.repeat(60_000) } }
  for (let n = 0; n < 40; n++) a.mesh.exit({ ...sink, serial: 999 }, reason)
  await until(() => watcher.signals.length === 1)
  t.match(watcher.signals, [{ type: 'down', reason: 'noconnection' }])
  t.match(a.events.at(-1), { type: 'nodedown', why: 'it does not take what it is sent' })
})

t.test('who sends faster than may be read is read slower, and loses nothing', async t => {
  const clock = testClock()
  const a = await testNode(t, 'a')
  // Its clock runs far ahead of the network's: silence says nothing by it.
  const b = await testNode(t, 'b', { limits: { bytesPerSMax: 10_000 }, clock, timing: { heartbeatMs: 3_600_000 } })
  await b.node.connect(a.address)
  await until(() => a.node.list().length === 1)
  const sizes: number[] = []
  const sink = b.mesh.spawn<Buffer, null>({
    init: () => null,
    handle: (state, { length }) => {
      sizes.push(length)
      return state
    }
  })
  for (let n = 1; n <= 20; n++) {
    a.mesh.cast(sink, Buffer.alloc(5_000 + n))
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  while (sizes.length < 20) {
    clock.advance(1_000)
    await new Promise(resolve => {
      setTimeout(resolve, 1)
    })
  }
  t.same(
    sizes,
    Array.from({ length: 20 }, (_, n) => 5_001 + n)
  )
})

t.test('with a certificate links are TLS; who has none, or trusts another authority, gets no link', async t => {
  const tls = { ...testCertificate, ca: testCertificate.cert }
  const a = await testNode(t, 'a', { tls })
  const b = await testNode(t, 'b', { tls })
  await b.node.connect(a.address)
  await passed(b, a)
  await passed(a, b)
  const trusting = await testNode(t, 'trusting', { tls: testCertificate })
  await t.rejects(trusting.node.connect(a.address), { code: 'unreachable', message: /self-signed certificate/ })
  const open = await testNode(t, 'open')
  await t.rejects(open.node.connect(a.address), { code: 'unreachable' })
  t.same(names(a), ['b'])
})

t.test('strangers below TLS have their time too', async t => {
  const clock = testClock()
  const a = await testNode(t, 'a', { clock, tls: { ...testCertificate, ca: testCertificate.cert } })
  const [host = '', port] = a.address.split(':')
  const silent = connect(Number(port), host).on('error', () => {})
  await once(silent, 'connect')
  const closed = once(silent, 'close')
  const b = await testNode(t, 'b', { tls: { ...testCertificate, ca: testCertificate.cert } })
  await b.node.connect(a.address)
  clock.advance(5_000)
  await closed
  await passed(a, b)
  t.same(names(a), ['b'], 'a node that has proven itself is no stranger')
})

t.test('a node that only dials is a node; what it is told to start with is checked', async t => {
  const a = await testNode(t, 'a')
  const mesh = startMesh({ name: 'guest' })
  const node = await startNode(mesh, { cookie, protocol: 'test 1' })
  t.teardown(() => {
    mesh.stop()
  })
  t.equal(node.id.address, null)
  await node.connect(a.address)
  t.match(a.node.list(), [{ name: 'guest', address: null }])
  await t.rejects(startNode(mesh, { cookie, protocol: 'test 1' }), /a mesh is one node/)
  await node.stop()
  await node.stop()
  await until(() => a.node.list().length === 0)
  for (const bad of [{ cookie: 'short' }, { advertise: 'nowhere' }]) {
    await t.rejects(startNode(startMesh({ name: 'x' }), { cookie, protocol: 'test 1', ...bad }))
  }
  await t.rejects(a.node.connect('not an address'), { code: 'unreachable' })
  const named = await testNode(t, 'named', { advertise: 'mesh.example:4000' })
  t.equal(named.node.id.address, 'mesh.example:4000')
  const everywhere = await testNode(t, 'everywhere', { listen: { host: '0.0.0.0', port: 0 } })
  t.equal(
    everywhere.node.id.address,
    everywhere.address.replace('0.0.0.0', hostname()),
    "an address of all interfaces is nobody's: the host's name it is"
  )
})
