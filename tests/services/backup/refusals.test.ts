// Goal: what cannot be restored is refused with a reason, before or within the one transaction, and nothing of it is
// left: files that are damaged, cut off, of another kind or another version; databases that are not empty. Method: one
// real backup, changed byte by byte or put together anew, and real databases.
import { randomInt } from 'node:crypto'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { readArchive, writeArchive, type ArchiveEntry } from '../../../services/backup/archive.ts'
import { sha256Of, type Manifest } from '../../../services/backup/format.ts'
import { checkBackup, restore } from '../../../services/backup/restore.ts'
import { backUp } from '../../../services/backup/write.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'
import { claimSpoolFolder } from '../../../services/spool/spool.ts'
import { testDatabase } from '../../support/database.ts'

const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mesher-backup-'))
t.teardown(() => fs.rm(folder, { recursive: true, force: true }))
const original = await testDatabase(t)
await ensureDefaults(original.sql)
const whole = path.join(folder, 'whole.tar')
await backUp({ url: original.url, postgres: 'test', dataDir: null }, whole, { version: '0.0.1' })
const bytes = await fs.readFile(whole)
let files = 0

async function fileOf(content: Uint8Array): Promise<string> {
  const file = path.join(folder, `${++files}.tar`)
  await fs.writeFile(file, content)
  return file
}

/** The same archive with other entries, and a list that fits unless `change` says otherwise. */
async function changed({
  manifest: change = () => {},
  entry = content => content
}: {
  manifest?: (manifest: Manifest) => void
  entry?: (content: Buffer, name: string) => Buffer
}): Promise<string> {
  const entries: ArchiveEntry[] = []
  for await (const { name, content } of readArchive(whole)) entries.push({ name, content: entry(content, name) })
  const file = path.join(folder, `${++files}.tar`)
  await writeArchive(file, async ({ add }) => {
    for (const { name, content } of entries) {
      if (name === 'manifest.json') {
        const manifest: Manifest = JSON.parse(content.toString())
        change(manifest)
        const text = Buffer.from(JSON.stringify(manifest))
        await add(name, text)
        await add('manifest.sha256', Buffer.from(sha256Of(text)))
      } else if (name !== 'manifest.sha256') await add(name, content)
    }
  })
  return file
}

async function refused(t: Test, file: string, message: RegExp): Promise<void> {
  await t.rejects(checkBackup(file), { name: 'BackupRefused', message })
}

t.test('one changed bit of what is read is found', async t => {
  for (let index = 0; index < 40; index++) {
    const damaged = Buffer.from(bytes)
    // The rest of a tar file's last block is padding that holds nothing.
    const at = randomInt(bytes.length - 2048)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << randomInt(8))
    if (isPadding(at) || isTimeOfHead(at)) continue
    await t.rejects(checkBackup(await fileOf(damaged)), { name: 'BackupRefused' }, `byte ${at}`)
  }

  /**
   * Between the end of a file in the archive and the next block of 512 bytes, or what ends the number that is the
   * checksum of a header.
   */
  function isPadding(at: number): boolean {
    const block = bytes.subarray(at - (at % 512), at - (at % 512) + 512)
    const isHeader = block.subarray(257, 262).toString() === 'ustar'
    return block.subarray(at % 512).every(byte => byte === 0) || (isHeader && at % 512 >= 154 && at % 512 < 156)
  }
})

t.test('so is one in what the file says of itself', async t => {
  for (let at = 512; bytes[at] !== 0; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 7))
    if (isTimeOfHead(at)) continue
    await t.rejects(checkBackup(await fileOf(damaged)), { name: 'BackupRefused' }, `byte ${at}`)
  }
})

/** In what comes first. The list at the end has a time of its own, which is the one that is read. */
function isTimeOfHead(at: number): boolean {
  const start = bytes.indexOf('"takenAt"')
  return at >= start && at < bytes.indexOf('}', start)
}

t.test('a file that ends early is no backup, wherever it ends', async t => {
  for (const share of [0, 0.1, 0.5, 0.9, 0.99]) {
    const file = await fileOf(bytes.subarray(0, Math.floor(bytes.length * share)))
    await t.rejects(checkBackup(file), { name: 'BackupRefused' }, `${share}`)
  }
})

t.test('other files are told apart', async t => {
  await refused(t, await fileOf(Buffer.from('select 1;\n'.repeat(1_000))), /no backup/)
  const tar = path.join(folder, 'other.tar')
  await writeArchive(tar, async ({ add }) => {
    await add('readme.txt', Buffer.from('hello'))
  })
  await refused(t, tar, /is no backup of Mesher/)
  await t.rejects(checkBackup(path.join(folder, 'missing.tar')), { code: 'ENOENT' })
})

