/**
 * The spools of a data folder in a backup: events that were acknowledged and are not in the database yet. They are read
 * before the snapshot of the database is taken, so an event that is replayed in between is in both; the ledger, which
 * is in the snapshot, keeps it from being stored twice.
 */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { isOwnerAlive } from '../spool/owner.ts'
import { listSetAside } from '../spool/set-aside.ts'
import { isMissing, listSpoolFiles } from '../spool/spool.ts'
import type { SpoolEntry } from './format.ts'

export type SpooledFile = { node: string; file: string; writtenAt: number; content: Buffer }

/** The files of all nodes, also those that are set aside. A file that is replayed meanwhile is left out. */
export async function* spooledFiles(dataDir: string): AsyncGenerator<SpooledFile> {
  const root = path.join(dataDir, 'spool')
  for (const node of await foldersIn(root)) {
    const folder = path.join(root, node)
    for (const { name, writtenAt } of [...(await listSpoolFiles(folder)), ...(await listSetAside(folder))]) {
      const content = await fs.readFile(path.join(folder, name)).catch(nullIfMissing)
      if (content !== null) yield { node, file: name, writtenAt: Math.round(writtenAt), content }
    }
  }
}

/** The node that runs on a data folder and owns its spool; null when none does. */
export async function runningSpooler(dataDir: string): Promise<string | null> {
  const root = path.join(dataDir, 'spool')
  for (const node of await foldersIn(root)) {
    if (await isOwnerAlive(path.join(root, node))) return decodeURIComponent(node)
  }
  return null
}

export type SpoolRestore = {
  /** Writes a file where no replay sees it yet. One that is there already is left as it is. */
  write: (entry: Pick<SpoolEntry, 'node' | 'file' | 'writtenAt'>, content: Uint8Array) => Promise<void>
  /** Lets the next start find all that was written; returns how many files those are. */
  finish: () => Promise<number>
  /** Removes what was written. */
  undo: () => Promise<void>
}

export function spoolRestore(dataDir: string): SpoolRestore {
  const written: { temporary: string; target: string }[] = []
  return {
    write: async ({ node, file, writtenAt }, content) => {
      const folder = path.join(dataDir, 'spool', node)
      const target = path.join(folder, file)
      if ((await fs.stat(target).catch(nullIfMissing)) !== null) return
      await fs.mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`
      written.push({ temporary, target })
      await fs.writeFile(temporary, content, { flag: 'wx', mode: 0o600, flush: true })
      // The age of what waits decides how long the ledger remembers.
      await fs.utimes(temporary, writtenAt / 1_000, writtenAt / 1_000)
    },
    finish: async () => {
      for (const { temporary, target } of written) await fs.rename(temporary, target)
      return written.length
    },
    undo: async () => {
      for (const { temporary } of written) await fs.rm(temporary, { force: true })
    }
  }
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await fs.readdir(root, { withFileTypes: true }).catch(nullIfMissing)
  return (entries ?? [])
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
