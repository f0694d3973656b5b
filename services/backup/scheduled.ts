/**
 * The backups that servers make by themselves, in one folder: a new one when the last is old enough, and as many kept
 * as asked for. The names of the files tell when each was made, so whichever node leads goes on where another left off.
 * Files of other names are left alone.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { isMissing } from '../spool/spool.ts'
import { backUp, type BackupHooks, type BackupMade, type BackupSource } from './write.ts'

export type KeptBackup = { file: string; bytes: number; /** Milliseconds since the epoch. */ madeAt: number }

export type Schedule = { folder: string; everyMs: number; keep: number }

export type ScheduledBackup = {
  /** Null: the last one is not old enough. */
  made: BackupMade | null
  removed: string[]
  /** The last one there is. */
  last: KeptBackup | null
}

const namePattern = /^mesher-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z\.tar$/
const partialPattern = /^mesher-\d{8}T\d{6}Z\.tar\.[0-9a-f]{8}\.partial$/
/** What is written grows all the time; what has not for so long belongs to a process that was killed. */
const partialMsMax = 60 * 60 * 1_000

/** Those of the folder, the newest first. */
export async function keptBackups(folder: string): Promise<KeptBackup[]> {
  const found: KeptBackup[] = []
  for (const name of await fs.readdir(folder)) {
    const [, year, month, day, hour, minute, second] = (namePattern.exec(name) ?? []).map(Number)
    if (year === undefined || month === undefined) continue
    const file = path.join(folder, name)
    const stat = await fs.stat(file).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
    if (!stat?.isFile()) continue
    found.push({ file, bytes: stat.size, madeAt: Date.UTC(year, month - 1, day, hour, minute, second) })
  }
  return found.sort((a, b) => b.madeAt - a.madeAt)
}

/** `now` in milliseconds since the epoch, by the database's clock. A backup from the future counts as of now. */
export async function backUpIfDue(
  source: BackupSource,
  { folder, everyMs, keep }: Schedule,
  { now, ...hooks }: BackupHooks & { now: number }
): Promise<ScheduledBackup> {
  await fs.mkdir(folder, { recursive: true, mode: 0o700 })
  await removePartial(folder)
  const [last = null] = await keptBackups(folder)
  if (last !== null && Math.abs(now - last.madeAt) < everyMs) return { made: null, removed: [], last }
  const made = await backUp(source, path.join(folder, nameOf(now)), hooks)
  const kept = await keptBackups(folder)
  const removed = kept.filter(({ file }) => file !== made.file).slice(keep - 1)
  for (const { file } of removed) await fs.rm(file, { force: true })
  return {
    made,
    removed: removed.map(({ file }) => file),
    last: { file: made.file, bytes: made.bytes, madeAt: now }
  }
}

function nameOf(now: number): string {
  return `mesher-${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.tar`
}

async function removePartial(folder: string): Promise<void> {
  for (const name of (await fs.readdir(folder)).filter(name => partialPattern.test(name))) {
    const file = path.join(folder, name)
    const { mtimeMs } = await fs.stat(file)
    if (Date.now() - mtimeMs > partialMsMax) await fs.rm(file, { force: true })
  }
}
