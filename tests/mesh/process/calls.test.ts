// Goal: every call ends, once: answered, refused, timed out, or by the end of either side.
// Method: a callee that answers when told, dies when told, or never does.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { CallTimeout, ExitError, processName } from '../../../mesh/index.ts'
import type { Behaviour, ReplyTo } from '../../../mesh/types.ts'
import { node, startProbe, turn } from '../support.ts'

type Message =
  { type: 'ask'; n: number; replyTo: ReplyTo<number> } | { type: 'answer'; how: 'all' | 'twice' } | { type: 'crash' }

function oracle(): Behaviour<Message, { n: number; replyTo: ReplyTo<number> }[]> {
  return {
    init: () => [],
    handle: (asked, message, self) => {
      switch (message.type) {
        case 'ask':
          return [...asked, message]
        case 'answer':
          for (const { n, replyTo } of asked) {
            self.reply(replyTo, n + 1)
            if (message.how === 'twice') self.reply(replyTo, -1)
          }
          return []
        case 'crash':
          throw new Error('asked to')
      }
    }
  }
}

const ask =
  (n: number) =>
  (replyTo: ReplyTo<number>): Message => ({ type: 'ask', n, replyTo })

t.test('answers find their calls in whatever order they come, and only the first counts', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(oracle())
  const answers = [1, 2, 3].map(n => mesh.call(pid, ask(n)))
  mesh.cast(pid, { type: 'answer', how: 'twice' })
  t.same(await Promise.all(answers), [2, 3, 4])
})

t.test('a call that is not answered in time rejects, and the late answer is discarded', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(oracle())
  await t.rejects(mesh.call(pid, ask(1), 1), new CallTimeout(1))
  mesh.cast(pid, { type: 'answer', how: 'all' })
  await turn()
  t.equal(mesh.isAlive(pid), true)
  t.equal(mesh.deadLetters(), 0)
})

t.test('a call to nobody rejects at once', async t => {
  const mesh = node(t)
  await t.rejects(mesh.call({ node: 'node', incarnation: 1, serial: 99 }, ask(1)), new ExitError('noproc'))
  await t.rejects(mesh.call({ node: 'node', incarnation: 0, serial: 1 }, ask(1)), new ExitError('noproc'))
  await t.rejects(mesh.call({ node: 'other', incarnation: 1, serial: 1 }, ask(1)), new ExitError('noconnection'))
  await t.rejects(mesh.call(processName<Message>('nobody'), ask(1)), new ExitError('noproc'))
})

t.test('the end of the callee rejects every pending call with its reason', async t => {
  const mesh = node(t)
  const crashing = mesh.spawn(oracle())
  const calls = [1, 2].map(n => mesh.call(crashing, ask(n)))
  mesh.cast(crashing, { type: 'crash' })
  for (const call of calls) await t.rejects(call, { name: 'ExitError', message: 'Error: asked to' })

  const killed = mesh.spawn(oracle())
  const waiting = mesh.call(killed, ask(1))
  mesh.exit(killed, 'killed')
  await t.rejects(waiting, new ExitError('killed'))
})

t.test('a reply address can be passed on, and the answer comes from another process', async t => {
  const mesh = node(t)
  const front = mesh.spawn<ReplyTo<number>, null>({
    init: () => null,
    handle: (state, replyTo, self) => {
      self.spawn<null, null>({
        init: self => {
          self.reply(replyTo, 42)
          return null
        },
        handle: state => state
      })
      return state
    }
  })
  t.equal(await mesh.call(front, (replyTo: ReplyTo<number>) => replyTo), 42)
})

t.test('a process can await a call inside its handler, to a callee that answers later', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(oracle())
  const asking = mesh.spawn<ReplyTo<number>, null>({
    init: () => null,
    handle: async (state, replyTo, self) => {
      self.reply(replyTo, await self.call(pid, ask(1)))
      return state
    }
  })
  const answer = mesh.call(asking, (replyTo: ReplyTo<number>) => replyTo)
  await turn()
  await turn()
  mesh.cast(pid, { type: 'answer', how: 'all' })
  t.equal(await answer, 2)
})

t.test('the end of the caller ends its calls and leaves the callee alone', async t => {
  const mesh = node(t)
  const pid = mesh.spawn(oracle())
  const caller = startProbe(mesh)
  const self = await caller.run(self => self)
  const call = self.call(pid, ask(1))
  mesh.exit(caller.pid, 'killed')
  await t.rejects(call, new ExitError('killed'))
  mesh.cast(pid, { type: 'answer', how: 'all' })
  await turn()
  t.equal(mesh.isAlive(pid), true)
})

t.test('whatever happens to callees, every call ends as it must', async () => {
  const steps = fc.array(
    fc.record({ callee: fc.nat({ max: 2 }), what: fc.constantFrom('ask', 'ask', 'answer', 'crash', 'kill', 'turn') }),
    { maxLength: 40 }
  )
  await fc.assert(
    fc.asyncProperty(steps, async steps => {
      const teardowns: (() => void)[] = []
      const mesh = node({
        teardown: stop => {
          teardowns.push(stop)
        }
      })
      const pids = [mesh.spawn(oracle()), mesh.spawn(oracle()), mesh.spawn(oracle())]
      const ends: Promise<string>[] = []
      for (const { callee, what } of steps) {
        const pid = pids[callee]
        if (pid === undefined) throw new Error('no such callee')
        if (what === 'ask') ends.push(mesh.call(pid, ask(1)).then(String, (error: Error) => error.message))
        else if (what === 'answer') mesh.cast(pid, { type: 'answer', how: 'all' })
        else if (what === 'crash') mesh.cast(pid, { type: 'crash' })
        else if (what === 'kill') mesh.exit(pid, 'killed')
        else await turn()
      }
      for (const pid of pids) mesh.exit(pid, 'killed')
      const results = await Promise.all(ends)
      for (const stop of teardowns) stop()
      const expected = ['2', 'noproc', 'killed', 'Error: asked to']
      assert.deepEqual(
        results.filter(result => !expected.includes(result)),
        []
      )
    }),
    { numRuns: 100 }
  )
})
