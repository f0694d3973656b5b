/**
 * Starts and stops a node: the database, its tables, then the tree of processes with the listener last. A start that fails
 * undoes what it had done. Stopping has two phases: the edge refuses what is new and answers what it accepted,
 * then the tree stops in reverse order, the database last.
 */
import { v7 as uuidv7 } from 'uuid'
import { names } from '../actors/names.ts'
import { prepareEvent } from '../events/prepare.ts'
import { formatReason, isAbnormal, startMesh, startSupervisor, type LocalMesh } from '../mesh/index.ts'
import type { ExitReason, Pid, SupervisorSpec } from '../mesh/types.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import { commitGroup } from '../services/commit-group.ts'
import { openDatabase, type Database } from '../services/database.ts'
import { maintain } from '../services/maintenance.ts'
import { createMetrics } from '../services/metrics.ts'
import { migrate } from '../services/migrations.ts'
import { ensureDefaults, type Project } from '../services/projects.ts'
import { spoolFiles } from '../services/spool-files.ts'
import { connect, type Sql } from '../services/sql.ts'
import { closeWires } from '../services/wire/pool.ts'
import type { TreeDeps } from './deps.ts'
import { edge } from './edge.ts'
import { ingestion } from './ingestion.ts'
import { storage } from './storage.ts'

export type StartHooks = {
  log: Log
  version: string
  /** Told what takes time, in sentences for people. */
  onProgress?: (text: string) => void
  /** What the fault tests put in the place of a part of the tree. */
  override?: (deps: TreeDeps) => TreeDeps
}

export type RunningMesher = {
  url: string
  /** The project that the first start has made. */
  project: Project
  mesh: LocalMesh
  /** Answers what was accepted, then ends everything. */
  stop: () => Promise<void>
  /** Resolves with the reason when the tree has given up by itself. */
  exited: Promise<ExitReason>
}

/** Room for a graceful stop to answer what waits. */
const drainMs = 20_000
const commitDeadlineMs = 5_000
const poolConnectionsMax = 8

export async function startMesher (config: Config, hooks: StartHooks): Promise<RunningMesher> {
  const { log, onProgress = text => log.info(text) } = hooks
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.data }, { onProgress })
  const sql = connect({ url: database.url, max: poolConnectionsMax, applicationName: `mesher ${config.nodeName}` })
  const closeDatabase = async () => {
    closeWires(sql)
    await sql.end({ timeout: 5 })
    await database.stop()
  }
  try {
    const project = await prepareTables(sql, log, onProgress)
    return await startTree(config, hooks, { database, sql, project, closeDatabase })
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

async function prepareTables (sql: Sql, log: Log, onProgress: (text: string) => void): Promise<Project> {
  await migrate(sql, name => onProgress(`migrating the database: ${name}`))
  await maintain(sql, { now: Date.now(), log })
  return await ensureDefaults(sql)
}

type Opened = { database: Database, sql: Sql, project: Project, closeDatabase: () => Promise<void> }

async function startTree (config: Config, hooks: StartHooks, opened: Opened): Promise<RunningMesher> {
  const { log } = hooks
  const mesh = startMesh({
    name: config.nodeName,
    onCrash: ({ label, reason }) => log.error({ process: label }, `a process crashed: ${formatReason(reason)}`)
  })
  const deps = (hooks.override ?? (deps => deps))(treeDeps(config, hooks, opened, mesh))
  const root = startSupervisor(mesh, tree(deps))
  try {
    await whenStarted(mesh, root)
  } catch (error) {
    mesh.stop()
    throw error
  }
  const exited = exitOf(mesh, root)
  const { url } = await mesh.call(names.edge, replyTo => ({ type: 'address', replyTo }))

  return {
    url: config.publicUrl ?? url,
    project: opened.project,
    mesh,
    exited,
    stop: async () => {
      await mesh.call(names.edge, replyTo => ({ type: 'drain', replyTo }), drainMs + 1_000).catch((error: unknown) => {
        log.warn({ err: error }, 'not everything that was accepted could be answered')
      })
      mesh.exit(root, 'shutdown')
      await exited
      mesh.stop()
      await opened.closeDatabase()
    }
  }
}
