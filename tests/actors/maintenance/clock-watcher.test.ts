// Goal: a wrong clock is told once when it begins and once when it ends, and shown at every measurement.
// Method: measurements that the test gives, ticks that it sends.
import t from 'tap'
import { clockWatcher } from '../../../actors/maintenance/clock-watcher.ts'
import type { ClockStatus, ClockWatcherMessage } from '../../../actors/maintenance/messages.ts'
import { gated, keptLog, node, quiet } from '../support.ts'

t.test('a wrong clock is logged, reported and told; a database that is away changes nothing', async t => {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const clock = gated<[], ClockStatus>()
  const reported: number[] = []
  const pid = mesh.spawn(
    clockWatcher({ measure: clock.run, report: aheadMs => reported.push(aheadMs), tickMs: 1_000_000, log })
  )
  const status = () => mesh.call<ClockWatcherMessage, ClockStatus>(pid, replyTo => ({ type: 'status', replyTo }))
  const tick = async (): Promise<void> => {
    const message: ClockWatcherMessage = { type: 'tick' }
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  await quiet(mesh)
  for (const [aheadMs, isSkewed] of [
    [100, false],
    [-60_000, true],
    [-61_000, true]
  ] as const) {
    clock.last().succeed({ aheadMs, isSkewed })
    await quiet(mesh)
    await tick()
  }
  clock.last().fail(new Error('away'))
  await quiet(mesh)
  t.same(await status(), { aheadMs: -61_000, isSkewed: true })
  await tick()
  clock.last().succeed({ aheadMs: 0, isSkewed: false })
  await quiet(mesh)

  t.same(await status(), { aheadMs: 0, isSkewed: false })
  t.same(reported, [100, -60_000, -61_000, 0])
  t.match(lines, [
    /^error: this machine's clock is 60 s behind the database's/,
    /^warn: this machine's clock cannot be compared/,
    /^info: this machine's clock is compared with the database's again/,
    /^info: .*agrees/
  ])
  t.equal(lines.length, 4)
})
