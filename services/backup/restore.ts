/**
 * Puts a backup into an empty database. The file is verified first (verify.ts). Then everything happens in one
 * transaction: the tables as the migrations of the backup made them, the rows, and the comparison of rows and sums with
 * those that were counted at the backup. A restore that fails or is interrupted leaves nothing behind. Then the
 * database is brought to this version.
 */
import fs from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import * as v from 'valibot'
import { databaseNow } from '../database/clock.ts'
import { sqlStateOf } from '../database/errors.ts'
import {
  lockMigrations,
  makeTables,
  migrate,
  migrationsFolder,
  missingMigrations,
  readMigrations,
  type Migration
} from '../database/migrations.ts'
import { ensurePartitions, isPartitionName, makePartitionNamed } from '../database/partitions.ts'
import { connect, type ReservedSql, type Sql } from '../database/sql.ts'
import { checkHour, type HourCheck } from '../upkeep/hour-check.ts'
import { readArchive, type ArchiveEntry } from './archive.ts'
import { sumsOf, tablesOf } from './contents.ts'
import { BackupRefused, rowsOf, type Manifest, type SpoolEntry, type TableEntry } from './format.ts'
import { runningSpooler, spoolRestore, type SpoolRestore } from './spool-files.ts'
import { verifyBackup } from './verify.ts'

export type RestoreTarget = {
  url: string
  /** The data folder that gets the spools. */
  dataDir: string
}

export type RestoreHooks = {
  onProgress?: (progress: { step: 'reading' | 'restoring'; bytes: number; bytesTotal: number }) => void
}

export type Restored = {
  takenAt: Date
  tables: number
  rows: number
  spoolFiles: number
  /** Applied after the restore, to bring it to this version. */
  migrations: string[]
  /** The counts of the last full hour of the backup, compared with its rows. */
  check: HourCheck
}

const decompress = promisify(gunzip)
/** A part is 4 MiB of rows and a piece of one; what expands to more is no part of ours. */
const expandedBytesMax = 16 * 1024 * 1024

