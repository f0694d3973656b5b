// Goal: supervisors start in order, stop in reverse, give up in time, and never lose a child. Method: children that log
// their starts and stops; gates hold an init or a terminate open; whichChildren tells the state.
import t from 'tap'
import {
  countChildren,
  ExitError,
  formatReason,
  processName,
  restartChild,
  startChild,
  startSupervisor,
  terminateChild,
  whenStarted,
  whichChildren,
  worker
} from '../../../mesh/index.ts'
import type { CrashReport } from '../../../mesh/index.ts'
import type { ListSpec, Mesh, Pid, TemplateSpec } from '../../../mesh/types.ts'
import { gate, node, startProbe, until } from '../support.ts'
import { child, childSpec, pidOf, sure } from './supervisor-support.ts'
import type { ChildMessage } from './supervisor-support.ts'

const list = (children: ListSpec['children'], extra: Partial<ListSpec> = {}): ListSpec => ({
  id: 'root',
  strategy: 'one_for_one',
  children,
  ...extra
})
const tell = (mesh: Mesh, id: string, message: ChildMessage) => mesh.cast(processName<ChildMessage>(id), message)
const statesOf = async (mesh: Mesh, supervisor: Parameters<typeof whichChildren>[1]) =>
  (await whichChildren(mesh, supervisor)).map(({ id, state }) => `${id} ${state}`)

t.test('children start one after the other, each when the one before has started', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  const root = startSupervisor(mesh, list([childSpec(log, 'a', { init: () => held.passed }), childSpec(log, 'b')]))
  t.same(await statesOf(mesh, root), ['a starting', 'b down'])
  held.open()
  await whenStarted(mesh, root)
  t.same(log, ['start a', 'start b'])
  t.same(await statesOf(mesh, root), ['a running', 'b running'])
  await whenStarted(mesh, root)
})

t.test('an orderly stop goes in reverse, one after the other', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  const root = startSupervisor(
    mesh,
    list([childSpec(log, 'a'), childSpec(log, 'b', { terminate: () => held.passed }), childSpec(log, 'c')])
  )
  await whenStarted(mesh, root)
  log.length = 0
  const ended = mesh.stopProcess(root, { timeoutMs: 60_000 })
  await until(() => log.length === 1)
  t.same(await statesOf(mesh, root), ['a running', 'b stopping', 'c down'])
  held.open()
  t.equal(await ended, 'shutdown')
  t.same(log, ['stop c', 'stop b', 'stop a'])
  t.equal(mesh.processCount(), 0)
})

t.test('a child that takes too long to stop is killed, a brutal one at once', async t => {
  const mesh = node(t)
  const log: string[] = []
  const never = new Promise<void>(() => {})
  const root = startSupervisor(
    mesh,
    list([
      childSpec(log, 'slow', { shutdown: 1, terminate: () => never }),
      childSpec(log, 'brutal', { shutdown: 'brutal_kill' })
    ])
  )
  await whenStarted(mesh, root)
  const ends = ['slow', 'brutal'].map(id => mesh.exitOf(sure(mesh.whereis(processName(id)))))
  t.equal(await mesh.stopProcess(root, { timeoutMs: 60_000 }), 'shutdown')
  t.same(await Promise.all(ends), ['killed', 'killed'])
  t.same(log, ['start slow', 'start brutal'])
})

t.test('a start that fails stops the siblings that have started, in reverse, and says who failed and why', async t => {
  const failures: [string, Partial<ListSpec['children'][number]>][] = [
    [
      'its init throws',
      {
        start: () =>
          worker<null, null>({
            init: () => {
              throw new Error('oh no')
            },
            handle: state => state
          })
      }
    ],
    [
      'its init rejects',
      { start: () => worker<null, null>({ init: () => Promise.reject(new Error('oh no')), handle: state => state }) }
    ],
    [
      'it cannot be made',
      {
        start: () => {
          throw new Error('oh no')
        }
      }
    ],
    ['its name is taken', { name: 'a' }]
  ]
  for (const [how, spec] of failures) {
    const mesh = node(t)
    const log: string[] = []
    const root = startSupervisor(
      mesh,
      list([childSpec(log, 'a'), childSpec(log, 'b'), childSpec(log, 'bad', spec), childSpec(log, 'never')])
    )
    const ended = mesh.exitOf(root)
    await t.rejects(whenStarted(mesh, root), { name: 'ExitError' }, how)
    t.match(
      formatReason(await ended),
      /^StartFailed: bad under root did not start: Error: (oh no|the name a is taken by a)$/
    )
    t.same(log, ['start a', 'start b', 'stop b', 'stop a'])
    t.equal(mesh.processCount(), 0)
  }
})

