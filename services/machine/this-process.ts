/** Names this process, so that another one can find out whether it still runs. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hasCode } from '../database/system-errors.ts'

export type ProcessIdentity = {
  host: string
  pid: number
  /**
   * The boot of the machine and the namespace of process numbers: only where both are equal does a number mean the same
   * process. Null where the system does not tell.
   */
  boot: string | null
}

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, boot: bootOf() }
}

/** Whether a process has certainly ended. False when it cannot be known from here. */
export function hasEnded({ pid, boot }: Pick<ProcessIdentity, 'pid' | 'boot'>, me: ProcessIdentity): boolean {
  if (boot === null || boot !== me.boot) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return hasCode(error, 'ESRCH')
  }
}

function bootOf(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Not Linux, or /proc is not mounted.
    return null
  }
}
