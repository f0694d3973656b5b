/**
 * What process semantics cost: the same work on the mesh and on raw nact, in one run, round by round in alternating
 * order; medians count. The bar is on messages: at least 0.8 of raw nact in every pattern. The ratio is that of the
 * processor time which the work took, because other load on the machine does not change it. `npx tsx bench/mesh.ts
 * [--json]`.
 */
import { pathToFileURL } from 'node:url'
import { startMesh, startSupervisor, whenStarted, worker, processName } from '../mesh/index.ts'
import type { Behaviour, Mesh, Pid, ReplyTo } from '../mesh/types.ts'
import type { Work } from './peers/mesh-work.ts'
import { rawNact } from './peers/raw-nact.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands, verdict } from './support/text.ts'

type Measure = { name: string; unit: string; count: number; run: (work: Work) => Promise<void>; bar?: number }

const messagesBar = 0.8
const roundsDefault = 7
const restarts = 200

const measures: Measure[] = [
  { name: 'one receiver', unit: 'messages/s', count: 200_000, run: work => work.flood(200_000), bar: messagesBar },
  { name: '1,000 receivers', unit: 'messages/s', count: 100_000, run: work => work.fan(1_000, 100), bar: messagesBar },
  { name: 'ping-pong', unit: 'messages/s', count: 150_000, run: work => work.pingPong(150_000), bar: messagesBar },
  { name: 'calls, 100 at once', unit: 'calls/s', count: 30_000, run: work => work.call(30_000, 100) },
  { name: 'calls, one by one', unit: 'calls/s', count: 10_000, run: work => work.call(10_000, 1) },
  { name: 'spawn', unit: 'processes/s', count: 20_000, run: work => work.spawn(20_000) }
]

export async function run({ rounds = roundsDefault }: Pick<BenchOptions, 'rounds'> = {}): Promise<BenchResult> {
  const progress = createProgress()
  const rows = []
  for (const measure of measures) {
    progress.say(`mesh: ${measure.name}`)
    rows.push({ ...measure, ...(await compare(measure, rounds)) })
  }
  progress.say('mesh: supervised restarts')
  const restartUs = median(await supervisedRestartsUs())
  const machine = machineNow()
  progress.done('mesh: measured')

  const barred = rows.filter(({ bar }) => bar !== undefined)
  return {
    figures: {
      machine,
      rounds,
      measures: Object.fromEntries(
        rows.map(({ name, unit, mesh, nact, ratio }) => [
          name,
          { unit, mesh: Math.round(mesh), nact: Math.round(nact), ratio: rounded(ratio, 2) }
        ])
      ),
      supervisedRestartUs: Math.round(restartUs),
      bars: Object.fromEntries(barred.map(({ name, ratio, bar }) => [name, { ratio: rounded(ratio, 2), bar }]))
    },
    text: [
      tableOf(
        ['', 'mesh', 'raw nact', 'ratio (CPU)'],
        rows.map(({ name, unit, mesh, nact, ratio }) => [
          `${name} (${unit})`,
          thousands(mesh),
          thousands(nact),
          ratio.toFixed(2)
        ])
      ),
      `A supervised process is back ${thousands(restartUs)} µs after its crash (median of ${restarts}).`,
      ...barred.map(({ name, ratio }) => verdict(name, ratio, messagesBar)),
      describeMachine(machine)
    ].join('\n'),
    missed: barred
      .filter(({ ratio }) => ratio < messagesBar)
      .map(({ name, ratio }) => `${name}: ${ratio.toFixed(2)} of raw nact, at least ${messagesBar} wanted`)
  }
}

type Effort = { perSecond: number; cpuUs: number }

/** The median of the ratios of rounds that follow one another, so that other changes affect both sides. */
async function compare(measure: Measure, rounds: number): Promise<{ mesh: number; nact: number; ratio: number }> {
  const sides: { mesh: Effort[]; nact: Effort[] } = { mesh: [], nact: [] }
  await effortOf(measure, meshWork)
  await effortOf(measure, rawNact)
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['mesh', 'nact'] as const) : (['nact', 'mesh'] as const)
    for (const side of order) sides[side].push(await effortOf(measure, side === 'mesh' ? meshWork : rawNact))
  }
  const ratios = sides.mesh.map(({ cpuUs }, round) => (sides.nact[round]?.cpuUs ?? 0) / cpuUs)
  return { mesh: median(sides.mesh.map(perSecondOf)), nact: median(sides.nact.map(perSecondOf)), ratio: median(ratios) }
}

