/**
 * Gets one postmaster to serve a cluster, and never a second one. A server that runs already is taken over when it is
 * the one we would start (same program, same settings), and stopped otherwise. Starting waits as long as recovery
 * takes; it fails with the server's last words when the process ends before it is ready. The server has a session of
 * its own, so a Ctrl-C that is meant for Mesher does not end it too early.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { socketUrl } from '../url.ts'
import { connect } from '../sql.ts'
import { startError, type StartError } from '../start-error.ts'
import type { Binaries } from './binaries.ts'
import { isDiskFull, roleName, writeConfiguration } from './cluster.ts'
import { spawnAs } from './os-user.ts'
import type { Place } from './place.ts'
import { endOrphans, isServing, readPostmasterFile, stopPostmaster, type PostmasterFile } from './postmaster.ts'
import { lastLines, startLogOf } from './server-log.ts'
import { makeSocketFolder, socketPort } from './socket-folder.ts'

export type RunningServer = {
  pid: number
  socketFolder: string
  isAdopted: boolean
  /** Resolves with the way it ended, whatever ended it. */
  ended: Promise<string>
}

export type ServerOptions = {
  place: Place
  binaries: Binaries
  onProgress: (text: string) => void
  signal: AbortSignal
}

const pollMs = 25
const adoptedPollMs = 250
const noticeAfterMs = 5_000
/** How long a server that an earlier process left running may take to become ready before it is stopped. */
const adoptionMsMax = 60_000
const launchesMax = 5

export async function bringUp(options: ServerOptions): Promise<RunningServer> {
  const { cluster, user } = options.place
  const socketFolder = await makeSocketFolder(options.place)
  const settings = await writeConfiguration(cluster, user, { socketFolder, port: socketPort })

  const found = await readPostmasterFile(cluster)
  if (found && (await isServing(found.pid, cluster))) {
    options.onProgress(`a PostgreSQL server (process ${found.pid}) that an earlier start left behind runs already`)
    if (await isAsWanted(found, options, settings)) return adopted(found, cluster)
    options.onProgress('it is not what would be started now: stopping it')
    await stopPostmaster(found.pid, cluster)
  }
  return launch(options, socketFolder)
}

const serverRow = v.strictObject({ settings: v.nullable(v.string()), version: v.string() })

/** Whether it has the same program and settings, and becomes ready. */
async function isAsWanted(
  found: PostmasterFile,
  { place, binaries, signal }: ServerOptions,
  settings: string
): Promise<boolean> {
  const until = Date.now() + adoptionMsMax
  while (!(await readPostmasterFile(place.cluster))?.isReady) {
    if (Date.now() > until || signal.aborted || !(await isServing(found.pid, place.cluster))) return false
    await sleep(pollMs)
  }
  const sql = connect({
    url: socketUrl({ ...found, user: roleName, database: 'postgres' }),
    max: 1,
    statementTimeoutMs: 5_000
  })
  try {
    const [row] = await sql.rows(serverRow)`
      select current_setting('mesher.settings', true) as settings, current_setting('server_version') as version`
    return row?.settings === settings && row.version.split(' ')[0] === binaries.version
  } catch {
    // It does not answer, for whatever reason: it is stopped in an orderly way and started again.
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function adopted({ pid, socketFolder }: PostmasterFile, cluster: string): RunningServer {
  const watch = async (): Promise<string> => {
    while (await isServing(pid, cluster)) await sleep(adoptedPollMs)
    return 'it is gone'
  }
  return { pid, socketFolder, isAdopted: true, ended: watch() }
}

async function launch(options: ServerOptions, socketFolder: string): Promise<RunningServer> {
  const { home, cluster } = options.place
  for (let attempt = 1; ; attempt++) {
    await clearAway(cluster, socketFolder)
    const startedAtMs = Date.now()
    const result = await launchOnce(options, socketFolder)
    if (typeof result !== 'string') return result
    if (options.signal.aborted) {
      throw startError('cancelled', 'The start of PostgreSQL was cancelled.', 'Start Mesher again.')
    }
    const said = await lastLines(home, cluster, startedAtMs)
    // Processes of a killed server still hold its memory: the only failure that waiting can cure.
    if (!/pre-existing shared memory block/.test(said) || attempt === launchesMax) {
      throw failureOf(cluster, result, said)
    }
    await sleep(1_000)
  }
}

/** Removes what a killed server leaves behind, which would make the next one believe that it still runs. */
async function clearAway(cluster: string, socketFolder: string): Promise<void> {
  await endOrphans(cluster)
  for (const file of [
    path.join(cluster, 'postmaster.pid'),
    ...['', '.lock'].map(end => path.join(socketFolder, `.s.PGSQL.${socketPort}${end}`))
  ]) {
    await fs.rm(file, { force: true })
  }
}

/** The running server, or how it ended before it was ready. */
async function launchOnce(
  { place: { home, cluster, user }, binaries, onProgress, signal }: ServerOptions,
  socketFolder: string
): Promise<RunningServer | string> {
  const log = await fs.open(startLogOf(home), 'w', 0o600)
  const child = spawnAs(user, binaries.postgres, ['-D', cluster], {
    cwd: cluster,
    detached: true,
    stdio: ['ignore', log.fd, log.fd]
  })
  const ended = new Promise<string>(resolve => {
    child.on('exit', (code, endSignal) => resolve(code === null ? `signal ${endSignal}` : `exit code ${code}`))
    child.on('error', error => resolve(error.message))
  })
  await log.close()

  let nextNoticeMs = Date.now() + noticeAfterMs
  for (;;) {
    const end = await Promise.race([ended, sleep(pollMs)])
    if (end !== undefined) return end
    const file = await readPostmasterFile(cluster)
    const pid = child.pid ?? 0
    if (signal.aborted) await stopPostmaster(pid, cluster)
    else if (file?.pid === pid && file.isReady) return { pid, socketFolder, isAdopted: false, ended }
    if (Date.now() > nextNoticeMs) {
      onProgress('PostgreSQL is still starting: after a crash it first brings back what was committed')
      nextNoticeMs += 2 * noticeAfterMs
    }
  }
}

function failureOf(cluster: string, how: string, said: string): StartError {
  const message = `PostgreSQL did not start in ${cluster} (${how}). Its last words:\n${said}`
  if (isDiskFull(said)) {
    return startError('disk_full', message, 'Free some space on that disk and start Mesher again; nothing is lost.')
  }
  if (/Permission denied|invalid permissions|wrong ownership/.test(said)) {
    return startError(
      'permission_denied',
      message,
      'Give the files back to their owner, with mode 0700 for folders and 0600 for files.'
    )
  }
  if (/lock file .* already exists|pre-existing shared memory block/.test(said)) {
    return startError(
      'data_in_use',
      message,
      'Another PostgreSQL server uses this folder, perhaps in another container. Stop it first.'
    )
  }
  if (/could not (create|map|resize) .*shared memory|Cannot allocate memory/.test(said)) {
    return startError(
      'server_failed',
      message,
      'The machine has too little free memory for PostgreSQL. Give it more, or lower shared_buffers in custom.conf.'
    )
  }
  return startError(
    'server_failed',
    message,
    `The full log is in ${path.join(cluster, 'log')}. Do not delete anything in that folder by hand.`
  )
}
