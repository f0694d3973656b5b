// Goal: whatever children do, in whatever order, a supervisor starts and stops exactly the ones that its strategy says.
// Method: random schedules against a model of the strategies: the log of starts and stops must be the model's to the
// line. Then storms of kills in a deep tree, where only the end is predicted: everything is back, once, under its name.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  countChildren,
  processName,
  restartChild,
  samePid,
  startSupervisor,
  terminateChild,
  whenStarted,
  whichChildren
} from '../../../mesh/index.ts'
import type { LocalMesh, SupervisorMessage } from '../../../mesh/index.ts'
import type { ChildSpec, ListSpec, Pid, SupervisorSpec } from '../../../mesh/types.ts'
import { node, turn, until } from '../support.ts'
import { childSpec, sure } from './supervisor-support.ts'
import type { ChildMessage } from './supervisor-support.ts'

type Restart = 'permanent' | 'transient' | 'temporary'
type Deed = 'crash' | 'end' | 'kill' | 'terminate' | 'restart'
type ModelChild = { id: string; restart: Restart; runs: boolean }

/** What a supervisor should do, told as the log of its children. */
function model(strategy: ListSpec['strategy'], kinds: readonly Restart[]) {
  let children: ModelChild[] = kinds.map((restart, index) => ({ id: `c${index}`, restart, runs: true }))
  const log = children.map(({ id }) => `start ${id}`)

  function stop(child: ModelChild, isLogged = true): void {
    if (isLogged) log.push(`stop ${child.id}`)
    child.runs = false
    if (child.restart === 'temporary') children = children.filter(each => each !== child)
  }

  function start(child: ModelChild): void {
    log.push(`start ${child.id}`)
    child.runs = true
  }

  function restart(failed: ModelChild): void {
    if (strategy === 'one_for_one') return start(failed)
    const group = children.slice(strategy === 'one_for_all' ? 0 : children.indexOf(failed))
    for (const child of [...group].reverse()) if (child.runs) stop(child)
    for (const child of group) if (children.includes(child)) start(child)
  }

  return {
    log,
    children: () => children,
    /** Says whether there was anything to do. */
    act: (index: number, deed: Deed): boolean => {
      const child = children.find(({ id }) => id === `c${index}`)
      if (child === undefined || child.runs === (deed === 'restart')) return false
      if (deed === 'restart') start(child)
      else stop(child, deed !== 'kill')
      const comesBack = child.restart === 'permanent' || (child.restart === 'transient' && deed !== 'end')
      if (comesBack && (deed === 'crash' || deed === 'end' || deed === 'kill')) restart(child)
      return true
    }
  }
}

async function perform(mesh: LocalMesh, root: Pid<SupervisorMessage>, id: string, deed: Deed): Promise<void> {
  const name = processName<ChildMessage>(id)
  switch (deed) {
    case 'terminate':
      await terminateChild(mesh, root, id)
      break
    case 'restart':
      await restartChild(mesh, root, id)
      break
    case 'kill':
      mesh.exit(sure(mesh.whereis(name)), 'killed')
      break
    case 'crash':
    case 'end':
      mesh.cast(name, deed)
      break
  }
}

for (const strategy of ['one_for_one', 'one_for_all', 'rest_for_one'] as const) {
  t.test(`${strategy} starts and stops exactly the children that it should`, async t => {
    const kinds = fc.array(fc.constantFrom<Restart>('permanent', 'permanent', 'transient', 'temporary'), {
      minLength: 1,
      maxLength: 5
    })
    const deeds = fc.array(
      fc.tuple(fc.nat({ max: 4 }), fc.constantFrom<Deed>('crash', 'crash', 'end', 'kill', 'terminate', 'restart')),
      { maxLength: 12 }
    )
    await fc.assert(
      fc.asyncProperty(kinds, deeds, async (kinds, deeds) => {
        const mesh = node(t)
        const log: string[] = []
        const expected = model(strategy, kinds)
        const children = kinds.map((restart, index) => childSpec(log, `c${index}`, { restart }))
        // Within a millisecond nothing counts as a restart in a row, so that hardly any pause is made.
        const root = startSupervisor(mesh, { id: 'root', strategy, children, maxRestarts: 1_000, withinMs: 1 })
        await whenStarted(mesh, root)
        for (const [index, deed] of deeds) {
          if (!expected.act(index, deed)) continue
          await perform(mesh, root, `c${index}`, deed)
          await until(() => log.length >= expected.log.length)
          await settled(
            mesh,
            root,
            expected.children().map(({ id, runs }) => `${id} ${runs ? 'running' : 'down'}`)
          )
          assert.deepEqual(log, expected.log)
        }
        const rest = expected
          .children()
          .filter(({ runs }) => runs)
          .reverse()
          .map(({ id }) => `stop ${id}`)
        await mesh.stopProcess(root, { timeoutMs: 60_000 })
        mesh.stop()
        assert.deepEqual(log, [...expected.log, ...rest])
      }),
      { numRuns: 60 }
    )
  })
}

/** Waits for these states; a supervisor that never reaches them lets the test run into its limit. */
async function settled(mesh: LocalMesh, root: Pid<SupervisorMessage>, states: string[]): Promise<void> {
  const now = async () => (await whichChildren(mesh, root)).map(({ id, state }) => `${id} ${state}`).join()
  while ((await now()) !== states.join()) await turn()
}

