// Goal: events are refused while the disk is short of space, and taken again when there is clearly room. Method: a disk
// that the test fills, ticks that it sends.
import t from 'tap'
import { diskWatcher } from '../../../actors/maintenance/disk-watcher.ts'
import { gated, keptLog, node, quiet } from '../support.ts'
import type { DiskSpace, DiskStatus, DiskWatcherMessage } from '../../../actors/maintenance/messages.ts'

function world(t: Parameters<typeof node>[0], minFree = 0.05) {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const disk = gated<[], DiskSpace>()
  const told: boolean[] = []
  const pid = mesh.spawn(
    diskWatcher({
      measure: disk.run,
      minFree,
      tell: ({ isLow }) => {
        told.push(isLow)
      },
      tickMs: 1_000_000,
      log
    })
  )
  const tick = async (): Promise<void> => {
    const message: DiskWatcherMessage = { type: 'tick' }
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  return {
    mesh,
    disk,
    told,
    lines,
    tick,
    free: async (percent: number): Promise<void> => {
      await tick()
      disk.last().succeed({ freeBytes: percent, totalBytes: 100 })
      await quiet(mesh)
    },
    status: () => mesh.call<DiskWatcherMessage, DiskStatus>(pid, replyTo => ({ type: 'status', replyTo }))
  }
}

t.test('refuses below the mark and takes events again a tenth above it; everybody is told each time', async t => {
  const { told, lines, free, status } = world(t)
  for (const percent of [50, 5, 4.9, 5.4, 5.6, 5]) await free(percent)
  t.same(told, [false, false, true, true, false, false])
  t.match(lines, [
    /^error: the disk is nearly full: 4.9% of the disk is free/,
    /^info: there is room on the disk again/
  ])
  t.match(await status(), { isLow: false, detail: '5.0% of the disk is free' })
  await free(1)
  t.match(await status(), { isLow: true, detail: /1.0% .* refused below 5.0% \(MESHER_MIN_FREE\)/ })
})

t.test('a mark of 0 never refuses, and neither does a disk without a size', async t => {
  const { mesh, told, disk, free, tick } = world(t, 0)
  await free(0)
  await tick()
  disk.last().succeed({ freeBytes: 0, totalBytes: 0 })
  await quiet(mesh)
  t.same(told, [false, false])
})

t.test('a disk that cannot be measured changes nothing and is told once', async t => {
  const { mesh, told, lines, disk, free, tick } = world(t)
  await free(1)
  for (let round = 0; round < 2; round++) {
    await tick()
    disk.last().fail(new Error('no such folder'))
    await quiet(mesh)
  }
  t.same(told, [true])
  t.equal(lines.filter(line => line.startsWith('warn')).length, 1)
  await free(1)
  t.match(lines.at(-1), /^info: the free space of the disk is measured again/)
})
