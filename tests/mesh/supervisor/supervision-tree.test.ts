// Goal: the tree shows every supervisor and child with what it is doing, and does not fail when parts of it die
// meanwhile. Method: small trees, one of them longer than what is shown.
import t from 'tap'
import { processName, startChild, startSupervisor, supervisionTree, whenStarted } from '../../../mesh/index.ts'
import { node, until } from '../support.ts'
import { child, childSpec } from './supervisor-support.ts'
import type { ChildMessage } from './supervisor-support.ts'

t.test('the tree has the ids, states and restarts of everything below', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(mesh, {
    id: 'root',
    strategy: 'one_for_one',
    children: [
      childSpec(log, 'a'),
      {
        id: 'branch',
        start: () => ({
          id: 'branch',
          strategy: 'one_for_all',
          children: [childSpec(log, 'b', { restart: 'transient' })]
        })
      }
    ]
  })
  await whenStarted(mesh, root)
  mesh.cast(processName<ChildMessage>('a'), 'crash')
  mesh.cast(processName<ChildMessage>('b'), 'end')
  await until(() => log.length === 5)
  const tree = await supervisionTree(mesh, root)
  t.match(tree, {
    id: 'root',
    pid: root,
    type: 'supervisor',
    state: 'running',
    omitted: 0,
    children: [
      { id: 'a', type: 'worker', state: 'running', restarts: 1, mailboxLength: 0, children: [] },
      {
        id: 'branch',
        type: 'supervisor',
        state: 'running',
        restarts: 0,
        children: [{ id: 'b', type: 'worker', state: 'down', pid: undefined, uptimeMs: 0 }]
      }
    ]
  })
  t.ok((tree.children[0]?.uptimeMs ?? 0) > 0)
})

t.test('a long list is cut, and says how much is left out', async t => {
  const mesh = node(t)
  const pool = startSupervisor<number>(mesh, {
    id: 'pool',
    strategy: 'simple_one_for_one',
    children: [{ id: 'w', start: n => child([], `${n}`) }]
  })
  await Promise.all(Array.from({ length: 105 }, (_, n) => startChild(mesh, pool, n)))
  const tree = await supervisionTree(mesh, pool)
  t.equal(tree.children.length, 100)
  t.equal(tree.omitted, 5)
})

t.test('a supervisor that is gone is shown as down, without children', async t => {
  const mesh = node(t)
  const root = startSupervisor(mesh, { id: 'root', strategy: 'one_for_one', children: [] })
  mesh.exit(root, 'killed')
  t.match(await supervisionTree(mesh, root), { state: 'down', children: [], mailboxLength: 0 })
})
