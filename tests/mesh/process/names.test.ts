// Goal: a name has one owner, who is found by it, and it is free again with the owner's end.
// Method: probes that register, collide and die.
import t from 'tap'
import { processName } from '../../../mesh/index.ts'
import { gate, node, startProbe } from '../support.ts'
import type { ProbeMessage } from '../support.ts'

const name = processName<ProbeMessage>('keeper')

t.test('a name given at the spawn stands before init has run', async t => {
  const mesh = node(t)
  const held = gate()
  const pid = mesh.spawn<null, null>(
    {
      init: async () => {
        await held.passed
        return null
      },
      handle: state => state
    },
    { name: 'early' }
  )
  t.same(mesh.whereis(processName('early')), pid)
  t.same(mesh.processInfo(pid)?.names, ['early'])
  t.equal(mesh.processInfo(pid)?.label, 'early')
  held.open()
})

t.test('mail and calls by name reach the owner of the moment', async t => {
  const mesh = node(t)
  const first = startProbe(mesh, { name })
  t.same(mesh.whereis(name), first.pid)
  mesh.exit(first.pid, 'killed')
  t.equal(mesh.whereis(name), undefined)
  const second = startProbe(mesh, { name })
  await mesh.call(name, replyTo => ({ act: self => self.register('second name'), replyTo }))
  t.same(mesh.processInfo(second.pid)?.names, ['keeper', 'second name'])
})

t.test('a name that is taken crashes who asks for it, and the owner keeps it', async t => {
  const mesh = node(t)
  const owner = startProbe(mesh, { name })
  const late = startProbe(mesh, { name })
  t.match(await mesh.exitOf(late.pid), { error: { message: 'the name keeper is taken by keeper' } })

  const other = startProbe(mesh)
  const ended = mesh.exitOf(other.pid)
  await t.rejects(other.run(self => self.register('keeper')))
  t.match(await ended, { error: { message: /is taken/ } })
  t.same(mesh.whereis(name), owner.pid)
})

t.test('a name can be registered twice by its owner, given up, and taken by another', async t => {
  const mesh = node(t)
  const [one, other] = [startProbe(mesh), startProbe(mesh)]
  await one.run(self => {
    self.register('keeper')
    self.register('keeper')
  })
  await other.run(self => self.unregister('keeper'))
  t.same(mesh.whereis(name), one.pid, 'only the owner can give it up')
  await one.run(self => self.unregister('keeper'))
  await other.run(self => self.register('keeper'))
  mesh.exit(one.pid, 'killed')
  t.same(mesh.whereis(name), other.pid)
})
