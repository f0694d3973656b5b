// Goal: the use of keys is added up by the hour, written now and then, and kept when the database is away. Method: a
// clock that the test moves, and writes that succeed or fail by script.
import t from 'tap'
import { keyUsage } from '../../../actors/ingestion/key-usage.ts'
import type { HourOfKey, KeyUsageMessage } from '../../../actors/ingestion/messages.ts'
import { keptLog, node, quiet } from '../support.ts'

const hourMs = 3_600_000
const use = (events: number, clients: string[] = ['']) => ({ projectId: 1, keyId: 'key-1', events, clients })

function start(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const written: HourOfKey[][] = []
  let [now, fails] = [10 * hourMs + 1, false]
  const write = async (uses: HourOfKey[]): Promise<void> => {
    if (fails) throw new Error('the database is away')
    written.push(uses)
  }
  const pid = mesh.spawn(keyUsage({ write, now: () => now, flushMs: 60_000, log: keptLog().log }))
  return {
    written,
    tell: async (message: KeyUsageMessage) => {
      mesh.cast(pid, message)
      await quiet(mesh)
    },
    pass: (ms: number) => {
      now += ms
    },
    fail: (does: boolean) => {
      fails = does
    }
  }
}

t.test('uses of an hour are one, with the clients of all', async t => {
  const { tell, pass, written } = start(t)
  await tell({ type: 'used', uses: [use(2, ['a'])] })
  pass(5)
  await tell({ type: 'used', uses: [use(3, ['b', 'a'])] })
  pass(hourMs)
  await tell({ type: 'used', uses: [use(1)] })
  await tell({ type: 'flush' })
  t.same(written, [
    [
      { ...use(5, ['a', 'b']), hour: 10 * hourMs, at: 10 * hourMs + 6 },
      { ...use(1), hour: 11 * hourMs, at: 11 * hourMs + 6 }
    ]
  ])
  await tell({ type: 'flush' })
  t.equal(written.length, 1, 'nothing is written without a use')
})

t.test('what could not be written is written with the next', async t => {
  const { tell, written, fail } = start(t)
  fail(true)
  await tell({ type: 'used', uses: [use(2)] })
  await tell({ type: 'flush' })
  fail(false)
  await tell({ type: 'used', uses: [use(3)] })
  await tell({ type: 'flush' })
  t.match(written, [[{ events: 5 }]])
})

t.test('what clients call themselves is bounded', async t => {
  const { tell, written } = start(t)
  const many = Array.from({ length: 100 }, (_, n) => `client ${n}`)
  await tell({ type: 'used', uses: [use(1, [`\0\ud800${'x'.repeat(500)}`, ...many])] })
  await tell({ type: 'flush' })
  const [[first] = []] = written
  t.equal(first?.clients.length, 20)
  t.equal(first?.clients[0], `\ufffd${'x'.repeat(99)}`)
})
