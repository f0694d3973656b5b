/**
 * A whole node inside the test's own process, on a database of its own and a free port, for tests over HTTP and
 * sockets. An event that it acknowledged is in the database: it waits for a slow commit instead of spooling it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../schema/config.ts'
import type { Log } from '../../schema/log.ts'
import type { Sql } from '../../services/database/sql.ts'
import { startMesher, type RunningMesher } from '../../supervisors/mesher.ts'
import type { TreeDeps } from '../../supervisors/deps.ts'
import { testDatabase } from './database.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

export type TestNode = {
  running: RunningMesher
  url: string
  port: number
  key: string
  projectId: number
  sql: Sql
  databaseUrl: string
  log: string[]
}

export type TestNodeOptions = {
  env?: Record<string, string>
  override?: (deps: TreeDeps) => TreeDeps
  /** Where the dashboard was built into; without it there is none. */
  dashboardFolder?: string
  /** Of another node: without it the node has one of its own. */
  database?: { url: string; sql: Sql }
}

const commitPatienceMs = 30_000

export async function runningNode(
  t: Test,
  { env = {}, override = deps => deps, database, dashboardFolder }: TestNodeOptions = {}
): Promise<TestNode> {
  const { url: databaseUrl, sql } = database ?? (await testDatabase(t))
  const data = await mkdtemp(path.join(os.tmpdir(), 'mesher-node-'))
  const loaded = loadConfig(
    {},
    {
      MESHER_TRANSPORT: process.env.MESHER_TRANSPORT,
      DATABASE_URL: databaseUrl,
      MESHER_DATA: data,
      MESHER_PORT: '0',
      MESHER_HOST: '127.0.0.1',
      ...env
    }
  )
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))

  const log: string[] = []
  const running = await startMesher(loaded.config, {
    log: logInto(log),
    version: 'test',
    override: deps => override({ ...deps, commitPatienceMs }),
    ...(dashboardFolder === undefined ? {} : { dashboardFolder })
  })
  t.teardown(async () => {
    await running.stop()
    await rm(data, { recursive: true, force: true })
  })
  const { project } = running
  return {
    running,
    url: `http://127.0.0.1:${running.port}`,
    port: running.port,
    key: project.publicKey ?? '',
    projectId: project.id,
    sql,
    databaseUrl,
    log
  }
}

function logInto(lines: string[]): Log {
  const method =
    (level: string) =>
    (...[first, second]: [string | object, string?]) => {
      lines.push(
        `${level} ${typeof first === 'string' ? first : `${second ?? ''} ${String('err' in first ? first.err : '')}`}`
      )
    }
  const log: Log = {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: () => log
  }
  return log
}
