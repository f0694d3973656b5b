// Goal: acknowledged events that only the spool holds are in a backup, come back with it, and are stored once, also
// those that were replayed while the backup was made. Method: real spool files of a dead node, a real database.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { checkBackup, restore } from '../../../services/backup/restore.ts'
import { backUp } from '../../../services/backup/write.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { spoolFiles } from '../../../services/spool/files.ts'
import { claimSpoolFolder, writeSpoolFile } from '../../../services/spool/spool.ts'
import { keptLog } from '../../actors/support.ts'
import { otherPool, testDatabase } from '../../support/database.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'

async function dataFolder(t: { teardown: (work: () => Promise<void>) => void }): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mesher-backup-'))
  t.teardown(() => fs.rm(folder, { recursive: true, force: true }))
  return folder
}

/** A spool as a node that was killed leaves it. */
async function abandonedSpool(dataDir: string, node: string): Promise<string> {
  const root = path.join(dataDir, 'spool')
  await fs.mkdir(root, { recursive: true })
  const folder = await claimSpoolFolder(root, node)
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  await fs.writeFile(path.join(folder, 'owner.json'), JSON.stringify({ pid: dead.pid, startedAt: null }))
  return folder
}

t.test('what waits in the spool goes along and is stored once', async t => {
  const sql = await databaseForEvents(t)
  const dataDir = await dataFolder(t)
  const folder = await abandonedSpool(dataDir, 'web 1/a')
  const [waits, replayed] = [preparedBatch([preparedEvent()]), preparedBatch([preparedEvent()])]
  await writeSpoolFile(folder, '1', [waits])
  const { name } = await writeSpoolFile(folder, '2', [replayed])
  await fs.utimes(path.join(folder, name), 1_700_000_000, 1_700_000_000)
  await fs.writeFile(path.join(folder, '3.spool.damaged'), 'what a disk left')
  await fs.writeFile(path.join(folder, '4.spool.tmp'), 'never acknowledged')
  // Replayed after its file was read and before the moment that the backup shows.
  await commitBatches(sql, [replayed], { node: 'test', deadlineMs: 30_000 })

  const { host = '', port, user = '', database = '' } = sql.clientConfig
  const url = `postgres://${user}@localhost:${port}/${database}?host=${host}`
  const file = path.join(await dataFolder(t), 'mesher.tar')
  const made = await backUp({ url, postgres: 'test', dataDir }, file, { version: '0.0.1' })
  t.equal(made.spoolFiles, 3)

  const empty = await testDatabase(t, { migrated: false })
  const target = await dataFolder(t)
  const restored = await restore({ url: empty.url, dataDir: target }, file, await checkBackup(file))
  t.equal(restored.spoolFiles, 3)
  const there = path.join(target, 'spool', encodeURIComponent('web 1/a'))
  t.strictSame((await fs.readdir(there)).sort(), ['1.spool', '2.spool', '3.spool.damaged'])
  t.equal((await fs.stat(path.join(there, '2.spool'))).mtimeMs, 1_700_000_000_000, 'with its age')
  t.equal(await fs.readFile(path.join(there, '3.spool.damaged'), 'utf8'), 'what a disk left')

  const log = keptLog()
  const spool = spoolFiles({ data: target, node: 'next', log: log.log })
  const { files } = await spool.open()
  const other = otherPool(t, empty.sql)
  for (const { name } of files) {
    const batches = await spool.read(name)
    if (batches !== null) await commitBatches(other, batches, { node: 'next', deadlineMs: 30_000 })
  }
  const ids = (await empty.sql<{ id: string }[]>`select id from events`).map(({ id }) => id)
  t.strictSame(ids.sort(), [waits, replayed].flatMap(({ events }) => events.map(({ id }) => id)).sort())
})

t.test('a spool that is there already keeps its files', async t => {
  const sql = await databaseForEvents(t)
  const { host = '', port, user = '', database = '' } = sql.clientConfig
  const url = `postgres://${user}@localhost:${port}/${database}?host=${host}`
  const dataDir = await dataFolder(t)
  const folder = await abandonedSpool(dataDir, 'web')
  await writeSpoolFile(folder, '1', [preparedBatch([preparedEvent()])])
  const file = path.join(await dataFolder(t), 'mesher.tar')
  await backUp({ url, postgres: 'test', dataDir }, file, { version: '0.0.1' })

  const newer = await writeSpoolFile(folder, '2', [preparedBatch([preparedEvent()])])
  const empty = await testDatabase(t, { migrated: false })
  const { spoolFiles: count } = await restore({ url: empty.url, dataDir }, file, await checkBackup(file))
  t.equal(count, 0)
  t.strictSame((await fs.readdir(folder)).sort(), ['1.spool', newer.name, 'owner.json'])
})