t.test('the restarts of a supervisor never exceed its intensity, and exactly then it ends', async t => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 6 }), async (maxRestarts, crashes) => {
      const mesh = node(t)
      const log: string[] = []
      const root = startSupervisor(mesh, {
        id: 'root',
        strategy: 'one_for_all',
        maxRestarts,
        withinMs: 600_000,
        children: [childSpec(log, 'a'), childSpec(log, 'b')]
      })
      await whenStarted(mesh, root)
      for (let crash = 1; crash <= Math.min(crashes, maxRestarts + 1); crash++) {
        mesh.cast(processName<ChildMessage>('a'), 'crash')
        const starts = crash <= maxRestarts ? 2 * (crash + 1) : Infinity
        await until(() => !mesh.isAlive(root) || log.filter(line => line.startsWith('start')).length === starts)
      }
      const ended = !mesh.isAlive(root)
      const starts = log.filter(line => line === 'start a').length
      mesh.stop()
      assert.equal(ended, crashes > maxRestarts)
      assert.equal(starts, 1 + Math.min(crashes, maxRestarts))
    }),
    { numRuns: 30 }
  )
})

const stormy = { maxRestarts: 1_000_000, withinMs: 1 }

/** Four levels of supervisors with two children each, the last with workers. */
function tree(log: string[], id: string, depth: number): SupervisorSpec {
  const strategies = ['one_for_one', 'one_for_all', 'rest_for_one'] as const
  const ids = [`${id}0`, `${id}1`]
  const children: ChildSpec[] =
    depth === 0
      ? ids.map(id => childSpec(log, id))
      : ids.map(id => ({ id, name: id, start: () => tree(log, id, depth - 1) }))
  return { id, strategy: sure(strategies[depth % 3]), ...stormy, children }
}

t.test('after a storm of kills at every level everything is back, once, under its name', async t => {
  const names = ['', '0', '1'].flatMap(a =>
    ['', '0', '1'].flatMap(b => ['', '0', '1'].flatMap(c => ['0', '1'].map(d => `r${a}${b}${c}${d}`)))
  )
  const ids = [...new Set(names)]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...ids), fc.boolean()), { maxLength: 100 }), async kills => {
      const mesh = node(t)
      const root = startSupervisor(mesh, {
        id: 'root',
        strategy: 'one_for_one',
        ...stormy,
        children: [{ id: 'r', start: () => tree([], 'r', 3) }]
      })
      await whenStarted(mesh, root)
      const total = mesh.processCount()
      for (const [id, pauses] of kills) {
        const pid = mesh.whereis(processName(id))
        if (pid !== undefined) mesh.exit(pid, 'killed')
        if (pauses) await turn()
      }
      await calm(mesh, root)
      const all = mesh.processes()
      const owners = ids.map(id => mesh.whereis(processName(id)))
      const found = owners.every(pid => pid !== undefined && all.some(info => samePid(info.pid, pid)))
      const count = mesh.processCount()
      await mesh.stopProcess(root, { timeoutMs: 60_000 })
      await until(() => mesh.processCount() === 0)
      mesh.stop()
      assert.ok(found, 'every name has a process that lives')
      assert.deepEqual([total, count], [ids.length + 2, ids.length + 2])
    }),
    { numRuns: 20 }
  )
})

/** Waits until every supervisor below says that all its children run. */
async function calm(mesh: LocalMesh, supervisor: Pid): Promise<void> {
  while (!(await isCalm(mesh, supervisor))) await turn()
}

async function isCalm(mesh: LocalMesh, { node, incarnation, serial }: Pid): Promise<boolean> {
  // A supervisor that has just been killed answers with its end: then it is not calm yet.
  const children = await whichChildren(mesh, { node, incarnation, serial }).catch(() => [])
  if (children.length === 0 || children.some(({ state }) => state !== 'running')) return false
  const below = children.flatMap(({ type, pid }) =>
    type === 'supervisor' && pid !== undefined ? [isCalm(mesh, pid)] : []
  )
  return (await Promise.all(below)).every(Boolean)
}

t.test('a crash storm in one branch leaves the others untouched', async t => {
  const mesh = node(t)
  const log: string[] = []
  const branch = (id: string): ChildSpec => ({
    id,
    name: id,
    start: () => ({ id, strategy: 'one_for_one', ...stormy, children: [childSpec(log, `${id} leaf`)] })
  })
  const root = startSupervisor(mesh, {
    id: 'root',
    strategy: 'one_for_one',
    children: [branch('stormy'), branch('quiet')]
  })
  await whenStarted(mesh, root)
  const quiet = mesh.whereis(processName('quiet leaf'))
  for (let crashes = 1; crashes <= 200; crashes++) {
    mesh.cast(processName<ChildMessage>('stormy leaf'), 'crash')
    await until(() => log.filter(line => line === 'start stormy leaf').length === crashes + 1)
  }
  t.same(mesh.whereis(processName('quiet leaf')), quiet)
  t.match(await countChildren(mesh, root), { restarts: 0, active: 2 })
})
