/**
 * Moves the database of a data folder to another major version of PostgreSQL, through a backup. The old server runs
 * for it, so it holds the data folder; the new database is made and compared beside the old one, and takes its place
 * at the end. Until then nothing of the old one is changed, and afterwards it stays under another name. No server of
 * Mesher runs meanwhile.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { packagedMajor } from '../database/postgres/binaries.ts'
import { startEmbedded } from '../database/postgres/embedded.ts'
import { lockOwnerOf, tryLockFolder } from '../database/postgres/folder-lock.ts'
import { findCluster } from '../database/postgres/place.ts'
import { endOrphans, readPostmasterFile, stopPostmaster } from '../database/postgres/postmaster.ts'
import { BackupRefused } from './format.ts'
import { checkBackup, restore, type RestoreHooks, type Restored } from './restore.ts'
import { backUp, type BackupHooks } from './write.ts'

export type UpgradeOptions = {
  dataDir: string
  /** The folder with the programs of the old version; null looks where systems install them. */
  oldPrograms: string | null
  /** Of this Mesher. */
  version: string
  onText: (text: string) => void
  onBackup: NonNullable<BackupHooks['onProgress']>
  onRestore: NonNullable<RestoreHooks['onProgress']>
}

export type Upgraded = Restored & { from: number; to: number; /** The old database. */ kept: string }

export async function upgradeData(options: UpgradeOptions): Promise<Upgraded> {
  const { dataDir, onText } = options
  const cluster = await findCluster(dataDir)
  if (cluster === null) throw new BackupRefused(`there is no embedded database in ${dataDir}`)
  const from = Number((await fs.readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim())
  const to = await packagedMajor()
  if (from === to) throw new BackupRefused(`the database in ${dataDir} is one of PostgreSQL ${to} already`)
  const binDir = options.oldPrograms ?? (await installedPrograms(from))
  const kept = path.join(path.dirname(cluster), `postgres-${from}`)
  if (await exists(kept)) throw new BackupRefused(`${kept} exists already, from an earlier upgrade: move it away`)

  onText(`starting PostgreSQL ${from} on ${cluster}`)
  const old = await startEmbedded({ dataDir, binDir, onProgress: onText })
  const beside = path.join(dataDir, 'upgrading')
  try {
    await removeBeside(beside)
    const restored = await move(old, beside, options)
    await old.stop()
    await swap({ dataDir, cluster, kept, beside })
    return { ...restored, from, to, kept }
  } finally {
    await old.stop()
    await removeBeside(beside)
  }
}

type Server = Awaited<ReturnType<typeof startEmbedded>>

/** Fills a new database in the folder `beside`, and stops it. */
async function move(old: Server, beside: string, options: UpgradeOptions): Promise<Restored> {
  const { version, onText, onBackup, onRestore } = options
  const next = await startEmbedded({ dataDir: beside, onProgress: onText })
  try {
    const file = path.join(beside, 'moving.tar')
    await backUp({ url: old.url, postgres: old.version, dataDir: null }, file, { version, onProgress: onBackup })
    const manifest = await checkBackup(file, { onProgress: onRestore })
    return await restore({ url: next.url, dataDir: beside }, file, manifest, { onProgress: onRestore })
  } finally {
    await next.stop()
  }
}

type Swap = { dataDir: string; cluster: string; kept: string; beside: string }

/** An interrupted swap is noticed by the next start, which refuses a folder whose database is under another name. */
async function swap({ dataDir, cluster, kept, beside }: Swap): Promise<void> {
  const made = await findCluster(beside)
  if (made === null) throw new Error(`the new database in ${beside} is gone`)
  const folder = await fs.realpath(dataDir)
  const locks = [...new Set([folder, path.dirname(cluster)])].map(folder => ({ folder, lock: tryLockFolder(folder) }))
  try {
    const taken = locks.find(({ lock }) => lock === null)
    if (taken) throw new BackupRefused(`${taken.folder} is in use by ${lockOwnerOf(taken.folder)}: nothing was changed`)
    await copySettings(cluster, made)
    await fs.rename(cluster, kept)
    await fs.rename(made, cluster)
  } finally {
    for (const { lock } of locks) lock?.release()
  }
}

/** What an operator has set. Both folders belong to the same user. */
async function copySettings(from: string, to: string): Promise<void> {
  const file = path.join(from, 'custom.conf')
  if (!(await exists(file))) return
  const { uid, gid } = await fs.stat(to)
  const copy = path.join(to, 'custom.conf')
  await fs.copyFile(file, copy)
  await fs.chown(copy, uid, gid)
}

/** What is left of an upgrade, also of one that was killed with its server. */
async function removeBeside(folder: string): Promise<void> {
  const cluster = await findCluster(folder)
  if (cluster !== null) {
    const running = await readPostmasterFile(cluster)
    if (running !== null) await stopPostmaster(running.pid, cluster)
    await endOrphans(cluster)
    await fs.rm(cluster, { recursive: true, force: true })
  }
  await fs.rm(folder, { recursive: true, force: true })
}

async function installedPrograms(major: number): Promise<string> {
  const places = [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`]
  for (const place of places) if (await exists(path.join(place, 'postgres'))) return place
  throw new BackupRefused(
    `the programs of PostgreSQL ${major}, which made the database, are not in ${places.join(' or ')}: install them ` +
      `(Debian: apt-get install postgresql-${major}), or name their folder with --old-programs`
  )
}

async function exists(file: string): Promise<boolean> {
  return await fs.access(file).then(
    () => true,
    () => false
  )
}