t.test('a stop in the middle of a start stops what has started and starts nothing more', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  const root = startSupervisor(
    mesh,
    list([childSpec(log, 'a'), childSpec(log, 'b', { init: () => held.passed }), childSpec(log, 'c')])
  )
  await until(() => log.length === 1)
  const ended = mesh.stopProcess(root, { timeoutMs: 60_000 })
  t.same(await statesOf(mesh, root), ['a running', 'b stopping', 'c down'])
  held.open()
  t.equal(await ended, 'shutdown')
  t.same(log, ['start a', 'start b', 'stop b', 'stop a'])
})

t.test('who is restarted after what', async t => {
  const table = [
    ['permanent', 'crash', true],
    ['permanent', 'end', true],
    ['permanent', 'kill', true],
    ['transient', 'crash', true],
    ['transient', 'end', false],
    ['transient', 'kill', true],
    ['temporary', 'crash', false],
    ['temporary', 'end', false],
    ['temporary', 'kill', false]
  ] as const
  for (const [restart, how, comesBack] of table) {
    const mesh = node(t)
    const log: string[] = []
    const root = startSupervisor(mesh, list([childSpec(log, 'a', { restart })]))
    await whenStarted(mesh, root)
    const first = sure(mesh.whereis(processName<ChildMessage>('a')))
    const ended = mesh.exitOf(first)
    if (how === 'kill') mesh.exit(first, 'killed')
    else mesh.cast(first, how)
    await ended
    if (comesBack) await until(() => log.filter(line => line === 'start a').length === 2)
    const children = await whichChildren(mesh, root)
    t.match(
      children,
      restart === 'temporary' ? [] : [{ id: 'a', state: comesBack ? 'running' : 'down', restarts: comesBack ? 1 : 0 }],
      `${restart} ${how}`
    )
    t.equal(children.length, restart === 'temporary' ? 0 : 1)
  }
})

t.test('one failure more than the intensity ends the supervisor, its children in reverse, with the reason', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(
    mesh,
    list([childSpec(log, 'a'), childSpec(log, 'b'), childSpec(log, 'c')], { maxRestarts: 2, withinMs: 60_000 })
  )
  await whenStarted(mesh, root)
  const ended = mesh.exitOf(root)
  for (const starts of [4, 5]) {
    tell(mesh, 'b', 'crash')
    await until(() => log.filter(line => line.startsWith('start')).length === starts)
  }
  log.length = 0
  tell(mesh, 'b', 'crash')
  t.equal(
    formatReason(await ended),
    'RestartIntensity: root gave up: more than 2 restarts within 60000 ms, the last one of b (Error: b crashed)'
  )
  t.same(log, ['stop b', 'stop c', 'stop a'])
  t.equal(mesh.processCount(), 0)
})

t.test(
  'a failure beyond the intensity climbs to the parent supervisor, which restarts the child, and finally to the root',
  async t => {
    const reports: CrashReport[] = []
    const mesh = node(t, { onCrash: report => reports.push(report) })
    const log: string[] = []
    const root = startSupervisor(
      mesh,
      list(
        [
          {
            id: 'branch',
            start: () => ({
              id: 'branch',
              strategy: 'one_for_one',
              maxRestarts: 1,
              withinMs: 60_000,
              children: [childSpec(log, 'leaf')]
            })
          }
        ],
        { maxRestarts: 1, withinMs: 60_000 }
      )
    )
    await whenStarted(mesh, root)
    const ended = mesh.exitOf(root)
    for (const starts of [2, 3, 4]) {
      tell(mesh, 'leaf', 'crash')
      await until(() => log.filter(line => line === 'start leaf').length === starts)
    }
    tell(mesh, 'leaf', 'crash')
    const reason = formatReason(await ended)
    t.match(reason, /^RestartIntensity: root gave up: .* the last one of branch \(RestartIntensity: branch gave up: /)
    t.match(reason, / the last one of branch \(RestartIntensity: branch gave up: .*leaf crashed\)\)$/)
    t.same(
      reports.filter(({ during }) => during === 'exit').map(({ label }) => label),
      ['branch', 'branch', 'root']
    )
  }
)

