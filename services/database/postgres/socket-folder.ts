/**
 * The folder of the server's Unix socket. The path of a socket may have 107 bytes (103 on macOS), which data folders
 * exceed, so the socket lives in a short folder of its own. It is named after the cluster, and only the server's user
 * may enter it. A folder of that name that another user made is refused.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startError } from '../start-error.ts'
import { messageOf } from '../system-errors.ts'
import type { Place } from './place.ts'
import type { OsUser } from './os-user.ts'

/** Only names the socket file: nothing listens on a port. */
export const socketPort = 5432

const pathBytesMax = 103

export async function makeSocketFolder({
  home,
  cluster,
  user
}: Pick<Place, 'home' | 'cluster' | 'user'>): Promise<string> {
  const name = `mesher-${createHash('sha256').update(cluster).digest('hex').slice(0, 10)}`
  const problems: string[] = []
  for (const base of bases(home)) {
    const folder = path.join(base, name)
    const problem = await makeOne(folder, user).then(() => null, messageOf)
    if (problem === null) return folder
    problems.push(problem)
  }
  throw startError(
    'socket_path',
    `No folder can be made for the socket of PostgreSQL: ${problems.join('; ')}`,
    'Set TMPDIR to a folder with a short path that the user that starts Mesher may write to.'
  )
}

/**
 * The folder of a session (XDG_RUNTIME_DIR) is not among them: it is removed when its user logs out, and Mesher may go
 * on running.
 */
function bases(home: string): string[] {
  // In a container whose root is read-only the data folder may be the only one that can be written.
  const temporary = [os.tmpdir(), '/tmp', home]
  return process.getuid?.() === 0 ? ['/run', ...temporary] : temporary
}

async function makeOne(folder: string, user: OsUser): Promise<void> {
  const socket = path.join(folder, `.s.PGSQL.${socketPort}`)
  if (Buffer.byteLength(socket) > pathBytesMax) throw new Error(`${socket} is too long`)

  await fs.mkdir(folder, { mode: 0o700 }).then(
    async () => {
      if (user.isLent) await fs.chown(folder, user.uid, user.gid)
    },
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    }
  )
  const stat = await fs.lstat(folder)
  if (!stat.isDirectory() || stat.uid !== user.uid) throw new Error(`${folder} belongs to somebody else`)
  if ((stat.mode & 0o777) !== 0o700) await fs.chmod(folder, 0o700)
}
