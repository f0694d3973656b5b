/**
 * The files of a cluster: making it (initdb), recognising it, and writing its configuration. A cluster appears whole or
 * not at all, because initdb works in a folder that is renamed at the end; the next start removes what a killed one
 * left. A folder that Mesher did not make, or of another major version, is refused and left as it is.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { isStartError, startError } from '../start-error.ts'
import { hasCode, messageOf } from '../system-errors.ts'
import type { Binaries } from './binaries.ts'
import { clientUsers, runAs, type OsUser } from './os-user.ts'
import type { Place } from './place.ts'
import { endOrphans } from './postmaster.ts'
import { pgHbaConf, pgIdentConf, postgresqlConf, settingsHashOf, type ServerPlace } from './settings.ts'

export const databaseName = 'mesher'
export const roleName = 'mesher'

const markName = 'mesher.cluster'

/** Refuses a folder that is not a cluster of Mesher, or that `binaries` cannot run. */
export async function checkCluster(cluster: string, binaries: Binaries): Promise<void> {
  const version = await readIfThere(path.join(cluster, 'PG_VERSION'))
  if (version === null || (await readIfThere(path.join(cluster, markName))) === null) {
    throw startError(
      'data_foreign',
      `${cluster} holds something that Mesher did not make.`,
      'Move it away, or choose another data folder with --data or MESHER_DATA.'
    )
  }
  if (version.trim() === String(binaries.major)) return
  const major = version.trim()
  throw startError(
    'data_other_version',
    `The database in ${cluster} was made by PostgreSQL ${major}, and this Mesher runs PostgreSQL ${binaries.major}. ` +
      'Nothing was changed.',
    `"mesher upgrade-data" moves it to PostgreSQL ${binaries.major}. It needs the programs of PostgreSQL ${major} ` +
      `(Debian: apt-get install postgresql-${major}). Nothing of the data is changed until it is done.`
  )
}

export async function makeCluster({ home, cluster, user }: Place, binaries: Binaries): Promise<void> {
  const unfinished = path.join(home, 'postgres.initializing')
  try {
    await endOrphans(unfinished)
    await fs.rm(unfinished, { recursive: true, force: true })
    await fs.mkdir(unfinished, { mode: 0o700 })
    if (user.isLent) await fs.chown(unfinished, user.uid, user.gid)
    // Unicode rules without the locales of the system or ICU, which change with upgrades and then corrupt indexes.
    const locale = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []
    const { code, output, error } = await runAs(
      user,
      binaries.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${roleName}`,
        '--encoding=UTF8',
        '--locale=C',
        ...locale,
        '--data-checksums',
        '--auth-local=peer',
        '--auth-host=reject',
        '--no-instructions'
      ],
      { cwd: unfinished }
    )
    if (code !== 0) throw initFailed(cluster, error?.message ?? output)
    const made = await runAs(user, binaries.postgres, ['--single', '-D', unfinished, 'postgres'], {
      cwd: unfinished,
      input: `create database ${databaseName};\n`
    })
    if (made.code !== 0) throw initFailed(cluster, made.error?.message ?? made.output)
    await writeOwned(path.join(unfinished, markName), 'Made by Mesher.\n', user)
    // An empty folder may stand there.
    await fs.rmdir(cluster).catch((cause: unknown) => {
      if (!hasCode(cause, 'ENOENT')) throw cause
    })
    await fs.rename(unfinished, cluster)
    await syncFolder(home)
  } catch (cause) {
    if (isStartError(cause)) throw cause
    throw initFailed(cluster, messageOf(cause), cause)
  }
}

/** Returns the hash of the settings as they are now. */
export async function writeConfiguration(cluster: string, user: OsUser, place: ServerPlace): Promise<string> {
  const disk = await fs.statfs(cluster)
  const access = { role: roleName, users: clientUsers() }
  const conf = postgresqlConf(place, { memoryBytes: memoryBytes(), diskBytes: disk.blocks * disk.bsize }, access)
  try {
    await writeOwned(path.join(cluster, 'postgresql.conf'), conf, user)
    await writeOwned(path.join(cluster, 'pg_hba.conf'), pgHbaConf(access), user)
    await writeOwned(path.join(cluster, 'pg_ident.conf'), pgIdentConf(access), user)
  } catch (cause) {
    throw startError(
      hasCode(cause, 'ENOSPC') ? 'disk_full' : 'permission_denied',
      `The database in ${cluster} cannot be written: ${messageOf(cause)}`,
      hasCode(cause, 'ENOSPC') ? 'Free some space on that disk.' : 'Give its owner the right to write there.',
      cause
    )
  }
  return settingsHashOf(conf)
}

function initFailed(cluster: string, reason: string, cause?: unknown): Error {
  if (/could not look up effective user ID/.test(reason)) {
    return startError(
      'no_unprivileged_user',
      'PostgreSQL makes databases only for users that the system knows by name, and the one that runs Mesher has none.',
      'Install nss_wrapper (Debian: libnss-wrapper), give that user id a line in /etc/passwd, or set DATABASE_URL.'
    )
  }
  const isFull = isDiskFull(reason)
  return startError(
    isFull ? 'disk_full' : 'server_failed',
    `The database in ${cluster} cannot be made: ${reason.trim().split('\n').slice(-5).join(' ')}`,
    isFull
      ? 'An empty database takes 40 MB, and needs room to grow: free some space, or choose another data folder.'
      : 'Run "mesher doctor", or set DATABASE_URL to a PostgreSQL of your own.',
    cause
  )
}

/** Tells a full disk by what PostgreSQL or the system says; a write that was cut short comes with a hint only. */
export function isDiskFull(text: string): boolean {
  return /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT|Check free disk space/.test(text)
}

/** Through a new file and a rename: root must not follow a link that the server's user may have put there. */
async function writeOwned(file: string, text: string, user: OsUser): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}`
  const handle = await fs.open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    if (user.isLent) await handle.chown(user.uid, user.gid)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await fs.rename(temporary, file)
}

/** The memory and disk of the machine or, in a container, what it may use of them. */
function memoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(os.totalmem(), limit) : os.totalmem()
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder)
  await handle.sync().finally(() => handle.close())
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await fs.readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}