t.test('after its first restart a child rests before the next, and can be terminated meanwhile', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(mesh, list([childSpec(log, 'a')], { maxRestarts: 100, withinMs: 600_000 }))
  await whenStarted(mesh, root)
  for (let starts = 2; starts < 9; starts++) {
    tell(mesh, 'a', 'crash')
    await until(() => log.filter(line => line === 'start a').length === starts)
  }
  const ended = mesh.exitOf(sure(mesh.whereis(processName('a'))))
  tell(mesh, 'a', 'crash')
  await ended
  t.same(await statesOf(mesh, root), ['a resting'])
  t.equal(await terminateChild(mesh, root, 'a'), true)
  t.same(await statesOf(mesh, root), ['a down'])
  await restartChild(mesh, root, 'a')
  t.match(await whichChildren(mesh, root), [{ state: 'running', restarts: 8 }])
})

t.test('a child whose restart fails is tried again until the intensity is reached', async t => {
  const mesh = node(t)
  const log: string[] = []
  let starts = 0
  const root = startSupervisor(
    mesh,
    list(
      [
        childSpec(log, 'a'),
        childSpec(log, 'b', {
          init: () => {
            if (++starts > 1) throw new Error('not again')
          }
        })
      ],
      { maxRestarts: 3, withinMs: 60_000 }
    )
  )
  await whenStarted(mesh, root)
  const ended = mesh.exitOf(root)
  tell(mesh, 'b', 'crash')
  t.match(formatReason(await ended), /the last one of b \(Error: not again\)$/)
  t.equal(starts, 4)
})

t.test('a supervisor that is killed takes its whole tree with it', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(
    mesh,
    list([
      childSpec(log, 'a'),
      {
        id: 'branch',
        start: () => ({ id: 'branch', strategy: 'one_for_one', children: [childSpec(log, 'b'), childSpec(log, 'c')] })
      }
    ])
  )
  await whenStarted(mesh, root)
  mesh.exit(root, 'killed')
  await until(() => mesh.processCount() === 0)
  t.same(log.slice(3).sort(), ['stop a', 'stop b', 'stop c'])
  t.ok(log.indexOf('stop c') < log.indexOf('stop b'))
})

t.test('a supervisor ends with the process that started it', async t => {
  const mesh = node(t)
  const log: string[] = []
  const owner = startProbe(mesh)
  const root = startSupervisor(mesh, list([childSpec(log, 'a')]), { link: owner.pid, name: 'root' })
  await whenStarted(mesh, processName('root'))
  const ended = mesh.exitOf(root)
  mesh.exit(owner.pid, 'killed')
  t.equal(await ended, 'killed')
  await until(() => mesh.processCount() === 0)
})

t.test('a worker that traps exits is stopped in order all the same', async t => {
  const mesh = node(t)
  const steps: string[] = []
  const root = startSupervisor(
    mesh,
    list([
      {
        id: 'trapping',
        start: () =>
          worker<null, null>({
            init: self => {
              self.trapExits(true)
              return null
            },
            handle: state => state,
            terminate: (_, reason) => {
              steps.push(formatReason(reason))
            }
          })
      }
    ])
  )
  await whenStarted(mesh, root)
  await mesh.stopProcess(root, { timeoutMs: 60_000 })
  t.same(steps, ['shutdown'])
})

t.test('children can be added, terminated and restarted while others run', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(mesh, list([childSpec(log, 'a')]))
  const added = await startChild(mesh, root, childSpec(log, 'b'))
  t.same(added, mesh.whereis(processName('b')))
  await t.rejects(startChild(mesh, root, childSpec(log, 'b')), {
    message: 'SupervisorError: root already has a child called b'
  })
  await t.rejects(restartChild(mesh, root, 'b'), { message: 'SupervisorError: b is running' })
  await t.rejects(restartChild(mesh, root, 'x'), { message: 'SupervisorError: root has no child called x' })
  t.equal(await terminateChild(mesh, root, 'x'), false)

  t.equal(await terminateChild(mesh, root, 'a'), true)
  t.equal(await terminateChild(mesh, root, 'a'), true, 'it stays so')
  t.same(await statesOf(mesh, root), ['a down', 'b running'])
  await restartChild(mesh, root, 'a')
  t.equal(await terminateChild(mesh, root, added), true, 'a pid names a child as well')
  t.same(log, ['start a', 'start b', 'stop a', 'start a', 'stop b'])
  t.same(await countChildren(mesh, root), { specs: 2, active: 1, supervisors: 0, workers: 2, restarts: 0 })
})

t.test('an added child that does not start is reported and forgotten, and costs no restart', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(mesh, list([childSpec(log, 'a')], { maxRestarts: 0 }))
  const bad = childSpec(log, 'bad', {
    init: () => {
      throw new Error('oh no')
    }
  })
  await t.rejects(startChild(mesh, root, bad), { name: 'ExitError', message: 'Error: oh no' })
  await t.rejects(
    startChild(mesh, root, {
      id: 'unmade',
      start: () => {
        throw new Error('no way')
      }
    }),
    { message: 'Error: no way' }
  )
  t.same(await statesOf(mesh, root), ['a running'])
})

