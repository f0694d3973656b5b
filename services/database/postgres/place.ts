/**
 * Where the embedded PostgreSQL lives: `<data>/postgres`, run by the user who started Mesher. Root lends it to another
 * user, who must be able to enter every folder above. Where that is impossible, the cluster goes to a folder of its own
 * under /var/lib/mesher, and `<data>/postgres.location` says which. A cluster that exists is never replaced by a new
 * one: when it cannot be reached, that is an error.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { startError } from '../start-error.ts'
import { hasCode, messageOf } from '../system-errors.ts'
import { isNobody, ownerUser, runAs, serverUser, withName, type OsUser } from './os-user.ts'
import { endOrphans, readPostmasterFile, stopPostmaster } from './postmaster.ts'

export type Place = {
  dataDir: string
  /** The folder of the cluster, its lock and what belongs to it. */
  home: string
  cluster: string
  user: OsUser
  isNew: boolean
}

export const elsewhereRoot = '/var/lib/mesher'
const pointerName = 'postgres.location'

/** Only the holder of the lock of the data folder may call this. `dataDir` exists and is a real path. */
export async function findPlace(dataDir: string, onProgress: (text: string) => void): Promise<Place> {
  await refuseForeign(dataDir)
  const pointer = await readPointer(dataDir)
  if (pointer !== null) return pointedPlace(dataDir, pointer, onProgress)
  if (await holdsSomething(path.join(dataDir, 'postgres'))) return existingPlace(dataDir, dataDir, onProgress)
  await refuseMoved(dataDir)

  const user = serverUser(onProgress)
  if (await canEnter(user, dataDir)) return placeAt(dataDir, dataDir, user, true)
  const home = path.join(elsewhereRoot, randomBytes(4).toString('hex'))
  onProgress(
    `user ${user.name}, who runs PostgreSQL because root must not, cannot enter ${dataDir}: ` +
      `the database goes to ${home}`
  )
  await makeHome(home, dataDir)
  return placeAt(dataDir, home, user, true)
}

/**
 * Makes the data folder and returns its real path. Root lets other users pass through it; what is inside has modes of
 * its own.
 */
export async function makeDataFolder(dataDir: string): Promise<string> {
  try {
    await fs.mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    return await fs.realpath(dataDir)
  } catch (cause) {
    throw startError(
      hasCode(cause, 'ENOSPC') ? 'disk_full' : 'permission_denied',
      `The data folder ${dataDir} cannot be made: ${messageOf(cause)}`,
      'Choose another folder with --data or MESHER_DATA, or give the user that starts Mesher the right to make it.',
      cause
    )
  }
}

/** The cluster of a data folder, for commands that only use it; null when there is none yet. */
export async function findCluster(dataDir: string): Promise<string | null> {
  const home = (await readPointer(dataDir)) ?? dataDir
  const cluster = path.join(home, 'postgres')
  return (await holdsSomething(cluster)) ? fs.realpath(cluster) : null
}

async function pointedPlace(dataDir: string, home: string, onProgress: (text: string) => void): Promise<Place> {
  const cluster = path.join(home, 'postgres')
  if (await holdsSomething(cluster)) return existingPlace(dataDir, home, onProgress)
  await refuseMoved(home)
  // The start that made the pointer may have been killed before it made the cluster.
  if (await isFolder(home)) return placeAt(dataDir, home, serverUser(onProgress), true)
  throw startError(
    'data_missing',
    `The database of ${dataDir} lives in ${home}, which is gone.`,
    `Bring ${home} back (a backup, a volume that is not mounted), ` +
      `or delete ${path.join(dataDir, pointerName)} to start with an empty database.`
  )
}

/** An upgrade that was killed while the new database took the place of the old one. */
async function refuseMoved(home: string): Promise<void> {
  const names = await fs.readdir(home).catch(() => [])
  const moved = names.find(name => /^postgres-\d+$/.test(name))
  if (moved === undefined) return
  throw startError(
    'data_missing',
    `${home} has no database under the name postgres, but one under ${moved}: "mesher upgrade-data" was interrupted.`,
    `Rename ${moved} to postgres and run "mesher upgrade-data" again; to start with an empty database, move it away.`
  )
}

