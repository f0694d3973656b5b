// Goal: a backup that is made while events come in shows one moment, holds all that was acknowledged before, and is
// restored whole: same rows, same sums, counts that fit, sequences that go on. Method: a whole node under load; then
// the restored database is compared with the list in the file, with the rows themselves, and started.
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { checkBackup, restore } from '../../../services/backup/restore.ts'
import { rowsOf } from '../../../services/backup/format.ts'
import { backUp } from '../../../services/backup/write.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { ensurePartitions } from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { migrateUpTo, testDatabase, type TestDatabase } from '../../support/database.ts'
import { runningNode } from '../../support/running-node.ts'

async function folderOf(t: { teardown: (work: () => Promise<void>) => void }): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mesher-backup-'))
  t.teardown(() => fs.rm(folder, { recursive: true, force: true }))
  return folder
}

type Load = { acknowledged: () => string[]; stop: () => Promise<void> }

/** Sends events of 20 issues, one after the other, until it is stopped. */
function load({ url, key }: { url: string; key: string }): Load {
  const acknowledged: string[] = []
  const end = new AbortController()
  const sending = (async () => {
    for (let index = 0; !end.signal.aborted; index++) {
      const events = Array.from({ length: 20 }, (_, issue) => ({
        message: `fault ${'abcdefghijklmnopqrst'[issue]}`,
        level: issue % 2 === 0 ? 'error' : 'warning',
        environment: 'production',
        release: `shop@${index % 3}.0`,
        user: { id: `user ${index % 50}` },
        tags: { page: `p${index % 5}` },
        extra: { text: `line\\none\ttwo\n${'ü'.repeat(index % 100)}` }
      }))
      const response = await fetch(`${url}/api/v1/events/bulk`, {
        method: 'POST',
        headers: { 'X-Mesher-Key': key },
        body: JSON.stringify(events)
      })
      if (response.status !== 200 && response.status !== 202) throw new Error(await response.text())
      const { results }: { results: { id: string }[] } = JSON.parse(await response.text())
      acknowledged.push(...results.map(({ id }) => id))
    }
  })()
  return {
    acknowledged: () => [...acknowledged],
    stop: async () => {
      end.abort()
      await sending
    }
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}

async function idsIn(sql: Sql): Promise<Set<string>> {
  return new Set((await sql<{ id: string }[]>`select id from events`).map(({ id }) => id))
}

function sourceOf({ url }: TestDatabase, dataDir: string | null = null) {
  return { url, postgres: 'test', dataDir }
}

t.test('a backup under load is one moment, and is restored with every row and sum', async t => {
  const database = await testDatabase(t)
  await ensureDefaults(database.sql)
  await database.sql`update projects set rate_limit_per_minute = null`
  const node = await runningNode(t, { database })
  const sending = load(node)
  await until(() => sending.acknowledged().length > 400)

  const before = sending.acknowledged()
  const file = path.join(await folderOf(t), 'mesher.tar')
  const made = await backUp(sourceOf(database), file, { version: '0.0.1' })
  const ids = await idsIn(node.sql)
  await until(() => sending.acknowledged().length > before.length + 400)
  await sending.stop()
  t.equal((await fs.stat(file)).mode & 0o777, 0o600)

  const empty = await testDatabase(t, { migrated: false })
  const manifest = await checkBackup(file)
  const dataDir = await folderOf(t)
  const restored = await restore({ url: empty.url, dataDir }, file, manifest)
  t.equal(restored.rows, made.rows)
  t.equal(restored.rows, rowsOf(manifest))
  t.strictSame([restored.migrations, restored.spoolFiles, restored.check.different], [[], 0, []])

  const there = await idsIn(empty.sql)
  t.strictSame(
    before.filter(id => !there.has(id)),
    [],
    'all that was acknowledged before is in it'
  )
  t.strictSame(
    [...there].filter(id => !ids.has(id)),
    [],
    'and nothing that the original has not'
  )
  t.ok(there.size < (await idsIn(node.sql)).size, 'events came in after it')
  t.strictSame(await audit(empty.sql), [], 'every event is counted exactly once')

  const next = await runningNode(t, { database: empty })
  const later = load(next)
  await until(() => later.acknowledged().length > 100)
  await later.stop()
  t.strictSame(await audit(empty.sql), [], 'it goes on from there: sequences and triggers work')
  const identity = async (sql: Sql) => await sql`select id from database_identity`
  t.notSame(await identity(empty.sql), await identity(node.sql), 'and is a database of its own')
})

t.test('every table is restored as it was, whatever is in it', async t => {
  const { sql, ...database } = await testDatabase(t)
  await ensurePartitions(sql, { now: Date.now() })
  await sql`insert into organizations (id, slug, name) values (gen_random_uuid(), 'acme', ${'a\\b\tc\nd ü \\N'})`
  await sql`insert into users (id, email, name, password_hash)
    values (gen_random_uuid(), 'ann@example.com', 'Ann', 'hash')`
  await sql`insert into projects (organization_id, slug, name, platform)
    select id, 'shop', 'Shop', 'node' from organizations`
  await sql`update projects set slug = 'store'`
  const file = path.join(await folderOf(t), 'mesher.tar')
  await backUp(sourceOf({ sql, ...database }), file, { version: '0.0.1' })
  const empty = await testDatabase(t, { migrated: false })
  const manifest = await checkBackup(file)
  await restore({ url: empty.url, dataDir: await folderOf(t) }, file, manifest)

  for (const { name } of manifest.tables) {
    const rows = async (sql: Sql) => await sql`select t::text as row from ${sql(name)} t order by 1`
    t.strictSame(await rows(empty.sql), await rows(sql), name)
  }
  const tables = async (sql: Sql) =>
    await sql`
    select relname as name, pg_get_expr(relpartbound, oid) as bounds, reloptions as options from pg_class
    where relnamespace = 'public'::regnamespace order by 1`
  t.strictSame(await tables(empty.sql), await tables(sql), 'tables, indexes and partitions are the same')
  const triggers = async (sql: Sql) =>
    await sql`
    select tgname as name, tgenabled as state from pg_trigger where not tgisinternal order by 1`
  t.strictSame(await triggers(empty.sql), await triggers(sql))
  const sequences = async (sql: Sql) =>
    await sql`
    select sequencename as name, last_value as value from pg_sequences order by 1`
  t.strictSame(await sequences(empty.sql), await sequences(sql))
})

t.test('a backup of an earlier version is restored and brought to this one', async t => {
  const { sql, ...database } = await testDatabase(t, { migrated: false })
  await migrateUpTo(sql, '0030_')
  await sql`insert into organizations (id, slug, name) values (gen_random_uuid(), 'acme', 'Acme')`
  const file = path.join(await folderOf(t), 'mesher.tar')
  await backUp(sourceOf({ sql, ...database }), file, { version: '0.0.1' })
  const empty = await testDatabase(t, { migrated: false })
  const { migrations } = await restore({ url: empty.url, dataDir: await folderOf(t) }, file, await checkBackup(file))
  t.match(migrations[0], /^0030_/)
  t.match(await empty.sql`select slug from organizations`, [{ slug: 'acme' }])
})

t.test('a partition that expires while it is backed up is no fault', async t => {
  const { sql, ...database } = await testDatabase(t)
  const file = path.join(await folderOf(t), 'mesher.tar')
  await sql`create table events_30_20200101 (like events including all)`
  await sql.unsafe(`alter table events attach partition events_30_20200101
    for values from (30, '2020-01-01T00:00:00Z') to (30, '2020-01-02T00:00:00Z')`)
  let isDropped = false
  await backUp(sourceOf({ sql, ...database }), file, {
    version: '0.0.1',
    onProgress: ({ table }) => {
      if (table.startsWith('events_') || isDropped) return
      isDropped = true
      sql`drop table events_30_20200101`.then(
        () => {},
        (error: unknown) => t.fail(String(error))
      )
    }
  })
  const { tables } = await checkBackup(file)
  t.ok(isDropped)
  t.notOk(tables.some(({ name }) => name === 'events_30_20200101'))
})

t.test('who gives up gets no file, and a file that exists is left alone', async t => {
  const { sql, ...database } = await testDatabase(t)
  const folder = await folderOf(t)
  const file = path.join(folder, 'mesher.tar')
  const controller = new AbortController()
  await t.rejects(
    backUp(sourceOf({ sql, ...database }), file, {
      version: '0.0.1',
      signal: controller.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 0) controller.abort()
      }
    })
  )
  t.strictSame(await fs.readdir(folder), [])

  await fs.writeFile(file, 'mine')
  await t.rejects(backUp(sourceOf({ sql, ...database }), file, { version: '0.0.1' }), {
    name: 'BackupRefused',
    message: /exists already/
  })
  t.equal(await fs.readFile(file, 'utf8'), 'mine')
})
