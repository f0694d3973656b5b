// Goal: servers make a backup when the last one is old enough, keep as many as asked for, touch no other file, and tell
// of it. Method: a folder with files of known times, a real database, and a whole node.
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { checkBackup } from '../../../services/backup/restore.ts'
import { backUpIfDue, keptBackups } from '../../../services/backup/scheduled.ts'
import { until } from '../../actors/support.ts'
import { testDatabase } from '../../support/database.ts'
import { runningNode } from '../../support/running-node.ts'

const hourMs = 3_600_000

async function folderOf(t: { teardown: (work: () => Promise<void>) => void }): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mesher-backup-'))
  t.teardown(() => fs.rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('a backup is made when the last one is old enough, and the oldest go', async t => {
  const { url } = await testDatabase(t)
  const folder = path.join(await folderOf(t), 'backups')
  const source = { url, postgres: 'test', dataDir: null }
  const schedule = { folder, everyMs: 6 * hourMs, keep: 2 }
  const at = (time: string) => backUpIfDue(source, schedule, { now: Date.parse(time), version: '0.0.1' })

  const first = await at('2026-01-01T00:00:00Z')
  t.equal(first.made?.file, path.join(folder, 'mesher-20260101T000000Z.tar'))
  t.equal((await fs.stat(folder)).mode & 0o777, 0o700)
  const early = await at('2026-01-01T05:59:00Z')
  t.match(early, { made: null, removed: [], last: { madeAt: Date.parse('2026-01-01T00:00:00Z') } })
  await fs.writeFile(path.join(folder, 'mesher-20250101T000000Z.tar.gpg'), 'of an operator')
  const killed = path.join(folder, 'mesher-20260101T000000Z.tar.0123abcd.partial')
  await fs.writeFile(killed, 'of a killed process')
  await fs.utimes(killed, 1_700_000_000, 1_700_000_000)

  t.ok((await at('2026-01-01T06:00:00Z')).made)
  const third = await at('2026-01-01T12:00:00Z')
  t.strictSame(third.removed, [path.join(folder, 'mesher-20260101T000000Z.tar')])
  t.strictSame((await fs.readdir(folder)).sort(), [
    'mesher-20250101T000000Z.tar.gpg',
    'mesher-20260101T060000Z.tar',
    'mesher-20260101T120000Z.tar'
  ])
  t.strictSame(
    (await keptBackups(folder)).map(({ madeAt }) => new Date(madeAt).toISOString()),
    ['2026-01-01T12:00:00.000Z', '2026-01-01T06:00:00.000Z']
  )
})

t.test('a node that leads makes the first one soon after its start, and says so', async t => {
  const folder = path.join(await folderOf(t), 'backups')
  const node = await runningNode(t, { env: { MESHER_BACKUP_DIR: folder, MESHER_BACKUP_EVERY: '1h' } })
  await until(() => node.log.some(line => line.startsWith('info backed up to ')))

  const [only, ...others] = await keptBackups(folder)
  t.strictSame(others, [])
  const manifest = await checkBackup(only?.file ?? '')
  t.match(manifest, { mesher: 'test', postgres: /^\d+/ })
  const figures = await (await fetch(`${node.url}/metrics`)).text()
  t.match(figures, new RegExp(`^mesher_backup_last_timestamp_seconds ${Math.floor((only?.madeAt ?? 0) / 1_000)}`, 'm'))
  t.match(figures, new RegExp(`^mesher_backup_last_bytes ${only?.bytes}$`, 'm'))
})
