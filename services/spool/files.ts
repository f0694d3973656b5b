/**
 * The spool of one node, as its process uses it: the functions of spool.ts bound to the folder of this node. Failures
 * are those of the file system. What is damaged is set aside and reported, batch by batch; so is a file of another
 * release, which is tried again at the next start.
 */
import path from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import type { Log } from '../../schema/log.ts'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import { SpoolFileDamaged, SpoolFileOfOtherVersion } from './format.ts'
import { messageOf } from '../database/system-errors.ts'
import { listSetAside, putBack, setAside, setLinesAside } from './set-aside.ts'
import {
  adoptSpoolFiles,
  claimSpoolFolder,
  isMissing,
  listSpoolFiles,
  readSpoolFile,
  removeSpoolFile,
  writeSpoolFile,
  type SpoolFile
} from './spool.ts'

export type SpoolListing = {
  /** Those to replay, oldest first. */
  files: SpoolFile[]
  /** How many are set aside. */
  setAside: number
  /** When the oldest of both was written, in milliseconds since the epoch; null when there is none. */
  oldestAt: number | null
}

export type SpoolFiles = {
  open: () => Promise<SpoolListing>
  list: () => Promise<SpoolListing>
  write: (batches: readonly PreparedBatch[]) => Promise<SpoolFile>
  /** Null when there is nothing to replay and to remove: the file is gone, or it has been set aside. */
  read: (name: string) => Promise<PreparedBatch[] | null>
  remove: (name: string) => Promise<void>
}

/**
 * The spool of `node` below the data folder. Opening it also takes over what dead nodes of the same data folder left.
 */
export function spoolFiles({ data, node, log }: { data: string; node: string; log: Log }): SpoolFiles {
  const root = path.join(data, 'spool')
  const folder = path.join(root, encodeURIComponent(node))
  let writing: Promise<unknown> = Promise.resolve()
  /** Names of files whose damaged lines have been set aside. */
  const asideOf = new Set<string>()

  async function list(): Promise<SpoolListing> {
    const [files, aside] = [await listSpoolFiles(folder), await listSetAside(folder)]
    const times = [...files, ...aside].map(({ writtenAt }) => writtenAt)
    return { files, setAside: aside.length, oldestAt: times.length === 0 ? null : Math.min(...times) }
  }

  async function read(name: string): Promise<PreparedBatch[]> {
    const { batches, lost, damaged } = await readSpoolFile(folder, name)
    // In an outage the same file is read again and again.
    if ((lost > 0 || damaged.length > 0) && !asideOf.has(name)) {
      await setLinesAside(folder, name, damaged)
      asideOf.add(name)
      log.error(`${name}: ${lost} of ${batches.length + lost} batches are damaged and set aside as ${name}.damaged`)
    }
    return batches
  }

  return {
    open: async () => {
      // What the previous process was writing when it died is in the folder after this, or nowhere.
      await writing
      await claimSpoolFolder(root, node)
      const adopted = await adoptSpoolFiles(root, folder)
      if (adopted > 0) log.warn(`${adopted} spool files of nodes that are gone were taken over`)
      for (const file of await listSetAside(folder)) if (file.reason === 'other-version') await putBack(folder, file)
      return await list()
    },
    list,
    write: batches => {
      const written = writeSpoolFile(folder, uuidv7(), batches)
      writing = Promise.allSettled([writing, written])
      return written
    },
    read: async name => {
      try {
        return await read(name)
      } catch (error) {
        // The previous process replayed it while it was ending.
        if (isMissing(error)) return null
        if (!(error instanceof SpoolFileDamaged) && !(error instanceof SpoolFileOfOtherVersion)) throw error
        const reason = error instanceof SpoolFileDamaged ? 'damaged' : 'other-version'
        await setAside(folder, name, reason)
        log.error(`${name} cannot be replayed and is set aside as ${name}.${reason}: ${messageOf(error)}`)
        return null
      }
    },
    remove: async name => {
      await removeSpoolFile(folder, name)
      asideOf.delete(name)
    }
  }
}
