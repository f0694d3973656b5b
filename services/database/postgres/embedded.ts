/**
 * Mesher's own PostgreSQL: made, started, watched and stopped by the one process that owns the data folder. The owner
 * holds a lock that is freed when it dies. A second start on the folder is refused, and the first start after a kill -9
 * of the owner takes over the server that was left running. When the server ends by itself, `onLost` reports it and
 * `restart` brings it back with everything that was committed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import fs from 'node:fs/promises'
import path from 'node:path'
import pLimit from 'p-limit'
import { socketUrl } from '../url.ts'
import { startError } from '../start-error.ts'
import { messageOf } from '../system-errors.ts'
import { binariesIn, findBinaries, packageRoot } from './binaries.ts'
import { checkCluster, databaseName, makeCluster, roleName } from './cluster.ts'
import { lockOwnerOf, tryLockFolder, type FolderLock } from './folder-lock.ts'
import { elsewhereRoot, findCluster, findPlace, makeDataFolder } from './place.ts'
import { isServing, readPostmasterFile, stopPostmaster } from './postmaster.ts'
import { pruneLogs } from './server-log.ts'
import { bringUp, type RunningServer, type ServerOptions } from './server.ts'

export type EmbeddedOptions = {
  dataDir: string
  /** Called with what takes time or may surprise, in sentences for people. */
  onProgress?: (text: string) => void
  /** Gives up a start that is under way. */
  signal?: AbortSignal
  /** A folder with initdb and postgres to use in place of those from npm. */
  binDir?: string | undefined
}

export type EmbeddedServer = {
  readonly url: string
  readonly version: string
  /** The folder of the cluster. */
  readonly cluster: string
  /** The process id of the postmaster; a restart changes it. */
  readonly pid: () => number
  readonly isAdopted: () => boolean
  /** Calls back whenever the server ends without a request; returns a function that stops listening. */
  readonly onLost: (callback: (reason: string) => void) => () => void
  /** Starts the server again; pauses first when it has just crashed several times. Does nothing while it runs. */
  readonly restart: () => Promise<void>
  /** Stops it in an orderly way and frees the folder. */
  readonly stop: () => Promise<void>
}

const logPruneMs = 10 * 60 * 1000
/** A server that lived for less time counts as crashing in a loop. */
const crashLoopMs = 10_000
const crashPauseMsMax = 10_000

export async function startEmbedded({
  dataDir,
  onProgress = () => {},
  signal,
  binDir
}: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform === 'win32') {
    throw startError(
      'platform_unsupported',
      'The embedded PostgreSQL is not available on Windows.',
      'Set DATABASE_URL to a PostgreSQL of your own (15 or later), or run Mesher in WSL.'
    )
  }
  const folder = await makeDataFolder(dataDir)
  const locks = [lockOrThrow(folder)]
  const free = (): void => {
    for (const lock of locks) lock.release()
  }
  try {
    const place = await findPlace(folder, onProgress)
    // A copy of the data folder points to the same cluster elsewhere.
    if (place.home !== folder) locks.push(lockOrThrow(place.home))
    const copiesFolder = place.user.isLent ? elsewhereRoot : path.join(folder, 'programs')
    const { user } = place
    const binaries =
      binDir === undefined
        ? await findBinaries(packageRoot(), { user, copiesFolder, onProgress })
        : await binariesIn(binDir, user)
    if (place.isNew) {
      onProgress(`making a database in ${place.cluster} (PostgreSQL ${binaries.version})`)
      await makeCluster(place, binaries)
    } else {
      await checkCluster(place.cluster, binaries)
    }
    return await control({ place, binaries, onProgress, signal: signal ?? new AbortController().signal }, free)
  } catch (error) {
    free()
    throw error
  }
}

/** The ready server of a running owner, or null. Its version is the major version of the cluster. */
export async function findRunning(dataDir: string): Promise<{ url: string; version: string } | null> {
  const cluster = await findCluster(dataDir)
  if (cluster === null) return null
  const file = await readPostmasterFile(cluster)
  if (!file?.isReady || !(await isServing(file.pid, cluster))) return null
  const version = await fs.readFile(path.join(cluster, 'PG_VERSION'), 'utf8')
  return { url: urlAt(file.socketFolder, databaseName), version: version.trim() }
}

async function control(options: ServerOptions, free: () => void): Promise<EmbeddedServer> {
  const {
    place: { cluster },
    binaries
  } = options
  const listeners = new Set<(reason: string) => void>()
  const cancel = new AbortController()
  const signal = AbortSignal.any([options.signal, cancel.signal])
  let crashes = 0
  let isStopping = false
  let stopped: Promise<void> | undefined
  let server: RunningServer | null = null
  /** Restarts and the stop take turns. */
  const inTurn = pLimit(1)

  async function start(): Promise<RunningServer> {
    const started = await bringUp({ ...options, signal })
    const startedAtMs = Date.now()
    server = started
    started.ended
      .then(reason => {
        server = null
        crashes = Date.now() - startedAtMs < crashLoopMs ? crashes + 1 : 0
        if (isStopping) return
        for (const listener of listeners) listener(reason)
      })
      .catch((error: unknown) => options.onProgress(`a listener for the end of PostgreSQL failed: ${messageOf(error)}`))
    return started
  }

  async function stop(): Promise<void> {
    if (server) {
      const { pid, ended } = server
      await stopPostmaster(pid, cluster)
      await ended
    }
    await fs.rm(first.socketFolder, { recursive: true, force: true })
    clearInterval(pruning)
    free()
  }

  function prune(): void {
    pruneLogs(cluster).catch((error: unknown) =>
      options.onProgress(`old log files of PostgreSQL cannot be deleted: ${messageOf(error)}`)
    )
  }

  const first = await start()
  const pruning = setInterval(prune, logPruneMs).unref()
  prune()
  let pid = first.pid
  let isAdopted = first.isAdopted

  return {
    url: urlAt(first.socketFolder, databaseName),
    version: binaries.version,
    cluster,
    pid: () => pid,
    isAdopted: () => isAdopted,
    onLost: callback => {
      listeners.add(callback)
      return () => {
        listeners.delete(callback)
      }
    },
    restart: () =>
      inTurn(async () => {
        if (server || isStopping) return
        if (crashes > 1) {
          await sleep(Math.min(500 * 2 ** (crashes - 1), crashPauseMsMax), undefined, { signal }).catch(() => {})
        }
        ;({ pid, isAdopted } = await start())
      }),
    stop: () => {
      isStopping = true
      cancel.abort()
      stopped ??= inTurn(stop)
      return stopped
    }
  }
}

function urlAt(socketFolder: string, database: string): string {
  return socketUrl({ socketFolder, port: 5432, user: roleName, database })
}

function lockOrThrow(folder: string): FolderLock {
  const lock = tryLockFolder(folder)
  if (lock) return lock
  throw startError(
    'data_in_use',
    `The data folder ${folder} is in use by ${lockOwnerOf(folder)}.`,
    'Only one Mesher may run on a data folder. Stop the other one, or choose another folder with --data or MESHER_DATA.'
  )
}
