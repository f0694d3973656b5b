/**
 * Makes a backup of a database that may be in use, and of the spools of a data folder. All tables show one moment
 * (snapshot.ts); everything that was acknowledged before the backup began is in it. Memory holds one part at a time.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { appliedMigrations, missingMigrations, migrationsFolder, readMigrations } from '../database/migrations.ts'
import { connect, type ReservedSql, type Sql } from '../database/sql.ts'
import { writeArchive, type ArchiveWriter } from './archive.ts'
import { sequencesOf, sumsOf, tablesOf, type Table } from './contents.ts'
import {
  BackupRefused,
  entryNames,
  formatVersion,
  partName,
  rowsOf,
  sha256Of,
  spoolPartName,
  type Head,
  type Manifest,
  type Part,
  type SpoolEntry,
  type TableEntry
} from './format.ts'
import { withSnapshot, type Snapshot } from './snapshot.ts'
import { spooledFiles } from './spool-files.ts'

export type BackupSource = {
  /** Of the database. */
  url: string
  /** The version of that server. */
  postgres: string
  /** The data folder whose spools belong to the backup; null for none. */
  dataDir: string | null
}

export type BackupProgress = { table: string; bytes: number; bytesTotal: number }

export type BackupHooks = {
  /** The version of this Mesher. */
  version: string
  onProgress?: (progress: BackupProgress) => void
  /** Gives up a backup that is under way. */
  signal?: AbortSignal
}

export type BackupMade = {
  file: string
  bytes: number
  tables: number
  rows: number
  spoolFiles: number
  takenAt: Date
}

const partBytes = 4 * 1024 * 1024
/** Three quarters of what the best level saves, for a third of its time. */
const level = 3
const compress = promisify(gzip)

/** Throws `BackupRefused`, or what the database or the file system throws; no file is left behind then. */
export async function backUp(source: BackupSource, file: string, hooks: BackupHooks): Promise<BackupMade> {
  const sql = connect({ url: source.url, max: 2, applicationName: 'mesher backup' })
  const giveUp = (): void => {
    sql.end({ timeout: 0 }).catch(() => {})
  }
  hooks.signal?.addEventListener('abort', giveUp)
  try {
    hooks.signal?.throwIfAborted()
    let manifest: Manifest | undefined
    const bytes = await writeArchive(file, async writer => {
      manifest = await fill(writer, sql, source, hooks)
    })
    if (manifest === undefined) throw new Error('a backup without a list')
    const { tables, spool, takenAt } = manifest
    return {
      file,
      bytes,
      tables: tables.length,
      rows: rowsOf(manifest),
      spoolFiles: spool.length,
      takenAt: new Date(takenAt)
    }
  } finally {
    hooks.signal?.removeEventListener('abort', giveUp)
    await sql.end({ timeout: 5 })
  }
}

async function fill(writer: ArchiveWriter, sql: Sql, source: BackupSource, hooks: BackupHooks): Promise<Manifest> {
  const head: Head = { format: formatVersion, mesher: hooks.version, takenAt: new Date().toISOString() }
  await writer.add(entryNames.head, json(head))
  const spool = source.dataDir === null ? [] : await addSpool(writer, source.dataDir)
  return await withSnapshot(sql, async snapshot => {
    const manifest: Manifest = {
      ...head,
      format: formatVersion,
      postgres: source.postgres,
      takenAt: snapshot.takenAt.toISOString(),
      migrations: await knownMigrations(snapshot.sql),
      tables: await addTables(writer, snapshot, hooks),
      sequences: await sequencesOf(snapshot.sql),
      spool
    }
    await refuseIfMigrated(snapshot, manifest)
    const content = json(manifest)
    await writer.add(entryNames.manifest, content)
    await writer.add(entryNames.checksum, Buffer.from(sha256Of(content)))
    return manifest
  })
}

/** Those of the database; a database that this version does not know cannot be restored by it either. */
async function knownMigrations(sql: ReservedSql): Promise<Manifest['migrations']> {
  const applied = await appliedMigrations(sql)
  if (applied.length === 0) throw new BackupRefused('there are no tables of Mesher in this database')
  missingMigrations(applied, await readMigrations(migrationsFolder()))
  return applied
}

/** A new version that started meanwhile may have changed tables that were read before and after. */
async function refuseIfMigrated({ present }: Snapshot, { migrations }: Manifest): Promise<void> {
  if ((await appliedMigrations(present)).length === migrations.length) return
  throw new BackupRefused('the database was migrated while it was backed up: back it up again')
}

async function addSpool(writer: ArchiveWriter, dataDir: string): Promise<SpoolEntry[]> {
  const entries: SpoolEntry[] = []
  for await (const { node, file, writtenAt, content } of spooledFiles(dataDir)) {
    entries.push({ node, file, writtenAt, part: await writer.add(spoolPartName(node, file), content) })
  }
  return entries
}

async function addTables(
  writer: ArchiveWriter,
  snapshot: Snapshot,
  { onProgress }: BackupHooks
): Promise<TableEntry[]> {
  const tables = await tablesOf(snapshot.sql)
  const bytesTotal = tables.reduce((sum, { bytes }) => sum + bytes, 0)
  const entries: TableEntry[] = []
  let bytes = 0
  for (const table of tables) {
    onProgress?.({ table: table.name, bytes, bytesTotal })
    const entry = await snapshot.read(sql => addTable(writer, sql, table))
    // An expired partition may be dropped meanwhile. What else is dropped shows in the list of migrations.
    if (entry !== null) entries.push(entry)
    bytes += table.bytes
  }
  return entries
}

async function addTable(writer: ArchiveWriter, sql: ReservedSql, table: Table): Promise<TableEntry> {
  const { name, columns, summed } = table
  const parts: Part[] = []
  let chunks: Buffer[] = []
  let size = 0
  async function flush(): Promise<void> {
    if (size === 0) return
    const content = await compress(Buffer.concat(chunks), { level })
    parts.push(await writer.add(partName(name, parts.length), content))
    chunks = []
    size = 0
  }

  const list = columns.map(column => `"${column}"`).join(', ')
  const rows = await sql.copyOut(`copy "${name}" (${list}) to stdout`, async chunk => {
    chunks.push(chunk)
    size += chunk.length
    if (size >= partBytes) await flush()
  })
  await flush()
  const { sums } = summed.length === 0 ? { sums: {} } : await sumsOf(sql, name, summed)
  return { name, columns, rows, sums, parts }
}

function json(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`)
}
