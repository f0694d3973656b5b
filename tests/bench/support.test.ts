// Goal: what benchmarks say about processor time, memory and medians is right.
// Method: a child that works for a known time by its own clock, and small series that can be checked by hand.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { cpuSecondsOf, cpuSecondsOfTree, memoryOf, missingForCpu, parentOf } from '../../bench/support/cpu.ts'
import { median, slopeOf } from '../../bench/support/statistics.ts'

t.test('takes medians of odd and even series', async t => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.throws(() => median([]))
})

t.test('fits a straight line', async t => {
  t.equal(
    slopeOf([
      { x: 0, y: 1 },
      { x: 1, y: 3 },
      { x: 2, y: 5 }
    ]),
    2
  )
  t.equal(slopeOf([{ x: 1, y: 1 }]), 0)
  t.equal(slopeOf([]), 0)
})

t.test('processes', { skip: missingForCpu() ?? false }, async t => {
  t.test('adds up the time of a process, its children and its ended children', async t => {
    // Burns 0.2 s of its own time in a child that ends, 0.2 s in one that stays, and none itself.
    const burn =
      'const c = () => { const u = process.cpuUsage(); return u.user + u.system }; const s = c(); ' +
      'while (c() - s < 2e5);'
    const root = spawn('sh', [
      '-c',
      `"$0" -e '${burn}'; "$0" -e '${burn} console.log(1); setTimeout(() => {}, 60000)' & read line; kill $!; wait`,
      process.execPath
    ])
    t.teardown(() => root.kill('SIGKILL'))
    await once(root.stdout, 'data')

    const pid = root.pid ?? 0
    t.ok(cpuSecondsOfTree(pid) >= 0.38, `${cpuSecondsOfTree(pid)} s`)
    t.ok(cpuSecondsOf(pid) < 0.2)
    t.equal(parentOf(pid), process.pid)

    root.stdin.write('done\n')
    await once(root, 'exit')
  })

  t.test('knows the memory of a process', async t => {
    const { rssMb, peakRssMb } = memoryOf(process.pid)
    t.ok(rssMb > 10 && peakRssMb >= rssMb * 0.9, `${rssMb} of ${peakRssMb}`)
  })

  t.test('throws for a process that is gone', async t => {
    const child = fork('--version', { stdio: 'ignore', execArgv: [] })
    await once(child, 'exit')
    t.throws(() => cpuSecondsOf(child.pid ?? 0), { code: 'ENOENT' })
  })
})
