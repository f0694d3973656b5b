/**
 * Processor time and memory of other processes, read from Linux's /proc in steps of 10 ms. PostgreSQL is a tree: what
 * its ended children used is kept by the postmaster (cutime, cstime), so the sum over the tree never falls.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'

type ProcessTimes = { parent: number; selfS: number; endedChildrenS: number }

/** USER_HZ: what /proc counts in on every Linux of today. */
const ticksPerS = 100
const looksMax = 20

/** Says why processor time cannot be measured here, or nothing when it can. */
export function missingForCpu(): string | undefined {
  return existsSync('/proc/self/stat')
    ? undefined
    : 'processor time of other processes is read from /proc, which only Linux has'
}

/** Seconds of processor that this process used so far, without its children. */
export function cpuSecondsOf(pid: number): number {
  return timesOf(pid).selfS
}

/**
 * Seconds of processor that a process and all its children used so far, ended ones included. A child that ends while
 * the tree is read would be missing from both, so it is read again until none did.
 */
export function cpuSecondsOfTree(pid: number): number {
  for (let looks = 0; looks < looksMax; looks++) {
    const root = timesOf(pid)
    const living = childrenOf(pid)
      .map(timesIfAlive)
      .reduce((sum, times) => sum + (times ? times.selfS + times.endedChildrenS : 0), 0)
    if (timesOf(pid).endedChildrenS === root.endedChildrenS) return root.selfS + root.endedChildrenS + living
  }
  throw new Error(`children of process ${pid} end too fast to count their time`)
}

export function parentOf(pid: number): number {
  return timesOf(pid).parent
}

/** Resident memory now, and the most it ever was. */
export function memoryOf(pid: number): { rssMb: number; peakRssMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024
  return { rssMb: mb('VmRSS'), peakRssMb: mb('VmHWM') }
}

/** The processes that it has started and that live. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(child => timesIfAlive(child)?.parent === pid)
}

/** A process may end before it is read; its time is then in the parent's `cutime` when the tree is read again. */
function timesIfAlive(pid: number): ProcessTimes | undefined {
  try {
    return timesOf(pid)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined
    }
    throw error
  }
}

/** The name in the second field may hold blanks and brackets: fields are counted from the last bracket. */
function timesOf(pid: number): ProcessTimes {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [, parent = 0] = fields
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
  return { parent, selfS: (utime + stime) / ticksPerS, endedChildrenS: (cutime + cstime) / ticksPerS }
}
