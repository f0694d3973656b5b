// Goal: a backup is looked for at the start and at every tick, told once each, counted when it fails, and given up when
// the process ends. Method: a backup that the test ends, ticks that it sends.
import t from 'tap'
import { backupKeeper } from '../../../actors/maintenance/backup-keeper.ts'
import type { BackupKeeperMessage, BackupTold } from '../../../actors/maintenance/messages.ts'
import { gated, keptLog, node, quiet } from '../support.ts'

t.test('tells of backups and failures, and gives up what is under way at its end', async t => {
  const mesh = node(t)
  const { log, lines } = keptLog()
  const backup = gated<[AbortSignal], BackupTold>()
  const reported: BackupTold[] = []
  const signals: AbortSignal[] = []
  let failures = 0
  const pid = mesh.spawn(
    backupKeeper({
      backUp: signal => {
        signals.push(signal)
        return backup.run(signal)
      },
      report: told => reported.push(told),
      failed: () => {
        failures += 1
      },
      tickMs: 1_000_000,
      retryMs: 1_000_000,
      log
    })
  )
  const tick = async (): Promise<void> => {
    const message: BackupKeeperMessage = { type: 'tick' }
    mesh.cast(pid, message)
    await quiet(mesh)
  }
  await quiet(mesh)
  backup.last().succeed({ text: null, lastAt: 1, bytes: 10 })
  await quiet(mesh)
  await tick()
  backup.last().fail(new Error('disk full'))
  await quiet(mesh)
  await tick()
  backup.last().succeed({ text: 'backed up to a.tar', lastAt: 2, bytes: 20 })
  await quiet(mesh)
  await tick()

  t.same(
    reported.map(({ lastAt }) => lastAt),
    [1, 2]
  )
  t.equal(failures, 1)
  t.match(lines, [/^warn: no backup can be made/, /^info: backups are made again/, /^info: backed up to a\.tar/])
  t.equal(lines.length, 3)
  mesh.exit(pid, 'shutdown')
  await mesh.exitOf(pid)
  t.strictSame(
    signals.map(({ aborted }) => aborted),
    [true, true, true, true]
  )
})