t.test('a child asked for while the supervisor ends is refused, and so is one that has not come so far', async t => {
  const mesh = node(t)
  const log: string[] = []
  const [starting, stopping] = [gate(), gate()]
  const root = startSupervisor(mesh, list([childSpec(log, 'a', { terminate: () => stopping.passed })]))
  await whenStarted(mesh, root)
  const early = startChild(mesh, root, childSpec(log, 'b', { init: () => starting.passed }))
  await until(() => mesh.whereis(processName('b')) !== undefined)
  const ended = mesh.stopProcess(root, { timeoutMs: 60_000 })
  await whichChildren(mesh, root)
  const late = startChild(mesh, root, childSpec(log, 'c'))
  const refused = Promise.all([t.rejects(early, new ExitError('shutdown')), t.rejects(late, new ExitError('shutdown'))])
  await t.rejects(restartChild(mesh, root, 'c'))
  starting.open()
  stopping.open()
  await refused
  t.equal(await ended, 'shutdown')
})

t.test('a template starts children with arguments, and forgets the ones that are gone', async t => {
  const mesh = node(t)
  const log: string[] = []
  const template: TemplateSpec<{ n: number }> = {
    id: 'pool',
    strategy: 'simple_one_for_one',
    maxRestarts: 100,
    children: [
      {
        id: 'worker',
        restart: 'transient',
        start: ({ n }) =>
          child(
            log,
            `${n}`,
            n < 0
              ? {
                  init: () => {
                    throw new Error('negative')
                  }
                }
              : {}
          )
      }
    ]
  }
  const pool = startSupervisor(mesh, template)
  await whenStarted(mesh, pool)
  const one = await startChild(mesh, pool, { n: 1 })
  const two = await startChild(mesh, pool, { n: 2 })
  await t.rejects(startChild(mesh, pool, { n: -1 }), { message: 'Error: negative' })
  t.same(
    (await whichChildren(mesh, pool)).map(({ id, pid }) => [id, pid]),
    [
      ['worker-1', one],
      ['worker-2', two]
    ]
  )

  const crashed: Pid<ChildMessage> = { node: one.node, incarnation: one.incarnation, serial: one.serial }
  mesh.cast(crashed, 'crash')
  await until(() => log.filter(line => line === 'start 1').length === 2)
  const [again] = await whichChildren(mesh, pool)
  t.not(pidOf(sure(again)).serial, one.serial)
  t.equal(await terminateChild(mesh, pool, pidOf(sure(again))), true)
  t.equal(await terminateChild(mesh, pool, one), false)
  t.same(await statesOf(mesh, pool), ['worker-2 running'])
  await mesh.stopProcess(pool, { timeoutMs: 60_000 })
  t.equal(mesh.processCount(), 0)
})

t.test('a template stops all its children at once', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  let stopping = 0
  const pool = startSupervisor<number>(mesh, {
    id: 'pool',
    strategy: 'simple_one_for_one',
    children: [
      {
        id: 'worker',
        start: n =>
          child(log, `${n}`, {
            terminate: () => {
              stopping += 1
              return held.passed
            }
          })
      }
    ]
  })
  for (const n of [1, 2, 3]) await startChild(mesh, pool, n)
  const ended = mesh.stopProcess(pool, { timeoutMs: 60_000 })
  await until(() => stopping === 3)
  held.open()
  t.equal(await ended, 'shutdown')
})

t.test('a group restart widens when one before it fails meanwhile', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  const root = startSupervisor(
    mesh,
    list([childSpec(log, 'a'), childSpec(log, 'b'), childSpec(log, 'c', { terminate: () => held.passed })], {
      strategy: 'rest_for_one',
      maxRestarts: 10
    })
  )
  await whenStarted(mesh, root)
  log.length = 0
  tell(mesh, 'b', 'crash')
  await until(() => log.length === 1)
  tell(mesh, 'a', 'crash')
  await until(() => log.length === 2)
  held.open()
  await until(() => log.length === 6)
  t.same(log, ['stop b', 'stop a', 'stop c', 'start a', 'start b', 'start c'])
})

