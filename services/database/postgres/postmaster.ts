/**
 * The running server process: what postmaster.pid says about it, whether that is still true, and how to stop it. A
 * process id alone proves nothing, because it may have been used again, above all in containers: the working folder of
 * the process must be the cluster.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startError } from '../start-error.ts'
import { hasCode } from '../system-errors.ts'

export type PostmasterFile = { pid: number; port: number; socketFolder: string; isReady: boolean }

const pollMs = 50
/** A fast shutdown writes all memory to disk, which takes time on a slow one. */
const fastShutdownMsMax = 120_000
const immediateShutdownMsMax = 15_000
/** A server that does nothing for so long after the signal may be frozen. To one that is not, SIGCONT means nothing. */
const frozenMsMin = 2_000

/** Null when there is no such file, or not yet a whole one. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  try {
    const lines = (await fs.readFile(path.join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
    const pid = Number(lines[0])
    if (!Number.isInteger(pid) || pid <= 0) return null
    return { pid, port: Number(lines[3] ?? 0), socketFolder: lines[4] ?? '', isReady: lines[7]?.trim() === 'ready' }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** Whether process `pid` is a living server process of this cluster. */
export async function isServing(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return isRunning(pid) && commandOf(pid).includes(cluster)
  // A zombie no longer has a working folder.
  return (await workingFolderOf(pid)) === cluster
}

/** Every process that works in the cluster. The children of a killed postmaster may live on for a moment. */
export async function processesOf(cluster: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await fs.readdir('/proc')).map(Number).filter(Number.isInteger)
  const found: number[] = []
  for (const pid of pids) {
    if ((await workingFolderOf(pid)) === cluster) found.push(pid)
  }
  return found
}

/**
 * First a fast shutdown: clients are cut off and everything is written out. A server that somebody has frozen (SIGSTOP)
 * is woken for it. Then an immediate one, after which the next start has to recover.
 */
export async function stopPostmaster(pid: number, cluster: string): Promise<void> {
  for (const [signal, msMax] of [
    ['SIGINT', fastShutdownMsMax],
    ['SIGQUIT', immediateShutdownMsMax]
  ] as const) {
    if (!(await isServing(pid, cluster))) return
    send(pid, signal)
    if (await isGone(pid, cluster, frozenMsMin)) return
    for (const process of await processesOf(cluster)) send(process, 'SIGCONT')
    if (await isGone(pid, cluster, msMax)) return
  }
  throw startError(
    'server_busy',
    `The PostgreSQL server that runs in ${cluster} (process ${pid}) does not stop.`,
    `Look at what it waits for; "kill -9 ${pid}" is the last resort.`
  )
}

/** Ends the processes that a killed postmaster left; they hold nothing that recovery does not restore. */
export async function endOrphans(cluster: string): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    const orphans = await processesOf(cluster)
    for (const pid of orphans) send(pid, signal)
    for (const pid of orphans) await isGone(pid, cluster, 5_000)
  }
}

export async function isGone(pid: number, cluster: string, msMax: number): Promise<boolean> {
  const until = Date.now() + msMax
  while (await isServing(pid, cluster)) {
    if (Date.now() > until) return false
    await sleep(pollMs)
  }
  return true
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

async function workingFolderOf(pid: number): Promise<string | null> {
  return fs.readlink(`/proc/${pid}/cwd`).catch(() => null)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout
}
