// Goal: what one process promises: order, isolation, an end in the right order, once.
// Method: real processes on a real mesh; a call after casts is the synchronisation, signals are awaited as mail.
import t from 'tap'
import { ExitError, startMesh } from '../../mesh/index.ts'
import type { Behaviour, ReplyTo } from '../../mesh/types.ts'

type CounterMessage = { type: 'add', n: number } | { type: 'all', replyTo: ReplyTo<number[]> } | { type: 'crash' }

function collector (): Behaviour<CounterMessage, number[]> {
  return {
    init: () => [],
    handle: (numbers, message, self) => {
      switch (message.type) {
        case 'add': return [...numbers, message.n]
        case 'all': self.reply(message.replyTo, numbers); return numbers
        case 'crash': throw new TypeError('asked to')
      }
    }
  }
}

const all = (replyTo: ReplyTo<number[]>): CounterMessage => ({ type: 'all', replyTo })

t.test('mail is handled in the order in which it was sent', async t => {
  const mesh = startMesh({ name: 'node' })
  t.teardown(mesh.stop)
  const pid = mesh.spawn(collector())
  for (const n of [1, 2, 3]) t.equal(mesh.cast(pid, { type: 'add', n }), 'ok')
  t.same(await mesh.call(pid, all), [1, 2, 3])
})

t.test('a crash ends one process with the error as its reason', async t => {
  const mesh = startMesh({ name: 'node' })
  t.teardown(mesh.stop)
  const [one, other] = [mesh.spawn(collector()), mesh.spawn(collector())]
  const ended = mesh.exitOf(one)
  mesh.cast(one, { type: 'crash' })
  t.match(await ended, { error: { name: 'TypeError', message: 'asked to' } })
  t.equal(mesh.isAlive(one), false)
  t.same(await mesh.call(other, all), [])
  await t.rejects(mesh.call(one, all), new ExitError('noproc'))
})
