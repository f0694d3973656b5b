// Goal: what processes do with each other works alike across nodes: mail, calls, links, monitors, exits, and the loss
// of a link. Method: nodes of one Node.js process, linked over loopback, and probes on each; a proxy where a link has
// to be lost.
import t from 'tap'
import { ExitError, Overloaded } from '../../../mesh/index.ts'
import type { Behaviour, ExitReason, Pid, ReplyTo } from '../../../mesh/types.ts'
import { proxy } from '../../support/proxy.ts'
import { linkedNodes, passed, testNode, until } from './node-support.ts'
import type { TestNode } from './node-support.ts'
import { gate, startProbe } from '../support.ts'

type Ask = { n: number; replyTo: ReplyTo<number> }

const adder: Behaviour<Ask, null> = {
  init: () => null,
  handle: (state, { n, replyTo }, self) => {
    self.reply(replyTo, n + 1)
    return state
  }
}

async function two(t: Parameters<typeof linkedNodes>[0]): Promise<[TestNode, TestNode]> {
  const [a, b] = await linkedNodes(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('two nodes were wanted')
  return [a, b]
}

/** Two nodes with a proxy between them: `lose` breaks the link for good. */
async function twoApart(
  t: Parameters<typeof linkedNodes>[0]
): Promise<{ a: TestNode; b: TestNode; lose: () => Promise<void> }> {
  const a = await testNode(t, 'a', { timing: { redialMsMin: 1, redialMsMax: 1 } })
  const between = await proxy(t, () => a.address)
  const b = await testNode(t, 'b', { listen: undefined as never })
  await b.node.connect(between.address)
  await until(() => a.node.list().length === 1)
  return {
    a,
    b,
    lose: async () => {
      between.cut()
      await until(() => a.node.list().length === 0 && b.node.list().length === 0)
    }
  }
}

t.test('mail arrives, in order, as a copy of what was sent', async t => {
  const [a, b] = await two(t)
  const received: unknown[] = []
  const sink: Behaviour<unknown, null> = {
    init: () => null,
    handle: (state, message) => {
      received.push(message)
      return state
    }
  }
  const pid = b.mesh.spawn(sink)
  const rich = {
    text: 'é',
    number: 1.5,
    big: 2n ** 40n,
    date: new Date(5),
    bytes: Buffer.from('abc'),
    list: [null, true],
    nothing: undefined
  }
  t.equal(a.mesh.cast(pid, rich), 'ok')
  for (let n = 0; n < 2_000; n++) a.mesh.cast(pid, n)
  await until(() => received.length === 2_001)
  t.same(received.shift(), rich)
  t.same(
    received,
    Array.from({ length: 2_000 }, (_, n) => n)
  )
})

t.test('messages of all sizes arrive whole and in order, up to the size of a frame', async t => {
  const frameBytesMax = 300_000
  const [a, b] = (await linkedNodes(t, ['a', 'b'], { limits: { frameBytesMax } })) as [TestNode, TestNode]
  const received: Buffer[] = []
  const sink = b.mesh.spawn<Buffer, null>({
    init: () => null,
    handle: (state, bytes) => {
      received.push(bytes)
      return state
    }
  })
  const sizes = Array.from({ length: 200 }, (_, n) => (n * 7_919) % 150_000)
  for (const [n, size] of sizes.entries()) t.equal(a.mesh.cast(sink, Buffer.alloc(size, n)), 'ok')
  await until(() => received.length === sizes.length)
  t.same(
    received.map(({ length }) => length),
    sizes
  )
  t.ok(received.every((bytes, n) => bytes.every(byte => byte === n % 256)))

  // An item of a cast to serial 1: array, kind, serial, and the head of the bytes.
  const largest = frameBytesMax - 8
  a.mesh.cast(sink, Buffer.alloc(largest))
  a.mesh.cast(sink, Buffer.alloc(largest + 1))
  a.mesh.cast(sink, Buffer.alloc(3))
  await until(() => received.length === sizes.length + 2)
  t.same(
    received.slice(-2).map(({ length }) => length),
    [largest, 3]
  )
  await until(() => a.deadLetters.length === 1)
  t.match(a.deadLetters, [{ why: 'unsendable' }])
})

t.test('a call is answered, also by another process on a third node', async t => {
  const [a, b, c] = await linkedNodes(t, ['a', 'b', 'c'])
  if (a === undefined || b === undefined || c === undefined) return
  const answering = c.mesh.spawn(adder)
  const forwarding = b.mesh.spawn<Ask, null>({
    init: () => null,
    handle: (state, ask, self) => {
      self.cast(answering, ask)
      return state
    }
  })
  t.equal(await a.mesh.call(answering, (replyTo: ReplyTo<number>) => ({ n: 1, replyTo })), 2)
  t.equal(await a.mesh.call(forwarding, (replyTo: ReplyTo<number>) => ({ n: 2, replyTo })), 3)
  const probe = startProbe(a.mesh)
  t.equal(
    await (
      await probe.run(self => ({ answer: self.call(answering, (replyTo: ReplyTo<number>) => ({ n: 3, replyTo })) }))
    ).answer,
    4
  )
})

t.test('a call fails at once: with noproc, with the reason of the callee, or as overloaded', async t => {
  const [a, b] = await two(t)
  const silent: Behaviour<Ask, null> = { init: () => null, handle: state => state }
  const ask = (replyTo: ReplyTo<number>) => ({ n: 1, replyTo })
  const gone: Pid<Ask> = { node: 'b', incarnation: 1, serial: 99 }
  await t.rejects(a.mesh.call(gone, ask), { name: 'ExitError', message: 'noproc' })

  const callee = b.mesh.spawn(silent)
  const call = a.mesh.call(callee, ask)
  await until(() => b.mesh.processInfo(callee)?.handled === 1)
  b.mesh.exit(callee, { error: { name: 'Error', message: 'x'.repeat(100_000) } })
  await t.rejects(call, { name: 'ExitError', message: /^Error: x{65536}$/ })

  const held = gate()
  const full = b.mesh.spawn<Ask, null>(
    {
      init: async () => {
        await held.passed
        return null
      },
      handle: state => state
    },
    { mailbox: { max: 1, overflow: 'refuse' } }
  )
  const first = t.rejects(a.mesh.call(full, ask), { message: 'killed' })
  await t.rejects(a.mesh.call(full, ask), new Overloaded())
  b.mesh.exit(full, 'killed')
  await first
  held.open()
})

t.test('a call that is not answered in time is forgotten on both sides', async t => {
  const [a, b] = await two(t)
  let kept: ReplyTo<number> | undefined
  const late = b.mesh.spawn<Ask, null>({
    init: () => null,
    handle: (state, { replyTo }) => {
      kept = replyTo
      return state
    }
  })
  await t.rejects(
    a.mesh.call(late, (replyTo: ReplyTo<number>) => ({ n: 1, replyTo }), 20),
    { name: 'CallTimeout' }
  )
  await until(() => kept !== undefined)
  if (kept !== undefined) b.mesh.reply(kept, 5)
  const echo = b.mesh.spawn(adder)
  t.equal(await a.mesh.call(echo, (replyTo: ReplyTo<number>) => ({ n: 1, replyTo })), 2, 'the late answer met nobody')
})

t.test('an answer to an earlier incarnation reaches nobody', async t => {
  const [a, b] = await two(t)
  const callee = b.mesh.spawn<Ask, null>({
    init: () => null,
    handle: (state, { replyTo }, self) => {
      self.reply({ ...replyTo, incarnation: 77 }, 1)
      self.reply(replyTo, 2)
      return state
    }
  })
  t.equal(await a.mesh.call(callee, (replyTo: ReplyTo<number>) => ({ n: 1, replyTo })), 2)
})

t.test('an answer that cannot be sent fails the call', async t => {
  const [a, b] = await two(t)
  const circular: unknown[] = []
  circular.push(circular)
  const callee = b.mesh.spawn<unknown, null>({
    init: () => null,
    handle: (state, replyTo, self) => {
      self.reply(replyTo as ReplyTo<unknown>, circular)
      return state
    }
  })
  await t.rejects(
    a.mesh.call<unknown, unknown>(callee, replyTo => replyTo),
    { name: 'ExitError', message: /cannot be sent/ }
  )
  await t.rejects(
    a.mesh.call<unknown, unknown>(callee, () => circular),
    { name: 'TypeError', message: /cannot be sent/ }
  )
  t.equal(a.mesh.cast(callee, circular), 'ok')
  await until(() => a.deadLetters.length === 1)
  t.match(a.deadLetters, [{ why: 'unsendable' }])
})

t.test('a monitor tells the end once, with its reason; noproc for one that is gone', async t => {
  const [a, b] = await two(t)
  const watched = startProbe(b.mesh)
  const watcher = startProbe(a.mesh)
  const gone = { node: 'b', incarnation: 1, serial: 99 }
  const [first, second] = await watcher.run(self => [self.monitor(watched.pid), self.monitor(gone)])
  await until(() => watcher.signals.length === 1)
  b.mesh.exit(watched.pid, 'shutdown')
  await until(() => watcher.signals.length === 2)
  t.same(watcher.signals, [
    { type: 'down', ref: second, pid: gone, reason: 'noproc' },
    { type: 'down', ref: first, pid: watched.pid, reason: 'shutdown' }
  ])
})

t.test('after demonitor nothing arrives', async t => {
  const [a, b] = await two(t)
  const [watched, other] = [startProbe(b.mesh), startProbe(b.mesh)]
  const watcher = startProbe(a.mesh)
  await watcher.run(self => self.demonitor(self.monitor(watched.pid)))
  await watcher.run(self => self.monitor(other.pid))
  b.mesh.exit(watched.pid, 'killed')
  b.mesh.exit(other.pid, 'killed')
  await until(() => watcher.signals.length === 1)
  t.match(watcher.signals, [{ pid: other.pid }])
})

t.test('code outside every process hears of an end on another node', async t => {
  const [a, b] = await two(t)
  const probe = startProbe(b.mesh)
  const ended = a.mesh.exitOf(probe.pid)
  await passed(a, b)
  b.mesh.exit(probe.pid, 'shutdown')
  t.equal(await ended, 'shutdown')
  t.equal(await a.mesh.exitOf(probe.pid), 'noproc')
})

t.test('the end of either side of a link ends the other; normal does not; who traps gets a signal', async t => {
  for (const dies of ['here', 'there'] as const) {
    const [a, b] = await two(t)
    const [here, there] = [startProbe(a.mesh), startProbe(b.mesh)]
    await here.run(self => self.link(there.pid))
    await passed(a, b)
    const [victim, survivor] = dies === 'here' ? [here.pid, there.pid] : [there.pid, here.pid]
    const [from, to] = dies === 'here' ? [a, b] : [b, a]
    const ended = to.mesh.exitOf(survivor)
    from.mesh.exit(victim, 'killed')
    const reason: ExitReason = { linked: victim, reason: 'killed' }
    t.same(await ended, reason, dies)
  }
  const [a, b] = await two(t)
  const trapping = startProbe(a.mesh, { trapExits: true })
  const there = [startProbe(b.mesh), startProbe(b.mesh)]
  await trapping.run(self => {
    for (const { pid } of there) self.link(pid)
  })
  await passed(a, b)
  await there[0]?.run(self => self.exit(self.pid, 'normal'))
  await until(() => trapping.signals.length === 1)
  await there[1]?.run(self => self.unlink(trapping.pid))
  if (there[1] !== undefined) b.mesh.exit(there[1].pid, 'killed')
  await passed(b, a)
  await trapping.flush()
  t.match(trapping.signals, [{ type: 'exit', pid: there[0]?.pid, reason: 'normal' }])
})

t.test('unlink undoes a link on both sides', async t => {
  const [a, b] = await two(t)
  const [here, there] = [startProbe(a.mesh), startProbe(b.mesh)]
  await here.run(self => {
    self.link(there.pid)
    self.unlink(there.pid)
  })
  await passed(a, b)
  b.mesh.exit(there.pid, 'killed')
  t.equal(await a.mesh.exitOf(there.pid), 'noproc')
  t.equal(a.mesh.isAlive(here.pid), true)
})

t.test('a link to nobody is noproc', async t => {
  const [a] = await two(t)
  const probe = startProbe(a.mesh, { trapExits: true })
  const gone = { node: 'b', incarnation: 1, serial: 99 }
  await probe.run(self => self.link(gone))
  await until(() => probe.signals.length === 1)
  t.same(probe.signals, [{ type: 'exit', pid: gone, reason: 'noproc' }])
})

t.test('an exit reaches a process on another node; a kill cannot be trapped', async t => {
  const [a, b] = await two(t)
  const probe = startProbe(b.mesh, { trapExits: true })
  a.mesh.exit(probe.pid, 'shutdown')
  await until(() => probe.signals.length === 1)
  t.same(probe.signals, [{ type: 'exit', pid: { node: 'a', incarnation: 1, serial: 0 }, reason: 'shutdown' }])
  const ended = b.mesh.exitOf(probe.pid)
  a.mesh.exit(probe.pid, 'killed')
  t.equal(await ended, 'killed')
})

t.test('the loss of a link is noconnection for everybody who counted on it, once', async t => {
  const { a, b, lose } = await twoApart(t)
  const there = startProbe(b.mesh)
  const [watcher, linked, trapping] = [startProbe(a.mesh), startProbe(a.mesh), startProbe(a.mesh, { trapExits: true })]
  const ref = await watcher.run(self => self.monitor(there.pid))
  for (const { run } of [linked, trapping]) await run(self => self.link(there.pid))
  const silent = b.mesh.spawn<Ask, null>({ init: () => null, handle: state => state })
  const call = t.rejects(
    a.mesh.call(silent, (replyTo: ReplyTo<number>) => ({ n: 1, replyTo })),
    new ExitError('noconnection')
  )
  const [endedHere, endedThere] = [a.mesh.exitOf(linked.pid), b.mesh.exitOf(there.pid)]
  const outside = a.mesh.exitOf(silent)
  await until(() => b.mesh.processInfo(silent)?.handled === 1)
  await lose()
  await call
  t.equal(await outside, 'noconnection')
  t.same(await endedHere, { linked: there.pid, reason: 'noconnection' })
  t.match(await endedThere, { reason: 'noconnection' })
  await watcher.flush()
  await trapping.flush()
  t.same(watcher.signals, [{ type: 'down', ref, pid: there.pid, reason: 'noconnection' }])
  t.same(trapping.signals, [{ type: 'exit', pid: there.pid, reason: 'noconnection' }])
})

t.test('without a link mail is a dead letter, and everything else noconnection', async t => {
  const { a, b, lose } = await twoApart(t)
  const there = startProbe(b.mesh)
  await lose()
  const pid: Pid<unknown> = { node: 'b', incarnation: 1, serial: there.pid.serial }
  t.equal(a.mesh.cast(pid, 'lost'), 'ok')
  await until(() => a.deadLetters.length === 1)
  t.match(a.deadLetters, [{ to: pid, message: 'lost', why: 'noconnection' }])
  await t.rejects(
    a.mesh.call(pid, () => 'lost'),
    { message: 'noconnection' }
  )
  const probe = startProbe(a.mesh, { trapExits: true })
  await probe.run(self => {
    self.link(pid)
    self.monitor(pid)
  })
  await probe.flush()
  t.match(probe.signals, [
    { type: 'exit', reason: 'noconnection' },
    { type: 'down', reason: 'noconnection' }
  ])
})

t.test('pids of an earlier incarnation are dead: noconnection', async t => {
  const [a, b] = await two(t)
  const there = startProbe(b.mesh)
  await b.stop()
  await until(() => a.node.list().length === 0)
  const again = await testNode(t, 'b', { incarnation: 2 })
  await again.node.connect(a.address)
  const same = startProbe(again.mesh)
  t.equal(same.pid.serial, there.pid.serial)
  const probe = startProbe(a.mesh)
  await probe.run(self => self.monitor(there.pid))
  await probe.flush()
  t.match(probe.signals, [{ type: 'down', reason: 'noconnection' }])
  t.equal(await a.mesh.exitOf(there.pid), 'noconnection')
})
