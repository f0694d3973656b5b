// Goal: a child that is replaced ends like one that crashed and comes back by the strategy, with the reason kept; it is
// refused where it would not come back. Method: children that log their starts and stops; one that does not end.
import t from 'tap'
import {
  replaceChild,
  startSupervisor,
  supervisionTree,
  supervisorOf,
  whenStarted,
  whichChildren,
  pidKey
} from '../../../mesh/index.ts'
import type { ListSpec } from '../../../mesh/types.ts'
import { gate, node, until } from '../support.ts'
import { childSpec, pidOf, sure } from './supervisor-support.ts'

const error = { name: 'RestartedByHand', message: 'somebody asked' }

async function started(t: Parameters<typeof node>[0], spec: Partial<ListSpec> & Pick<ListSpec, 'children'>) {
  const mesh = node(t)
  const root = startSupervisor(mesh, { id: 'root', strategy: 'one_for_one', ...spec })
  await whenStarted(mesh, root)
  const info = async (id: string) => sure((await whichChildren(mesh, root)).find(child => child.id === id))
  return { mesh, root, info, replace: async (id: string) => replaceChild(mesh, root, pidOf(await info(id)), error) }
}

t.test('a replaced child ends in order, comes back by the strategy, and its reason is kept', async t => {
  const log: string[] = []
  const children = ['a', 'b', 'c'].map(id => childSpec(log, id))
  const { info, replace } = await started(t, { strategy: 'rest_for_one', children })
  const before = Date.now()
  t.equal(await replace('b'), 'replaced')
  await until(() => log.filter(line => line === 'start c').length === 2)
  t.same(log, ['start a', 'start b', 'start c', 'stop b', 'stop c', 'start b', 'start c'])
  t.match(await info('b'), { restarts: 1, lastExit: { reason: { error } } })
  t.ok((sure((await info('b')).lastExit).at ?? 0) >= before)
  t.match(await info('c'), { restarts: 0, lastExit: undefined }, 'it was asked to end')
})

t.test('a child that does not end in time is killed and comes back', async t => {
  const log: string[] = []
  const held = gate()
  const stubborn = childSpec(log, 'a', { terminate: () => held.passed, shutdown: 1 })
  const { info, replace } = await started(t, { children: [stubborn] })
  t.equal(await replace('a'), 'replaced')
  await until(() => log.length === 2)
  t.match(await info('a'), { restarts: 1, lastExit: { reason: 'killed' } })
  held.open()
})

t.test('what would not come back is left alone', async t => {
  const log: string[] = []
  const { mesh, root, info, replace } = await started(t, {
    maxRestarts: 1,
    withinMs: 600_000,
    children: [childSpec(log, 'a'), childSpec(log, 'b', { restart: 'temporary' })]
  })
  t.equal(await replace('b'), 'temporary')
  const first = pidOf(await info('a'))
  t.equal(await replace('a'), 'replaced')
  await until(() => log.filter(line => line === 'start a').length === 2)
  t.equal(await replace('a'), 'exhausted', 'one more would end the supervisor')
  t.equal(await replaceChild(mesh, root, first, error), 'unknown', 'it has ended')
  t.same(
    (await whichChildren(mesh, root)).map(({ state }) => state),
    ['running', 'running']
  )
})

t.test('the supervisor of a process is found from the root; a supervisor is replaced with all below it', async t => {
  const log: string[] = []
  const branch: ListSpec = { id: 'branch', strategy: 'one_for_one', children: [childSpec(log, 'leaf')] }
  const { mesh, root, info } = await started(t, { children: [{ id: 'branch', start: () => branch }] })
  const leaf = sure((await supervisionTree(mesh, root)).children[0]?.children[0]?.pid)
  t.match(await supervisorOf(mesh, root, pidKey(leaf)), { supervisor: pidOf(await info('branch')), id: 'leaf' })
  t.equal(await supervisorOf(mesh, root, pidKey(root)), undefined, 'nobody restarts the root')

  const found = sure(await supervisorOf(mesh, root, pidKey(pidOf(await info('branch')))))
  t.equal(await replaceChild(mesh, found.supervisor, found.child, error), 'replaced')
  await until(() => log.length === 3)
  t.same(log, ['start leaf', 'stop leaf', 'start leaf'])
})
