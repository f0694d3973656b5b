// Goal: timers bring mail, can be cancelled, and die with their process.
// Method: short real delays; what must not come is given a later timer to come after.
import t from 'tap'
import type { DeadLetter } from '../../../mesh/index.ts'
import type { Behaviour, CancelTimer, Self } from '../../../mesh/types.ts'
import { gate, node, startProbe, until } from '../support.ts'

function recorder(got: string[], setUp: (self: Self<string>) => void): Behaviour<string, null> {
  return {
    init: self => {
      setUp(self)
      return null
    },
    handle: (state, message) => {
      got.push(message)
      return state
    },
    info: (state, signal) => {
      got.push(signal.type)
      return state
    }
  }
}

t.test('timers bring their mail in the order of their time, once or again and again', async t => {
  const mesh = node(t)
  const got: string[] = []
  mesh.spawn(
    recorder(got, self => {
      self.sendAfter('second', 5)
      self.sendAfter('first', 0)
    })
  )
  await until(() => got.length === 2)
  t.same(got, ['first', 'second'])

  const ticks: string[] = []
  mesh.spawn(recorder(ticks, self => self.sendEvery('tick', 1)))
  await until(() => ticks.length >= 3)
})

t.test('a cancelled timer brings nothing', async t => {
  const mesh = node(t)
  const got: string[] = []
  let cancel: CancelTimer[] = []
  mesh.spawn(
    recorder(got, self => {
      cancel = [self.sendAfter('after', 1), self.sendEvery('every', 1)]
      for (const each of cancel) each()
      self.sendAfter('later', 5)
    })
  )
  await until(() => got.length > 0)
  t.same(got, ['later'])
  for (const each of cancel) each()
})

t.test('the timers of a dead process bring nothing, not even dead letters', async t => {
  const mesh = node(t)
  const got: string[] = []
  const pid = mesh.spawn(
    recorder(got, self => {
      self.sendAfter('after', 5)
      self.sendEvery('every', 5)
      self.receiveTimeout(5)
      self.exit(self.pid, 'killed')
    })
  )
  const survivor: string[] = []
  t.equal(await mesh.exitOf(pid), 'killed')
  mesh.spawn(recorder(survivor, self => self.sendAfter('later', 20)))
  await until(() => survivor.length > 0)
  t.same(got, [])
  t.equal(mesh.deadLetters(), 0)
})

t.test(
  'a timeout comes when there was no mail for so long, again after each such time, until it is turned off',
  async t => {
    const mesh = node(t)
    const got: string[] = []
    const pid = mesh.spawn<string, null>({
      ...recorder(got, self => self.receiveTimeout(2)),
      handle: (state, message, self) => {
        got.push(message)
        self.receiveTimeout(null)
        return state
      }
    })
    await until(() => got.length >= 2)
    t.ok(got.every(each => each === 'timeout'))
    mesh.cast(pid, 'off')
    await until(() => got.includes('off'))
    const later: string[] = []
    mesh.spawn(recorder(later, self => self.sendAfter('later', 20)))
    await until(() => later.length > 0)
    t.equal(got.at(-1), 'off')
  }
)

t.test('mail, and work that takes long, put the timeout off', async t => {
  const mesh = node(t)
  const got: string[] = []
  const held = gate()
  const pid = mesh.spawn<string, null>({
    ...recorder(got, self => self.receiveTimeout(10)),
    handle: async (state, message, self) => {
      await held.passed
      got.push(message)
      self.receiveTimeout(message === 'long' ? null : 10)
      return state
    }
  })
  mesh.cast(pid, 'long')
  const later: string[] = []
  mesh.spawn(recorder(later, self => self.sendAfter('later', 30)))
  await until(() => later.length > 0)
  held.open()
  mesh.cast(pid, 'short')
  await until(() => got.length === 3)
  t.same(got, ['long', 'short', 'timeout'], 'none was under way while it worked')
})

t.test('a reminder that a full mailbox refuses is a dead letter', async t => {
  const letters: DeadLetter[] = []
  const mesh = node(t, { onDeadLetter: letter => letters.push(letter) })
  const held = gate()
  const pid = mesh.spawn<string, null>(
    {
      init: () => null,
      handle: async (state, _, self) => {
        self.sendAfter('fills the mailbox', 0)
        self.sendAfter('too much', 0)
        await held.passed
        return state
      }
    },
    { mailbox: { max: 1, overflow: 'refuse' } }
  )
  mesh.cast(pid, 'go')
  await until(() => letters.length > 0)
  t.match(letters, [{ to: pid, message: 'too much', why: 'refused' }])
  mesh.exit(pid, 'killed')
  held.open()
})

t.test('a delay that no timer can hold is a mistake of the programmer', async t => {
  const mesh = node(t)
  const probe = startProbe(mesh)
  const self = await probe.run(self => self)
  const message = { act: () => {}, replyTo: { node: 'node', incarnation: 1, call: 0 } }
  for (const ms of [-1, NaN, 2 ** 31]) {
    t.throws(() => self.sendAfter(message, ms))
    t.throws(() => self.sendEvery(message, ms))
    t.throws(() => self.receiveTimeout(ms))
  }
})
