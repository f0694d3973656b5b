/** The spool of one node as its process uses it: the functions of spool.ts bound to this node's folder. */
import path from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import type { Log } from '../schema/log.ts'
import type { PreparedBatch } from '../schema/pipeline.ts'
import {
  adoptSpoolFiles, claimSpoolFolder, listSpoolFiles, readSpoolFile, removeSpoolFile, setAsideSpoolFile, SpoolFileDamaged, writeSpoolFile,
  type SpoolFile
} from './spool.ts'

export type SpoolFiles = {
  open: () => Promise<SpoolFile[]>
  write: (batches: readonly PreparedBatch[]) => Promise<SpoolFile>
  /** Null when the file was damaged and has been set aside. */
  read: (name: string) => Promise<PreparedBatch[] | null>
  remove: (name: string) => Promise<void>
}

/** The spool of `node` below the data folder; opening it also takes over what dead nodes of the same data folder left. */
export function spoolFiles ({ data, node, log }: { data: string, node: string, log: Log }): SpoolFiles {
  const root = path.join(data, 'spool')
  const folder = path.join(root, encodeURIComponent(node))

  return {
    open: async () => {
      await claimSpoolFolder(root, node)
      const adopted = await adoptSpoolFiles(root, folder)
      if (adopted > 0) log.warn(`${adopted} spool files of nodes that are gone were taken over`)
      return await listSpoolFiles(folder)
    },
    write: batches => writeSpoolFile(folder, uuidv7(), batches),
    read: async name => {
      try {
        return await readSpoolFile(folder, name)
      } catch (error) {
        if (!(error instanceof SpoolFileDamaged)) throw error
        log.error({ err: error }, `${name} is set aside as ${name}.damaged: its events cannot be replayed`)
        await setAsideSpoolFile(folder, name)
        return null
      }
    },
    remove: name => removeSpoolFile(folder, name)
  }
}
