// Goal: the row of this node follows its reports, one statement at a time; others are linked with, a twin is reported,
// an outage is told once. Method: the statement is a gate; links are kept.
import t from 'tap'
import { nodeDirectory } from '../../../actors/cluster/node-directory.ts'
import type { NodeReport } from '../../../schema/nodes.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { DirectoryEntry } from '../../../actors/cluster/messages.ts'

const report = (load: number): NodeReport => ({
  name: 'me',
  incarnation: 5,
  address: 'me:1',
  load,
  links: [],
  routes: [],
  refused: [],
  isLeaving: false
})

function start(t: Parameters<typeof node>[0], { discovers = true } = {}) {
  const mesh = node(t)
  const notes = gated<[NodeReport], DirectoryEntry[]>()
  const linked: string[] = []
  const { log, lines } = keptLog()
  let removed = 0
  const directory = mesh.spawn(
    nodeDirectory({
      note: notes.run,
      remove: async () => {
        removed += 1
      },
      connect: discovers
        ? address => {
            linked.push(address)
          }
        : null,
      self: () => ({ name: 'me', incarnation: 5, address: 'me:1' }),
      log
    })
  )
  return {
    mesh,
    directory,
    notes,
    linked,
    lines,
    removed: () => removed,
    tell: async (load: number) => {
      mesh.cast(directory, { type: 'report', report: report(load) })
      await quiet(mesh)
    }
  }
}

t.test('writes the newest report when the one before is through, and links with the others', async t => {
  const { mesh, notes, linked, tell } = start(t)
  await tell(0.1)
  await tell(0.2)
  await tell(0.3)
  t.equal(notes.calls.length, 1)
  notes.last().succeed([
    { name: 'me', incarnation: 5, address: 'me:1' },
    { name: 'a', incarnation: 1, address: 'a:1' },
    { name: 'b', incarnation: 1, address: null }
  ])
  await quiet(mesh)
  t.same(
    notes.calls.map(({ args: [{ load }] }) => load),
    [0.1, 0.3]
  )
  t.same(linked, ['a:1'])
})

t.test('links with nobody where nodes are named', async t => {
  const { mesh, notes, linked, tell } = start(t, { discovers: false })
  await tell(0.1)
  notes.last().succeed([{ name: 'a', incarnation: 1, address: 'a:1' }])
  await quiet(mesh)
  t.same(linked, [])
})

t.test('a later run of another node under this name is an error, told once', async t => {
  const { mesh, notes, lines, tell } = start(t)
  for (let times = 0; times < 2; times++) {
    await tell(0.1)
    notes.last().succeed([
      { name: 'me', incarnation: 4, address: null },
      { name: 'me', incarnation: 6, address: null }
    ])
    await quiet(mesh)
  }
  t.equal(lines.filter(line => line.startsWith('error')).length, 1)
})

t.test('an outage is told once, and the row is taken away at the end', async t => {
  const { mesh, directory, notes, lines, removed, tell } = start(t)
  for (let times = 0; times < 2; times++) {
    await tell(0.1)
    notes.last().fail(new Error('away'))
    await quiet(mesh)
  }
  t.equal(lines.filter(line => line.startsWith('warn')).length, 1)
  await tell(0.1)
  notes.last().succeed([])
  await quiet(mesh)
  t.match(lines.at(-1), /^info: this node is written into the list of nodes again/)
  await mesh.stopProcess(directory, { timeoutMs: 60_000 })
  t.equal(removed(), 1)
})
