/**
 * At most one owner of a folder, by a lock of the kernel on a file in it (flock). The kernel frees it when the owner
 * dies, kill -9 included, and it holds across containers that share the folder, where process ids mean nothing. Node.js
 * has no flock: on Linux the program of that name locks a descriptor that it shares with us; on macOS opening the file
 * can lock it. The file stays when the lock is freed, because deleting it would let two owners lock two files.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { isStartError, startError } from '../start-error.ts'
import { hasCode, messageOf } from '../system-errors.ts'

export type FolderLock = { release: () => void }

const fileName = 'postgres.lock'
/** O_EXLOCK and O_NONBLOCK of macOS and the BSDs. */
const lockFlags = 0x20 | 0x4
const ownerSchema = v.pipe(v.string(), v.parseJson(), v.object({ pid: v.number() }))

/** Null when another process has it. */
export function tryLockFolder(folder: string): FolderLock | null {
  const descriptor = lockedDescriptor(folder)
  if (descriptor === null) return null
  fs.ftruncateSync(descriptor)
  fs.writeSync(descriptor, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }), 0)
  let isHeld = true
  return {
    release: () => {
      if (isHeld) fs.closeSync(descriptor)
      isHeld = false
    }
  }
}

/** The process id that the owner has written down. For messages only. */
export function lockOwnerOf(folder: string): string {
  try {
    return `process ${v.parse(ownerSchema, fs.readFileSync(path.join(folder, fileName), 'utf8')).pid}`
  } catch {
    return 'another process'
  }
}

function lockedDescriptor(folder: string): number | null {
  try {
    return process.platform === 'linux' ? openAndFlock(folder) : openLocked(folder)
  } catch (cause) {
    if (isStartError(cause)) throw cause
    throw startError(
      hasCode(cause, 'ENOSPC') ? 'disk_full' : 'permission_denied',
      `The data folder ${folder} cannot be written: ${messageOf(cause)}`,
      'Start Mesher as the user who owns it, or choose another folder with --data or MESHER_DATA.',
      cause
    )
  }
}

function openAndFlock(folder: string): number | null {
  const descriptor = open(folder, 0)
  const { status, error, stderr } = spawnSync('flock', ['-x', '-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    encoding: 'utf8'
  })
  if (status === 0) return descriptor
  fs.closeSync(descriptor)
  if (status === 1) return null
  throw startError(
    'permission_denied',
    `The data folder ${folder} cannot be locked: ${error?.message ?? stderr.trim()}`,
    'Mesher needs the program flock (of util-linux or BusyBox) and a file system with locks.'
  )
}

function openLocked(folder: string): number | null {
  try {
    return open(folder, lockFlags)
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return null
    throw error
  }
}

function open(folder: string, flags: number): number {
  return fs.openSync(path.join(folder, fileName), fs.constants.O_RDWR | fs.constants.O_CREAT | flags, 0o600)
}
