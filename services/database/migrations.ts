/**
 * Brings the schema to this version: the plain SQL files of schema/migrations in order, each in a transaction of its
 * own and recorded with its checksum. An advisory lock lets nodes that start together take turns. Refuses a database
 * that is newer than this program, and one whose recorded history differs from the files.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import type { Queryable, Sql } from './sql.ts'

export type Migration = { name: string; checksum: string; text: string }

export class MigrationRefused extends Error {
  override name = 'MigrationRefused'
}

/** `of` is how many are missing, `isNew` whether the database had no tables of Mesher. */
export type MigrationProgress = (name: string, at: { index: number; of: number; isNew: boolean }) => void

/** Any number, as long as nothing else takes it: 'mesh' in ASCII. */
const lockKey = 0x6d657368

/** Applies what is missing and returns the names; `onProgress` hears of each before it runs. */
export async function migrate(sql: Sql, onProgress: MigrationProgress = () => {}): Promise<string[]> {
  const migrations = await readMigrations(migrationsFolder())
  const session = await sql.reserve({ patient: true })
  try {
    await session`select pg_advisory_lock(${lockKey})`
    try {
      return await applyMissing(session, migrations, onProgress)
    } finally {
      await session`select pg_advisory_unlock(${lockKey})`
    }
  } finally {
    session.release()
  }
}

const existsRow = v.strictObject({ exists: v.boolean() })

/** Whether every migration of this program is applied, without changing anything. */
export async function isMigrated(sql: Sql): Promise<boolean> {
  const migrations = await readMigrations(migrationsFolder())
  const applied = await appliedMigrations(sql)
  return applied.length > 0 && missingMigrations(applied, migrations).length === 0
}

/** What the database has recorded, in order; nothing where there are no tables of Mesher. */
export async function appliedMigrations(sql: Queryable): Promise<Omit<Migration, 'text'>[]> {
  const [found] = await sql.rows(existsRow)`select to_regclass('migrations') is not null as exists`
  return found?.exists ? await recorded(sql) : []
}

/** In an open transaction, for an empty database: makes the tables as these migrations left them. */
export async function makeTables(sql: Queryable, migrations: readonly Migration[]): Promise<void> {
  await sql.unsafe(tableText)
  for (const { name, text, checksum } of migrations) {
    await sql.unsafe(text)
    await sql`insert into migrations (name, checksum) values (${name}, ${checksum})`
  }
}

/** In an open transaction: until it ends, no other session migrates this database. */
export async function lockMigrations(sql: Queryable): Promise<void> {
  await sql`select pg_advisory_xact_lock(${lockKey})`
}

/** The migrations of a folder in the order of their names, which start with a number. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter(name => /^\d{4}_\w+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async name => {
      const text = await readFile(join(folder, name), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    })
  )
}

const tableText = `
  create table if not exists migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`

async function applyMissing(
  session: Queryable,
  migrations: Migration[],
  onProgress: MigrationProgress
): Promise<string[]> {
  await session`set client_min_messages = warning`
  await session.unsafe(tableText)
  await session`reset client_min_messages`
  const applied = await recorded(session)
  const missing = missingMigrations(applied, migrations)
  for (const [index, { name, text, checksum }] of missing.entries()) {
    onProgress(name, { index, of: missing.length, isNew: applied.length === 0 })
    await session.unsafe('begin')
    try {
      await session.unsafe(text)
      await session`insert into migrations (name, checksum) values (${name}, ${checksum})`
      await session.unsafe('commit')
    } catch (error) {
      await session.unsafe('rollback')
      throw error
    }
  }
  return missing.map(migration => migration.name)
}

/**
 * The migrations that are still to be applied; throws `MigrationRefused` when the recorded history is not a beginning
 * of the files.
 */
export function missingMigrations(
  applied: readonly Omit<Migration, 'text'>[],
  migrations: readonly Migration[]
): Migration[] {
  for (const [index, { name, checksum }] of applied.entries()) {
    const migration = migrations[index]
    if (!migrations.some(known => known.name === name)) {
      throw new MigrationRefused(
        `The database was migrated by a newer version of Mesher (${name}). ` +
          'Start that version, or restore a backup from before the upgrade.'
      )
    }
    if (migration?.name !== name) {
      throw new MigrationRefused(
        `The database lacks ${migration?.name ?? 'a migration'}, which comes before ${name}: ` +
          'its history was altered. Restore a backup.'
      )
    }
    if (migration.checksum !== checksum) {
      throw new MigrationRefused(
        `${name} is not the file that was applied to the database: it was changed afterwards. ` +
          'Install an unmodified Mesher, or restore a backup.'
      )
    }
  }
  return migrations.slice(applied.length)
}

const migrationRow = v.strictObject({ name: v.string(), checksum: v.string() })

async function recorded(sql: Queryable): Promise<Omit<Migration, 'text'>[]> {
  return await sql.rows(migrationRow)`select name, checksum from migrations order by name`
}

/** The folder lies beside package.json, for the sources and for the compiled program alike. */
export function migrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('package.json of Mesher is missing: the installation is incomplete')
    folder = parent
  }
  return join(folder, 'schema', 'migrations')
}
