/**
 * A real PostgreSQL for tests. All test files that run at the same time share one server: the first one starts it, and
 * it ends some seconds after the last one. Every caller gets a database of its own, copied from a migrated template.
 * MESHER_TEST_PG_BIN names a folder with the programs of another version. MESHER_TEST_DATABASE is the URL of a running
 * server instead, whose user may create databases.
 */
import assert from 'node:assert'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { urlOfDatabase } from '../../services/database/url.ts'
import { migrate, migrationsFolder, readMigrations } from '../../services/database/migrations.ts'
import { connect, type Sql } from '../../services/database/sql.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { execArgv, extension } from './program.ts'

export type TestDatabase = { url: string; name: string; sql: Sql }

export type TestServer = { url: string; version: string }

type Test = { teardown: (work: () => Promise<void>) => void }

const here = path.dirname(fileURLToPath(import.meta.url))
const serverSchema = v.pipe(v.string(), v.parseJson(), v.object({ url: v.string(), version: v.string() }))
const startMsMax = 60_000
const memoryBytesMin = 8 * 1024 ** 3

/** An empty database, or one with Mesher's schema. It is dropped when the test ends; `sql` is closed then. */
export async function testDatabase(t: Test, { migrated = true, max = 4 } = {}): Promise<TestDatabase> {
  const server = await testServer()
  // While another process makes the template, this one waits for it.
  const admin = connect({
    url: urlOfDatabase(server.url, 'postgres'),
    max: 1,
    statementTimeoutMs: startMsMax,
    lockTimeoutMs: startMsMax
  })
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  if (migrated) await admin`create database ${admin(name)} template ${admin(await template(admin, server.url))}`
  else await admin`create database ${admin(name)}`

  const url = urlOfDatabase(server.url, name)
  const sql = connect({ url, max })
  t.teardown(async () => {
    await sql.end({ timeout: 1 })
    await admin`drop database if exists ${admin(name)} with (force)`
    await admin.end({ timeout: 1 })
  })
  return { url, name, sql }
}

/** Another process as far as beliefs and connections go: the same database through a pool of its own. */
export function otherPool(t: Test, sql: Sql): Sql {
  const { host = '', port, user = '', database = '' } = sql.clientConfig
  const other = connect({ url: `postgres://${user}@localhost:${port}/${database}?host=${host}`, max: 4 })
  t.teardown(async () => {
    closeWires(other)
    await other.end({ timeout: 1 })
  })
  return other
}

/** Resolves once a statement in this database waits for a lock. */
export async function aLockIsWaitedFor(sql: Sql): Promise<void> {
  for (let waiting = 0; waiting === 0;) {
    ;({ count: waiting } =
      await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
  }
}

/**
 * Brings an empty database to the schema before the migration of this name, to try that one on the data of an older
 * version: what comes after it does not matter to such a test.
 */
export async function migrateUpTo(sql: Sql, name: string): Promise<void> {
  await sql`create table migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`
  for (const migration of await readMigrations(migrationsFolder())) {
    if (migration.name >= name) return
    await sql.begin(async sql => {
      await sql.unsafe(migration.text)
      await sql`insert into migrations (name, checksum) values (${migration.name}, ${migration.checksum})`
    })
  }
}

let server: Promise<TestServer> | undefined

/** The shared server; every process asks once. */
export function testServer(): Promise<TestServer> {
  server ??= findServer()
  return server
}

async function findServer(): Promise<TestServer> {
  const url = process.env.MESHER_TEST_DATABASE
  if (url === undefined) return keptServer()
  const sql = connect({ url, max: 1 })
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`
  await sql.end()
  return { url, version: row?.version ?? '' }
}

/**
 * Gets the server from the keeper, and starts a keeper where there is none. The open connection tells the keeper that
 * the server is in use; it ends with this process.
 */
async function keptServer(): Promise<TestServer> {
  const binDir = process.env.MESHER_TEST_PG_BIN ?? ''
  const id = createHash('sha256').update(`${here}\n${binDir}`).digest('hex').slice(0, 10)
  const folder = path.join(roomyMemory() ?? os.tmpdir(), `mesher-tests-${os.userInfo().uid}-${id}`)
  fs.mkdirSync(folder, { recursive: true, mode: 0o711 })

  const until = Date.now() + startMsMax
  while (Date.now() < until) {
    const socket = await reach(path.join(folder, 'keeper.sock'))
    const found = socket && (await greeting(socket))
    if (found) return found
    await startKeeper(folder, binDir)
  }
  throw new Error(`no PostgreSQL for tests within ${startMsMax} ms: see ${path.join(folder, 'keeper.log')}`)
}

/**
 * Linux's file system in memory, where it has room. A database is hundreds of files, which take a tenth of the time
 * there.
 */
function roomyMemory(): string | null {
  const folder = '/dev/shm'
  if (!fs.existsSync(folder)) return null
  const { bavail, bsize } = fs.statfsSync(folder)
  return bavail * bsize > memoryBytesMin ? folder : null
}

async function reach(file: string): Promise<Socket | null> {
  const socket = connectSocket(file)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return null
  }
}

/** Null from a keeper that is about to end. */
async function greeting(socket: Socket): Promise<TestServer | null> {
  socket.on('error', () => {})
  let text = ''
  try {
    for await (const data of socket.iterator({ destroyOnReturn: false })) {
      text += String(data)
      if (text.endsWith('\n')) break
    }
  } catch {
    // It closed its socket before it accepted this connection.
    return null
  }
  socket.unref()
  return text.endsWith('\n') ? v.parse(serverSchema, text) : null
}

/** Returns when the new keeper is ready, or has ended because there is another, which may be about to end. */
async function startKeeper(folder: string, binDir: string): Promise<void> {
  const log = fs.openSync(path.join(folder, 'keeper.log'), 'a', 0o600)
  const keeper = spawn(
    process.execPath,
    [...execArgv, path.join(here, `database-keeper${extension}`), folder, binDir],
    {
      detached: true,
      stdio: ['ignore', 'pipe', log]
    }
  )
  fs.closeSync(log)
  assert(keeper.stdout)
  const ended = once(keeper, 'exit').then(() => sleep(250))
  await Promise.race([once(keeper.stdout, 'data'), ended])
  keeper.stdout.destroy()
  keeper.unref()
}

/** The name of a database with the present schema to copy from. It is made once per state of the migrations. */
async function template(admin: Sql, serverUrl: string): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, checksum } of await readMigrations(migrationsFolder())) hash.update(name).update(checksum)
  const name = `template_${hash.digest('hex').slice(0, 12)}`

  await admin`select pg_advisory_lock(hashtext(${name}))`
  try {
    const [found] = await admin<
      { done: boolean }[]
    >`select datistemplate as done from pg_database where datname = ${name}`
    if (found?.done) return name
    if (found) await admin`drop database ${admin(name)} with (force)`
    await admin`create database ${admin(name)}`
    const sql = connect({ url: urlOfDatabase(serverUrl, name), max: 2 })
    await migrate(sql).finally(() => sql.end({ timeout: 1 }))
    await admin`alter database ${admin(name)} with is_template true allow_connections false`
    return name
  } finally {
    await admin`select pg_advisory_unlock(hashtext(${name}))`
  }
}
