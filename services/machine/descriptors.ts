/**
 * How many files and sockets this process may have open (`ulimit -n`). Linux says so in /proc; elsewhere it is not
 * known, and nothing is limited.
 */
import { readFileSync } from 'node:fs'
import { hasCode } from '../database/system-errors.ts'

/** For connections to the database, files of the spool, links to other nodes, webhooks, the log. */
const reserved = 96
const clientsMin = 16

/** Null where it is not known, or has no limit. */
export function descriptorsMax(limitsFile = '/proc/self/limits'): number | null {
  try {
    const [, soft] = /^Max open files +(\d+) /m.exec(readFileSync(limitsFile, 'utf8')) ?? []
    return soft === undefined ? null : Number(soft)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** How many clients may be connected, so that enough is left for everything else. */
export function clientConnectionsMax(max = descriptorsMax()): number {
  return max === null ? Infinity : Math.max(max - reserved, clientsMin)
}
