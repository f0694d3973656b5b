/**
 * Fresh databases for benchmarks, all alike: a template is migrated once, gets five projects without rate limits and
 * the partitions of the coming days, and each measurement takes a copy of it and drops it again. The server is that of
 * DATABASE_URL, whose user must be allowed to create databases, or an embedded one in a folder of its own.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { urlOfDatabase } from '../../services/database/url.ts'
import { migrate } from '../../services/database/migrations.ts'
import { ensurePartitions } from '../../services/database/partitions.ts'
import { startEmbedded } from '../../services/database/postgres/embedded.ts'
import { createProject, ensureDefaults } from '../../services/accounts/projects.ts'
import { connect } from '../../services/database/sql.ts'
import { parentOf } from './cpu.ts'
import { openSql, type Sql } from './postgres.ts'

export type Databases = {
  version: string
  postmasterPid: number
  /** Runs `work` on a database that nothing has touched yet, and drops it after. */
  withFresh: <Result>(work: (url: string) => Promise<Result>) => Promise<Result>
  close: () => Promise<void>
}

type BenchServer = { url: string; stop: () => Promise<void> }

/** The keys of the five projects, in the order of their ids. */
export const benchKeys = ['1', '2', '3', '4', '5'].map(digit => digit.repeat(32))

/** Their ids: the first project of a database is the default one. */
export const benchProjects = benchKeys.map((_, index) => index + 2)

export async function openDatabases(): Promise<Databases> {
  const server = await startServer()
  try {
    return await databasesOn(server)
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function databasesOn(server: BenchServer): Promise<Databases> {
  const prefix = `mesher_bench_${randomBytes(4).toString('hex')}`
  const template = `${prefix}_template`
  const admin = openSql(urlOfDatabase(server.url, 'postgres'), 1)
  await admin`create database ${admin(template)}`
  await prepareTemplate(urlOfDatabase(server.url, template))
  let made = 0

  return {
    ...(await describe(admin)),
    withFresh: async work => {
      const name = `${prefix}_${++made}`
      await admin`create database ${admin(name)} template ${admin(template)}`
      try {
        return await work(urlOfDatabase(server.url, name))
      } finally {
        await admin`drop database ${admin(name)} with (force)`
      }
    },
    close: async () => {
      await admin`drop database ${admin(template)} with (force)`
      await admin.end()
      await server.stop()
    }
  }
}

async function startServer(): Promise<BenchServer> {
  const { DATABASE_URL: url } = process.env
  if (url) return { url, stop: async () => {} }

  const folder = await mkdtemp(join(tmpdir(), 'mesher-bench-postgres-'))
  // Root lends the server to another user, who must be able to reach it.
  await chmod(folder, 0o711)
  const embedded = await startEmbedded({ dataDir: folder })
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> =>
    await (stopped ??= embedded.stop().then(async () => {
      await rm(folder, { recursive: true })
    }))
  const abandon = (): void => {
    // The rest of the benchmark fails now, because its servers stop; this process must not end before PostgreSQL has
    // stopped.
    process.on('uncaughtException', () => {})
    stop().finally(() => process.exit(130))
  }
  process.once('SIGINT', abandon).once('SIGTERM', abandon)
  return { url: embedded.url, stop }
}

/** The postmaster is the parent of every backend, ours too: no data folder has to be known. */
async function describe(admin: Sql): Promise<{ version: string; postmasterPid: number }> {
  const [row] = await admin<
    Array<{ pid: number; version: string }>
  >`select pg_backend_pid() as pid, current_setting('server_version') as version`
  if (!row) throw new Error('PostgreSQL did not say who it is')
  return { version: row.version, postmasterPid: parentOf(row.pid) }
}

/** Databases are copies of the template. While copies are made, no connection to it may be open. */
async function prepareTemplate(url: string): Promise<void> {
  const sql = connect({ url, max: 2 })
  try {
    await migrate(sql)
    await ensureDefaults(sql)
    for (const key of benchKeys) {
      await createProject(sql, { name: `Bench ${key.charAt(0)}`, slug: `bench-${key.charAt(0)}`, key })
    }
    await sql`update projects set rate_limit_per_minute = null`
    await ensurePartitions(sql, { now: Date.now() })
  } finally {
    await sql.end()
  }
}