/** Throws `BackupRefused` where the file or the database is unfit, and what the database says. Nothing is changed. */
export async function restore(target: RestoreTarget, file: string, manifest: Manifest, hooks: RestoreHooks = {}) {
  const migrations = await migrationsOf(manifest)
  const running = await runningSpooler(target.dataDir)
  if (running !== null) {
    throw new BackupRefused(`the node ${running} runs on ${target.dataDir}: stop it before the restore`)
  }
  const sql = connect({ url: target.url, max: 2, applicationName: 'mesher restore' })
  const spool = spoolRestore(target.dataDir)
  try {
    await inOneTransaction(sql, session => fillAll(session, { file, manifest, migrations, spool, hooks }))
    return await settled(sql, manifest, await spool.finish())
  } catch (error) {
    await spool.undo()
    throw explained(error)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Reads and compares the whole file, and says whether this version can restore it. */
export async function checkBackup(file: string, { onProgress }: RestoreHooks = {}): Promise<Manifest> {
  const { size: bytesTotal } = await fs.stat(file)
  const manifest = await verifyBackup(file, bytes => onProgress?.({ step: 'reading', bytes, bytesTotal }))
  await migrationsOf(manifest)
  return manifest
}

/** The migrations of this version that the backup had. */
async function migrationsOf({ migrations, mesher }: Manifest): Promise<Migration[]> {
  const own = await readMigrations(migrationsFolder())
  try {
    missingMigrations(migrations, own)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BackupRefused(`The backup was made by Mesher ${mesher}, whose tables this version does not know: ${why}`)
  }
  return own.slice(0, migrations.length)
}

type Work = {
  file: string
  manifest: Manifest
  migrations: readonly Migration[]
  spool: SpoolRestore
  hooks: RestoreHooks
}

async function inOneTransaction(sql: Sql, work: (session: ReservedSql) => Promise<void>): Promise<void> {
  const session = await sql.reserve({ patient: true })
  try {
    await session.unsafe(`
      set idle_in_transaction_session_timeout = 0; set client_min_messages = warning; set timezone = 'UTC';
      set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set client_encoding = 'UTF8'; begin`)
    try {
      await work(session)
      await session.unsafe('commit')
    } catch (error) {
      await session.unsafe('rollback').catch(() => {})
      throw error
    }
  } finally {
    session.release()
  }
}

async function fillAll(sql: ReservedSql, work: Work): Promise<void> {
  const { manifest, migrations } = work
  await lockMigrations(sql)
  await refuseUnlessEmpty(sql)
  await makeTables(sql, migrations)
  const made = await tablesOf(sql)
  for (const { name } of made) await sql.unsafe(`truncate "${name}" cascade`)
  for (const { name } of manifest.tables) if (isPartitionName(name)) await makePartitionNamed(sql, name)
  const columnsOf = new Map((await tablesOf(sql)).map(({ name, columns }) => [name, new Set(columns)]))
  refuseUnknown(manifest, columnsOf)
  // Triggers add to sums and write activity: what they did is in the backup.
  for (const { name } of made) await sql.unsafe(`alter table "${name}" disable trigger user`)
  await copyAll(sql, work)
  await setSequences(sql, manifest)
  for (const { name } of made) await sql.unsafe(`alter table "${name}" enable trigger user`)
  await compare(sql, manifest)
}

const relationRow = v.strictObject({ name: v.string() })

async function refuseUnlessEmpty(sql: ReservedSql): Promise<void> {
  const there = await sql.rows(relationRow)`
    select relname as name from pg_class c
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by relname = 'migrations' desc, relname limit 4`
  if (there.length === 0) return
  const names = there.map(({ name }) => name)
  throw new BackupRefused(
    `the database is not empty (${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and more' : ''}): ` +
      'a backup is restored into an empty one. Nothing was changed'
  )
}

/** Names go into statements, so only those that the migrations made are taken. */
function refuseUnknown({ tables }: Manifest, columnsOf: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const { name, columns } of tables) {
    const known = columnsOf.get(name)
    if (known === undefined || columns.some(column => !known.has(column))) {
      throw new BackupRefused(`the backup has a table ${name} that its migrations do not make so. Nothing was restored`)
    }
  }
}

/** In the order of the file, which is that of the references between tables. */
async function copyAll(sql: ReservedSql, { file, manifest, spool, hooks }: Work): Promise<void> {
  const bytesTotal = manifest.tables.flatMap(({ parts }) => parts).reduce((sum, { bytes }) => sum + bytes, 0)
  let bytes = 0
  const entries = readArchive(file)
  const spoolByPart = new Map(manifest.spool.map(entry => [entry.part.name, entry]))
  async function next(): Promise<ArchiveEntry> {
    for (;;) {
      const { value, done } = await entries.next()
      if (done === true) throw new BackupRefused(`${file} has changed since it was verified`)
      const spooled: SpoolEntry | undefined = spoolByPart.get(value.name)
      if (spooled !== undefined) await spool.write(spooled, value.content)
      else if (value.name.startsWith('tables/')) return value
    }
  }
  async function* partsOf({ parts }: TableEntry): AsyncGenerator<Buffer> {
    for (const part of parts) {
      const { name, content } = await next()
      if (name !== part.name) throw new BackupRefused(`${file} has changed since it was verified`)
      yield await decompress(content, { maxOutputLength: expandedBytesMax })
      bytes += content.length
      hooks.onProgress?.({ step: 'restoring', bytes, bytesTotal })
    }
  }

  try {
    for (const table of manifest.tables) {
      if (table.parts.length === 0) continue
      const list = table.columns.map(column => `"${column}"`).join(', ')
      const rows = await sql.copyIn(`copy "${table.name}" (${list}) from stdin with (freeze)`, partsOf(table))
      if (rows !== table.rows) throw different(table.name, `${table.rows} rows`, `${rows}`)
    }
  } finally {
    await entries.return(undefined)
  }
}

async function setSequences(sql: ReservedSql, { sequences }: Manifest): Promise<void> {
  for (const { name, lastValue, isCalled } of sequences) {
    await sql`select setval(${name}::regclass, ${lastValue}::bigint, ${isCalled})`
  }
}

/** What the database has now, by its own count. */
async function compare(sql: ReservedSql, { tables }: Manifest): Promise<void> {
  for (const { name, rows, sums } of tables) {
    const now = await sumsOf(sql, name, Object.keys(sums))
    if (now.rows !== rows) throw different(name, `${rows} rows`, `${now.rows}`)
    for (const [column, sum] of Object.entries(sums)) {
      if (now.sums[column] !== sum) throw different(name, `a sum of ${sum} in ${column}`, `${now.sums[column]}`)
    }
  }
}

function different(table: string, expected: string, actual: string): BackupRefused {
  return new BackupRefused(`the table ${table} had ${expected} and would have ${actual}: nothing was restored`)
}

async function settled(sql: Sql, manifest: Manifest, spoolFiles: number): Promise<Restored> {
  const migrations = await migrate(sql)
  await ensurePartitions(sql, { now: await databaseNow(sql) })
  const session = await sql.reserve({ patient: true })
  try {
    await session.unsafe('analyze')
  } finally {
    session.release()
  }
  const takenAt = new Date(manifest.takenAt)
  const check = await checkHour(sql, takenAt)
  return { takenAt, tables: manifest.tables.length, rows: rowsOf(manifest), spoolFiles, migrations, check }
}

/** One transaction locks every table and index that it makes. */
function explained(error: unknown): unknown {
  if (sqlStateOf(error) !== '53200' || !(error instanceof Error) || !error.message.includes('shared memory')) {
    return error
  }
  return new BackupRefused(
    'the server has too little room for the locks of so many partitions: raise max_locks_per_transaction ' +
      '(512 carries a year), restart it, and restore again. Nothing was restored'
  )
}
