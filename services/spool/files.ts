/**
 * The spool of one node, as its process uses it: the functions of spool.ts bound to the folder of this node. Failures
 * are those of the file system; a damaged file is set aside and reported.
 */
import path from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import type { Log } from '../../schema/log.ts'
import type { PreparedBatch } from '../../schema/pipeline.ts'
import {
  adoptSpoolFiles,
  claimSpoolFolder,
  isMissing,
  listSpoolFiles,
  readSpoolFile,
  removeSpoolFile,
  setAsideSpoolFile,
  SpoolFileDamaged,
  writeSpoolFile,
  type SpoolFile
} from './spool.ts'

export type SpoolFiles = {
  open: () => Promise<SpoolFile[]>
  write: (batches: readonly PreparedBatch[]) => Promise<SpoolFile>
  /** Null when there is nothing to replay: the file is gone, or it was damaged and has been set aside. */
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

  return {
    open: async () => {
      // What the previous process was writing when it died is in the folder after this, or nowhere.
      await writing
      await claimSpoolFolder(root, node)
      const adopted = await adoptSpoolFiles(root, folder)
      if (adopted > 0) log.warn(`${adopted} spool files of nodes that are gone were taken over`)
      return await listSpoolFiles(folder)
    },
    write: batches => {
      const written = writeSpoolFile(folder, uuidv7(), batches)
      writing = Promise.allSettled([writing, written])
      return written
    },
    read: async name => {
      try {
        return await readSpoolFile(folder, name)
      } catch (error) {
        // The previous process replayed it while it was ending.
        if (isMissing(error)) return null
        if (!(error instanceof SpoolFileDamaged)) throw error
        log.error({ err: error }, `${name} is set aside as ${name}.damaged: its events cannot be replayed`)
        await setAsideSpoolFile(folder, name)
        return null
      }
    },
    remove: name => removeSpoolFile(folder, name)
  }
}