t.test('a backup of a later format or of a later Mesher names what can restore it', async t => {
  const written = (format: number) => (content: Buffer, name: string) =>
    name === 'backup.json'
      ? Buffer.from(JSON.stringify({ format, mesher: '9.0.0', takenAt: new Date().toISOString() }))
      : content
  const later = await changed({ entry: written(2) })
  await refused(t, later, /format 2, which Mesher 9\.0\.0 wrote, and this version reads format 1/)

  const migrated = await changed({
    entry: written(1),
    manifest: manifest => {
      manifest.mesher = '9.0.0'
      manifest.migrations.push({ name: '9999_future.sql', checksum: '0'.repeat(64) })
    }
  })
  await refused(t, migrated, /made by Mesher 9\.0\.0, whose tables this version does not know: .*9999_future/)
})

t.test('a database with anything in it is refused and left as it is', async t => {
  const { url, sql } = await testDatabase(t, { migrated: false })
  await sql`create table mine (a int)`
  await sql`insert into mine values (1)`
  const manifest = await checkBackup(whole)
  await t.rejects(restore({ url, dataDir: folder }, whole, manifest), {
    name: 'BackupRefused',
    message: /not empty \(mine\).*Nothing was changed/
  })
  t.strictSame(await tablesIn(sql), ['mine'])
  await t.rejects(restore({ url: original.url, dataDir: folder }, whole, manifest), {
    message: /not empty \(migrations/
  })
})

t.test('a list that does not fit its rows restores nothing', async t => {
  const { url, sql } = await testDatabase(t, { migrated: false })
  const lies: [RegExp, (manifest: Manifest) => void][] = [
    [
      /projects had a sum of 12345 in id/,
      ({ tables }) => Object.assign(tables.find(({ name }) => name === 'projects')?.sums ?? {}, { id: '12345' })
    ],
    [/organizations had 7 rows/, ({ tables }) => Object.assign(tables.find(named('organizations')) ?? {}, { rows: 7 })],
    [/a table pg_authid/, ({ tables }) => Object.assign(tables[0] ?? {}, { name: 'pg_authid' })],
    [/a table users/, ({ tables }) => tables.find(named('users'))?.columns.push('ctid')]
  ]
  for (const [message, change] of lies) {
    const file = await changed({ manifest: change })
    const manifest = await checkBackup(file)
    await t.rejects(restore({ url, dataDir: folder }, file, manifest), { name: 'BackupRefused', message })
    t.strictSame(await tablesIn(sql), [], String(message))
  }
  await restore({ url, dataDir: folder }, whole, await checkBackup(whole))
  t.ok((await tablesIn(sql)).length > 40, 'and the database is still good for the right one')
})

t.test('a list cannot lead out of the tables and of the spool', async t => {
  const entry = { node: 'a', file: 'b.spool', writtenAt: 0, part: { name: 'x', bytes: 0, sha256: '0'.repeat(64) } }
  for (const change of [{ node: '..' }, { file: '../x' }, { file: '/etc/passwd' }, { node: 'a/b' }]) {
    const file = await changed({ manifest: ({ spool }) => spool.push({ ...entry, ...change }) })
    await t.rejects(checkBackup(file), JSON.stringify(change))
  }
  const file = await changed({ manifest: ({ tables }) => Object.assign(tables[0] ?? {}, { name: 'a"; drop' }) })
  await t.rejects(checkBackup(file))
})

t.test('a data folder on which a node runs is refused', async t => {
  const { url, sql } = await testDatabase(t, { migrated: false })
  const dataDir = await fs.mkdtemp(path.join(folder, 'data-'))
  await fs.mkdir(path.join(dataDir, 'spool'))
  await claimSpoolFolder(path.join(dataDir, 'spool'), 'web-1')
  await t.rejects(restore({ url, dataDir }, whole, await checkBackup(whole)), { message: /node web-1 runs on/ })
  t.strictSame(await tablesIn(sql), [])
})

t.test('a database without tables of Mesher is not backed up', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  const file = path.join(folder, 'none.tar')
  await t.rejects(backUp({ url, postgres: 'test', dataDir: null }, file, { version: '0.0.1' }), {
    name: 'BackupRefused',
    message: /no tables of Mesher/
  })
  await t.rejects(fs.stat(file), { code: 'ENOENT' })
})

function named(wanted: string): ({ name }: { name: string }) => boolean {
  return ({ name }) => name === wanted
}

async function tablesIn(sql: typeof original.sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`
  return rows.map(({ name }) => name)
}
