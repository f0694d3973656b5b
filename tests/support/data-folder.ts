/**
 * Data folders for tests of the embedded PostgreSQL: empty, and readable for the user that runs the server. At the end
 * of the test the folder is removed, with a cluster that was placed elsewhere and every server that still runs there.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findCluster } from '../../services/database/postgres/place.ts'
import { endOrphans, readPostmasterFile } from '../../services/database/postgres/postmaster.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

/**
 * In memory where there is room: a server syncs its files at every step, which is slow on a busy disk.
 */
const base = hasRoom('/dev/shm') ? '/dev/shm' : fs.realpathSync(os.tmpdir())

export function dataFolder(t: Test, { mode = 0o711 } = {}): string {
  const folder = fs.mkdtempSync(path.join(base, 'mesher-data-'))
  fs.chmodSync(folder, mode)
  t.teardown(async () => {
    const cluster = await findCluster(folder).catch(() => null)
    if (cluster !== null) {
      const socketFolder = (await readPostmasterFile(cluster))?.socketFolder
      await endOrphans(cluster)
      if (socketFolder !== undefined) fs.rmSync(socketFolder, { recursive: true, force: true })
      fs.rmSync(path.dirname(cluster), { recursive: true, force: true })
    }
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

function hasRoom(folder: string): boolean {
  if (!fs.existsSync(folder)) return false
  const { bavail, bsize } = fs.statfsSync(folder)
  return bavail * bsize > 1024 ** 3
}