async function existingPlace(dataDir: string, home: string, onProgress: (text: string) => void): Promise<Place> {
  const cluster = path.join(home, 'postgres')
  const me = process.getuid?.()
  if (me === 0) await takeFromNobody(cluster, onProgress)
  const { uid, gid } = await fs.stat(cluster)
  if (me !== 0 && me !== uid) {
    throw startError(
      'data_other_owner',
      `The database in ${cluster} belongs to user ${uid}, and Mesher runs as user ${me}.`,
      `Start Mesher as user ${uid} or as root, or run "chown -R ${me} ${cluster}" as root.`
    )
  }
  if (uid === 0) {
    throw startError(
      'data_other_owner',
      `The database in ${cluster} belongs to root, and PostgreSQL does not run as root.`,
      `Run "chown -R ${serverUser(onProgress).name} ${cluster}".`
    )
  }
  const user = ownerUser(uid, gid)
  if (!(await canEnter(user, cluster))) {
    throw startError(
      'permission_denied',
      `User ${uid}, who owns the database in ${cluster}, cannot enter that folder any more.`,
      'Give every folder above it the right to be entered ("chmod o+x"), as it had when the database was made.'
    )
  }
  return placeAt(dataDir, home, user, false)
}

/**
 * Earlier versions lent the cluster to `nobody`, as whom other services run too. The folder changes hands first: from
 * then on `nobody` cannot enter it, and `chown -R` follows no link.
 */
async function takeFromNobody(cluster: string, onProgress: (text: string) => void): Promise<void> {
  if (!isNobody((await fs.stat(cluster)).uid)) return
  const { name, uid, gid } = serverUser(onProgress)
  onProgress(`the database in ${cluster} belongs to nobody, as whom other services run: it goes to the user ${name}`)
  const folder = await fs.realpath(cluster)
  const running = await readPostmasterFile(folder)
  if (running !== null) await stopPostmaster(running.pid, folder)
  await endOrphans(folder)
  await fs.chmod(folder, 0o700)
  const { code, output, error } = await runAs(ownerUser(0, 0), 'chown', ['-R', '-h', '-P', `${uid}:${gid}`, folder])
  if (code === 0) return
  throw startError(
    'permission_denied',
    `The database in ${cluster} cannot be given to the user ${name}: ${(error?.message ?? output).trim()}`,
    `Run "chown -R ${name} ${cluster}" as root, once the reason is gone.`,
    error
  )
}

/** Real paths, because the working folder of the server is compared with them. */
async function placeAt(dataDir: string, home: string, user: OsUser, isNew: boolean): Promise<Place> {
  const realHome = await fs.realpath(home)
  const cluster = path.join(realHome, 'postgres')
  return {
    dataDir,
    home: realHome,
    cluster: isNew ? cluster : await fs.realpath(cluster),
    user: withName(user, realHome),
    isNew
  }
}

/** The pointer comes first, whole or not at all: the next start continues one that died in between. */
async function makeHome(home: string, dataDir: string): Promise<void> {
  try {
    await fs.mkdir(home, { recursive: true, mode: 0o755 })
    await fs.chmod(elsewhereRoot, 0o755)
    await fs.writeFile(path.join(home, 'origin'), `${dataDir}\n`)
    const temporary = path.join(dataDir, `${pointerName}.new`)
    await fs.writeFile(temporary, `${home}\n`, { flush: true })
    await fs.rename(temporary, path.join(dataDir, pointerName))
  } catch (cause) {
    throw startError(
      hasCode(cause, 'ENOSPC') ? 'disk_full' : 'permission_denied',
      `The folder ${home} for the database cannot be made: ${messageOf(cause)}`,
      `Choose a data folder that the user who runs PostgreSQL can enter, or make ${elsewhereRoot} writable.`,
      cause
    )
  }
}

async function readPointer(dataDir: string): Promise<string | null> {
  try {
    return (await fs.readFile(path.join(dataDir, pointerName), 'utf8')).trim()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

async function refuseForeign(dataDir: string): Promise<void> {
  if (!(await isFile(path.join(dataDir, 'PG_VERSION')))) return
  throw startError(
    'data_foreign',
    `${dataDir} is the data folder of a PostgreSQL server, not of Mesher.`,
    'Choose another folder with --data or MESHER_DATA.'
  )
}

async function canEnter(user: OsUser, folder: string): Promise<boolean> {
  const { code, error } = await runAs(user, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder])
  if (error?.code === 'EPERM') {
    throw startError(
      'permission_denied',
      `PostgreSQL does not run as root, and root may not start programs as ${user.name} here.`,
      'Run Mesher as an ordinary user, or give its container the capabilities SETUID and SETGID.',
      error
    )
  }
  return code === 0
}

async function holdsSomething(folder: string): Promise<boolean> {
  try {
    return (await fs.readdir(folder)).length > 0
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw startError(
      'permission_denied',
      `${folder} cannot be read: ${messageOf(error)}`,
      'Start Mesher as the user who owns it, or as root.',
      error
    )
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return fs.stat(folder).then(
    stat => stat.isDirectory(),
    () => false
  )
}

async function isFile(file: string): Promise<boolean> {
  return fs.stat(file).then(
    stat => stat.isFile(),
    () => false
  )
}
