// Goal: mailboxes are measured and bounded, and mail that reaches nobody is counted.
// Method: a process is held inside a handler while mail arrives.
import t from 'tap'
import { Overloaded, processName } from '../../../mesh/index.ts'
import type { DeadLetter, LocalMesh } from '../../../mesh/index.ts'
import type { Behaviour, MailboxBound, ReplyTo } from '../../../mesh/types.ts'
import { gate, node, startProbe, turn, until } from '../support.ts'

type Message = number | ReplyTo<number[]>

/** Keeps the numbers it got; the first one holds it until the gate opens. */
function holder(held: Promise<void>): Behaviour<Message, number[]> {
  return {
    init: () => [],
    handle: async (numbers, message, self) => {
      if (typeof message !== 'number') {
        self.reply(message, numbers)
        return numbers
      }
      if (message === 0) await held
      return [...numbers, message]
    }
  }
}

async function full(mesh: LocalMesh, bound: MailboxBound) {
  const { passed, open } = gate()
  const pid = mesh.spawn(holder(passed), { mailbox: bound })
  mesh.cast(pid, 0)
  await turn()
  for (let n = 1; n <= bound.max; n++) mesh.cast(pid, n)
  return { pid, open, all: () => mesh.call(pid, (replyTo: ReplyTo<number[]>) => replyTo) }
}

t.test('a full mailbox that refuses tells the sender and keeps what it has', async t => {
  const mesh = node(t)
  const { pid, open, all } = await full(mesh, { max: 2, overflow: 'refuse' })
  t.equal(mesh.cast(pid, 3), 'overloaded')
  t.match(mesh.processInfo(pid), { mailboxLength: 2, refused: 1, dropped: 0, state: 'busy' })
  await t.rejects(all(), new Overloaded())
  open()
  await until(() => mesh.processInfo(pid)?.mailboxLength === 0)
  t.same(await all(), [0, 1, 2])
  t.equal(mesh.deadLetters(), 0)
})

t.test('a full mailbox that drops the oldest takes the newest and counts what it lost', async t => {
  const letters: DeadLetter[] = []
  const mesh = node(t, { onDeadLetter: letter => letters.push(letter) })
  const { pid, open, all } = await full(mesh, { max: 2, overflow: 'drop_oldest' })
  t.equal(mesh.cast(pid, 3), 'ok')
  t.match(mesh.processInfo(pid), { mailboxLength: 2, refused: 0, dropped: 1 })
  open()
  await until(() => mesh.processInfo(pid)?.mailboxLength === 0)
  t.same(await all(), [0, 2, 3])
  t.same(letters, [{ to: pid, message: 1, why: 'dropped' }])
})

t.test('signals of the runtime come through a full mailbox, before the mail', async t => {
  const mesh = node(t)
  const held = gate()
  const probe = startProbe(mesh, { mailbox: { max: 1, overflow: 'refuse' } })
  const watched = startProbe(mesh)
  await probe.run(self => self.monitor(watched.pid))
  let signalsAtMail = -1
  const mail = (act: () => void) => mesh.cast(probe.pid, { act, replyTo: { node: 'node', incarnation: 1, call: 0 } })
  t.equal(
    mail(() => {
      signalsAtMail = probe.signals.length
      held.open()
    }),
    'ok'
  )
  t.equal(
    mail(() => {}),
    'overloaded'
  )
  mesh.exit(watched.pid, 'killed')
  await held.passed
  t.equal(signalsAtMail, 1)
})

t.test('the age of a mailbox is that of its oldest message', async t => {
  const mesh = node(t)
  const { pid, open } = await full(mesh, { max: 2, overflow: 'refuse' })
  const younger = mesh.processInfo(pid)?.mailboxOldestMs ?? NaN
  await new Promise(resolve => {
    setTimeout(resolve, 3)
  })
  t.ok((mesh.processInfo(pid)?.mailboxOldestMs ?? NaN) > younger)
  open()
  await until(() => mesh.processInfo(pid)?.mailboxLength === 0)
  t.match(mesh.processInfo(pid), { mailboxOldestMs: 0, mailboxLength: 0, handled: 3 })
})

t.test('mail to nobody is a dead letter and says so', async t => {
  const letters: DeadLetter[] = []
  const mesh = node(t, { onDeadLetter: letter => letters.push(letter) })
  const nobody = { node: 'node', incarnation: 1, serial: 77 }
  const old = { node: 'node', incarnation: 0, serial: 1 }
  const far = { node: 'other', incarnation: 1, serial: 1 }
  t.equal(mesh.cast(nobody, 'a'), 'noproc')
  t.equal(mesh.cast(old, 'b'), 'noproc')
  t.equal(mesh.cast(processName<string>('nobody'), 'c'), 'noproc')
  t.equal(mesh.cast(far, 'd'), 'ok', 'whether mail to another node arrives is not known at once')
  await turn()
  t.same(
    letters.map(({ to, message, why }) => [to, message, why]),
    [
      [nobody, 'a', 'noproc'],
      [old, 'b', 'noproc'],
      ['nobody', 'c', 'noproc'],
      [far, 'd', 'noconnection']
    ]
  )
  t.equal(mesh.deadLetters(), 4)
})
