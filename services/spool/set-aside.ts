/**
 * Files of the spool that are set aside, where an operator finds them and no replay reads them: what is damaged, and
 * what another release wrote. Both may be tried again; the ids of the batches keep events from being stored twice.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { encodeLines } from './format.ts'
import { isMissing, suffix, writeDurably, type SpoolFile } from './spool.ts'

const reasons = ['damaged', 'other-version'] as const
export type SetAsideReason = (typeof reasons)[number]
export type SetAsideFile = SpoolFile & { reason: SetAsideReason }

/** Sets a whole file aside. */
export async function setAside(folder: string, name: string, reason: SetAsideReason): Promise<void> {
  await fs.rename(path.join(folder, name), path.join(folder, `${name}.${reason}`))
}

/** Writes lines of a file that cannot be read to a file of their own. The rest may be replayed and removed then. */
export async function setLinesAside(folder: string, name: string, lines: readonly Buffer[]): Promise<void> {
  await writeDurably(folder, `${name}.damaged`, encodeLines(lines))
}

export async function listSetAside(folder: string): Promise<SetAsideFile[]> {
  const files: SetAsideFile[] = []
  for (const name of (await fs.readdir(folder)).sort()) {
    const reason = reasons.find(reason => name.endsWith(`${suffix}.${reason}`))
    if (reason === undefined) continue
    const { size, mtimeMs } = await fs.stat(path.join(folder, name))
    files.push({ name, bytes: size, writtenAt: mtimeMs, reason })
  }
  return files
}

/**
 * Puts a file back among those that are replayed. False when it is gone, or while the rest of the same file still waits
 * there.
 */
export async function putBack(
  folder: string,
  { name, reason }: Pick<SetAsideFile, 'name' | 'reason'>
): Promise<boolean> {
  const from = path.join(folder, name)
  try {
    // Unlike a rename, a link replaces nothing.
    await fs.link(from, path.join(folder, name.slice(0, -`.${reason}`.length)))
  } catch (error) {
    if (isMissing(error) || (error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false
    throw error
  }
  await fs.rm(from)
  return true
}