t.test('what ends while its group is being stopped is not one failure more', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  const root = startSupervisor(
    mesh,
    list([childSpec(log, 'a'), childSpec(log, 'b'), childSpec(log, 'c', { terminate: () => held.passed })], {
      strategy: 'one_for_all',
      maxRestarts: 1,
      withinMs: 60_000
    })
  )
  await whenStarted(mesh, root)
  tell(mesh, 'a', 'crash')
  await until(() => log.length === 4)
  tell(mesh, 'b', 'crash')
  await until(() => log.length === 5)
  held.open()
  await until(() => log.length === 9)
  t.same(log.slice(3), ['stop a', 'stop b', 'stop c', 'start a', 'start b', 'start c'])
  t.match(await countChildren(mesh, root), { restarts: 1 })
})

t.test('a group rests before its next restart, and a stop wakes nobody up', async t => {
  for (const strategy of ['one_for_all', 'one_for_one'] as const) {
    const mesh = node(t)
    const log: string[] = []
    const held = gate()
    let isLast = false
    const root = startSupervisor(
      mesh,
      list([childSpec(log, 'a', { terminate: () => (isLast ? held.passed : undefined) }), childSpec(log, 'b')], {
        strategy,
        maxRestarts: 100,
        withinMs: 600_000
      })
    )
    await whenStarted(mesh, root)
    for (let starts = 2; starts < 9; starts++) {
      tell(mesh, 'b', 'crash')
      await until(() => log.filter(line => line === 'start b').length === starts)
    }
    const ended = mesh.exitOf(sure(mesh.whereis(processName('b'))))
    tell(mesh, 'b', 'crash')
    await ended
    if (strategy === 'one_for_all') {
      await until(() => mesh.whereis(processName('a')) === undefined)
      t.same(await statesOf(mesh, root), ['a down', 'b down'])
    } else {
      t.same(await statesOf(mesh, root), ['a running', 'b resting'])
    }
    isLast = true
    const stopped = mesh.stopProcess(root, { timeoutMs: 60_000 })
    if (strategy === 'one_for_one') {
      // Long enough for the pause of its last restart to be over.
      await new Promise(resolve => {
        setTimeout(resolve, 1_000)
      })
      t.same(await statesOf(mesh, root), ['a stopping', 'b down'])
      t.equal(log.filter(line => line === 'start b').length, 8)
    }
    held.open()
    t.equal(await stopped, 'shutdown')
  }
})

t.test('a supervisor waits for its child supervisors as long as their children take', async t => {
  const mesh = node(t)
  const log: string[] = []
  const root = startSupervisor(
    mesh,
    list([
      {
        id: 'branch',
        start: () =>
          list(
            [
              childSpec(log, 'slow', {
                terminate: () =>
                  new Promise(resolve => {
                    setTimeout(resolve, 20)
                  })
              })
            ],
            { id: 'branch' }
          )
      }
    ])
  )
  await whenStarted(mesh, root)
  await mesh.stopProcess(root, { timeoutMs: 60_000 })
  t.same(log, ['start slow', 'stop slow'])
})

t.test('a child that crashes while its later siblings start is restarted, also when that fails at first', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  let starts = 0
  const root = startSupervisor(
    mesh,
    list([
      childSpec(log, 'a', {
        init: () => {
          if (++starts === 2) throw new Error('not yet')
        }
      }),
      childSpec(log, 'b', { init: () => held.passed })
    ])
  )
  await until(() => log.length === 1)
  tell(mesh, 'a', 'crash')
  await until(() => starts === 3)
  held.open()
  await whenStarted(mesh, root)
  t.same(log, ['start a', 'stop a', 'start a', 'start b'])
})

t.test('a start goes on without a child that was terminated while it rested', async t => {
  const mesh = node(t)
  const log: string[] = []
  const held = gate()
  const root = startSupervisor(
    mesh,
    list([childSpec(log, 'a'), childSpec(log, 'b', { init: () => held.passed }), childSpec(log, 'c')], {
      maxRestarts: 100,
      withinMs: 600_000
    })
  )
  for (let starts = 1; starts < 9; starts++) {
    await until(() => log.filter(line => line === 'start a').length === starts)
    await until(() => mesh.whereis(processName('a')) !== undefined)
    tell(mesh, 'a', 'crash')
  }
  await until(() => log.filter(line => line === 'stop a').length === 8)
  held.open()
  await until(() => log.includes('start b'))
  t.same(await statesOf(mesh, root), ['a resting', 'b running', 'c down'])
  await terminateChild(mesh, root, 'a')
  await whenStarted(mesh, root)
  t.same(await statesOf(mesh, root), ['a down', 'b running', 'c running'])
})

t.test('two supervised children may not have one id', async t => {
  const mesh = node(t)
  const root = startSupervisor(mesh, list([childSpec([], 'a'), childSpec([], 'a')]))
  t.match(await mesh.exitOf(root), { error: { message: 'root has two children called a' } })
})