async function effortOf({ count, run }: Measure, start: () => Work): Promise<Effort> {
  const work = start()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await run(work)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  work.stop()
  return { perSecond: count / seconds, cpuUs: user + system }
}

function perSecondOf({ perSecond }: Effort): number {
  return perSecond
}

type Ball = { left: number }
type Question = { replyTo: ReplyTo<number>; n: number }

function meshWork(): Work {
  const mesh = startMesh({ name: 'bench' })
  return {
    flood: count =>
      new Promise(resolve => {
        const pid = mesh.spawn(counter(count, resolve))
        for (let n = 1; n <= count; n++) mesh.cast(pid, n)
      }),

    fan: (receivers, each) =>
      new Promise(resolve => {
        let left = receivers
        const pids = Array.from({ length: receivers }, () =>
          mesh.spawn(
            counter(each, () => {
              if (--left === 0) resolve()
            })
          )
        )
        for (let n = 1; n <= each; n++) for (const pid of pids) mesh.cast(pid, n)
      }),

    pingPong: count =>
      new Promise(resolve => {
        const one: Pid<Ball> = mesh.spawn(player(() => other, resolve))
        const other: Pid<Ball> = mesh.spawn(player(() => one, resolve))
        mesh.cast(one, { left: count })
      }),

    call: async (count, atOnce) => {
      const pid = mesh.spawn(answerer())
      for (let done = 0; done < count; done += atOnce) {
        await Promise.all(
          Array.from({ length: atOnce }, (_, n) => mesh.call<Question, number>(pid, replyTo => ({ replyTo, n })))
        )
      }
    },

    spawn: count =>
      new Promise(resolve => {
        let left = count
        for (let n = 0; n < count; n++) {
          mesh.cast(
            mesh.spawn(
              counter(1, () => {
                if (--left === 0) resolve()
              })
            ),
            1
          )
        }
      }),

    stop: mesh.stop
  }
}

function counter(upTo: number, done: () => void): Behaviour<number, number> {
  return {
    init: () => 0,
    handle: (sum, n) => {
      if (n === upTo) done()
      return sum + n
    }
  }
}

function player(other: () => Pid<Ball>, done: () => void): Behaviour<Ball, null> {
  return {
    init: () => null,
    handle: (state, { left }, self) => {
      if (left === 0) done()
      else self.cast(other(), { left: left - 1 })
      return state
    }
  }
}

function answerer(): Behaviour<Question, null> {
  return {
    init: () => null,
    handle: (state, { replyTo, n }, self) => {
      self.reply(replyTo, n + 1)
      return state
    }
  }
}

/**
 * From the cast that crashes a child to its successor's `init`, each child crashing once: the first restart has no
 * pause.
 */
async function supervisedRestartsUs(): Promise<number[]> {
  const mesh = startMesh({ name: 'bench' })
  const starts = new Map<string, () => void>()
  const ids = Array.from({ length: restarts }, (_, n) => `child-${n}`)
  const supervisor = startSupervisor(mesh, {
    id: 'bench',
    strategy: 'one_for_one',
    maxRestarts: restarts,
    children: ids.map(id => ({ id, name: id, start: () => worker(fragile(() => starts.get(id)?.())) }))
  })
  await whenStarted(mesh, supervisor)
  const us = []
  for (const id of ids) us.push(await restartUs(mesh, id, starts))
  mesh.stop()
  return us
}

async function restartUs(mesh: Mesh, id: string, starts: Map<string, () => void>): Promise<number> {
  const startedAt = performance.now()
  await new Promise<void>(resolve => {
    starts.set(id, resolve)
    mesh.cast(processName<null>(id), null)
  })
  return (performance.now() - startedAt) * 1000
}

function fragile(started: () => void): Behaviour<null, null> {
  return {
    init: () => {
      started()
      return null
    },
    handle: () => {
      throw new Error('crash on purpose')
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { figures, text, missed } = await run()
  console.log(process.argv.includes('--json') ? JSON.stringify(figures) : text)
  for (const miss of missed) console.error(`Bar missed: ${miss}`)
  process.exitCode = missed.length > 0 ? 1 : 0
}
