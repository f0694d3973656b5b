/**
 * The files of the spool, where batches wait, fsynced, while PostgreSQL cannot take them. Each node has one folder
 * under the root of the spool, and each group of batches one file (format.ts). A file appears whole or not at all
 * (write, fsync, rename, fsync of the folder). The names sort in the order of writing. Every function throws what the
 * file system throws.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import { decodeBatches, encodeBatches, type SpoolContent } from './format.ts'
import { isOwnerAlive, writeOwner } from './owner.ts'

/** `writtenAt` in milliseconds since the epoch. */
export type SpoolFile = { name: string; bytes: number; writtenAt: number }

export const suffix = '.spool'
const temporarySuffix = '.tmp'

/** Makes the node's folder and marks it as owned by this process. Returns its path. */
export async function claimSpoolFolder(root: string, node: string): Promise<string> {
  const folder = path.join(root, encodeURIComponent(node))
  await fs.mkdir(folder, { recursive: true, mode: 0o700 })
  await syncFolder(root)
  await writeOwner(folder)
  for (const name of await fs.readdir(folder)) {
    // It was never renamed, so it was never acknowledged.
    if (name.endsWith(temporarySuffix)) await fs.rm(path.join(folder, name), { force: true })
  }
  return folder
}

/**
 * Moves the files of nodes that are no longer alive into the folder of this node. Two nodes may do so at the same time:
 * a rename has one winner. Returns how many files were taken over.
 */
export async function adoptSpoolFiles(root: string, folder: string): Promise<number> {
  let adopted = 0
  for (const entry of await fs.readdir(root, { withFileTypes: true })) {
    const other = path.join(root, entry.name)
    if (!entry.isDirectory() || other === folder || (await isOwnerAlive(other))) continue
    for (const { name } of await listSpoolFiles(other)) {
      if (await renamed(path.join(other, name), path.join(folder, name))) adopted += 1
    }
  }
  return adopted
}

/** The files of a folder, oldest first. */
export async function listSpoolFiles(folder: string): Promise<SpoolFile[]> {
  const names = (await fs.readdir(folder)).filter(name => name.endsWith(suffix)).sort()
  const files: SpoolFile[] = []
  for (const name of names) {
    const { size, mtimeMs } = await fs.stat(path.join(folder, name))
    files.push({ name, bytes: size, writtenAt: mtimeMs })
  }
  return files
}

/** Writes batches durably under a name that sorts after all earlier ones. On failure nothing is left behind. */
export async function writeSpoolFile(
  folder: string,
  id: string,
  batches: readonly PreparedBatch[]
): Promise<SpoolFile> {
  const content = encodeBatches(batches)
  await writeDurably(folder, id + suffix, content)
  return { name: id + suffix, bytes: Buffer.byteLength(content), writtenAt: Date.now() }
}

/** The file appears whole or not at all. */
export async function writeDurably(folder: string, name: string, content: string | Buffer): Promise<void> {
  const temporary = path.join(folder, name + temporarySuffix)
  try {
    const file = await fs.open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(temporary, path.join(folder, name))
    await syncFolder(folder)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    await fs.rm(path.join(folder, name), { force: true })
    throw error
  }
}

/** What can be read of a file. Throws what format.ts throws. */
export async function readSpoolFile(folder: string, name: string): Promise<SpoolContent> {
  return decodeBatches(await fs.readFile(path.join(folder, name)))
}

export async function removeSpoolFile(folder: string, name: string): Promise<void> {
  await fs.rm(path.join(folder, name), { force: true })
}

/** Whether the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
