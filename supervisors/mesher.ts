/**
 * Starts and stops a node: the database, its tables, then the tree of processes, with the listener last. A start that
 * fails undoes its steps. Stopping has two phases: the edge refuses new requests and replies to the accepted ones, then
 * the tree stops in reverse order, and the database last.
 */
import type { EdgeMessage } from '../actors/edge-messages.ts'
import { names } from '../actors/names.ts'
import { basePathOf } from '../edge/base-path.ts'
import { readDashboard } from '../edge/dashboard-files.ts'
import { chooseTransport } from '../edge/transport/choose.ts'
import type { Transport } from '../edge/transport/types.ts'
import { formatReason, startMesh, startSupervisor, whenStarted, type LocalMesh } from '../mesh/index.ts'
import type { ExitReason, ListSpec } from '../mesh/types.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import { transportTitles } from '../schema/transports.ts'
import { ensureDefaults, type Project } from '../services/accounts/projects.ts'
import { readIdentity, settleIdentity } from '../services/cluster/identity.ts'
import { freeNames, takeName } from '../services/cluster/node-names.ts'
import { removeNode } from '../services/cluster/nodes.ts'
import { thisProcess } from '../services/machine/this-process.ts'
import { prepareSetup } from '../services/accounts/setup.ts'
import { databaseNow, nodeClock } from '../services/database/clock.ts'
import { openDatabase, type Database } from '../services/database/database.ts'
import { migrate } from '../services/database/migrations.ts'
import { ensurePartitions } from '../services/database/partitions.ts'
import type { Sql } from '../services/database/sql.ts'
import { closeWires } from '../services/database/wire/pool.ts'
import { alerting } from './alerting.ts'
import { clusterOf, type Cluster } from './cluster-settings.ts'
import { cluster } from './cluster.ts'
import { openPools } from './database-pools.ts'
import { treeDeps, type TreeDeps } from './deps.ts'
import { connections, edge } from './edge.ts'
import { ingestion } from './ingestion.ts'
import { maintenance } from './maintenance.ts'
import { storage } from './storage.ts'
import { symbolication } from './symbolication.ts'
import { streaming } from './streaming.ts'
import { rootName } from './system.ts'
import { stopInTime, within } from './stop-in-time.ts'

export type StartHooks = {
  log: Log
  version: string
  /** The folder of the built dashboard. */
  dashboardFolder?: string
  /** Called for steps that take time, with a sentence for people. */
  onProgress?: (text: string) => void
  /** Lets fault tests replace parts of the tree. */
  override?: (deps: TreeDeps) => TreeDeps
  /**
   * The names of the workers of this start, with this node's. They share the port, and the process that started them
   * has prepared the database.
   */
  workers?: readonly string[]
}

export type RunningMesher = {
  url: string
  port: number
  /** The project that the first start made. */
  project: Project
  /** Its holder may create the first user; null when there is a user. */
  setupToken: string | null
  mesh: LocalMesh
  /** This node among others. */
  cluster: Pick<Cluster, 'node'>
  /** Replies to what was accepted, then ends everything. */
  stop: () => Promise<void>
  /** Resolves with the reason when the tree has ended. */
  exited: Promise<ExitReason>
}

/** The time that a stop waits for replies to accepted requests, whose own deadline is 10 s. */
const drainMs = 12_000
/** For processes that give leases and rows back to a database that may not answer. */
const treeMs = 4_000

export async function startMesher(config: Config, hooks: StartHooks): Promise<RunningMesher> {
  const { log, onProgress = text => log.info(text) } = hooks
  const isWorker = hooks.workers !== undefined
  const transport = await transportFor(config, log)
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.data }, { onProgress })
  const { sql, apiSql, leaseSql } = await openPools(database.url, config, log).catch(async (error: unknown) => {
    await database.stop()
    throw error
  })
  const closeDatabase = async () => {
    closeWires(sql)
    await Promise.all([leaseSql.end({ timeout: 1 }), apiSql.end({ timeout: 3 }), sql.end({ timeout: 3 })])
    await database.stop()
  }
  try {
    const project = isWorker ? await ensureDefaults(sql) : await prepareTables(sql, onProgress)
    const setupToken = isWorker ? null : await prepareSetup(sql, config.setupToken)
    const identity = await readIdentity(sql)
    return await startTree(config, hooks, {
      database,
      identity,
      sql,
      apiSql,
      leaseSql,
      project,
      setupToken,
      transport,
      closeDatabase
    })
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

/** Before the database is touched: what was asked for and cannot be had ends the start. */
async function transportFor({ transport: wanted }: Config, log: Log): Promise<Transport> {
  const { transport, why } = await chooseTransport(wanted)
  log.info({ transport: transport.name }, `HTTP is served by ${transportTitles[transport.name]}: ${why}`)
  return transport
}

export async function prepareTables(sql: Sql, onProgress: (text: string) => void): Promise<Project> {
  await migrate(sql, (name, { index, of, isNew }) => {
    if (!isNew) onProgress(`migrating the database, ${index + 1} of ${of}: ${name}`)
    else if (index === 0) onProgress('making the tables')
  })
  await settleIdentity(sql)
  await ensurePartitions(sql, { now: await databaseNow(sql) })
  return await ensureDefaults(sql)
}

type Opened = {
  database: Database
  /** Which database it is. */
  identity: string
  sql: Sql
  apiSql: Sql
  leaseSql: Sql
  project: Project
  setupToken: string | null
  transport: Transport
  closeDatabase: () => Promise<void>
}

async function startTree(config: Config, hooks: StartHooks, opened: Opened): Promise<RunningMesher> {
  const { log, version, dashboardFolder, onProgress = text => log.info(text) } = hooks
  const dashboard = dashboardFolder === undefined ? null : readDashboard(dashboardFolder, basePathOf(config.publicUrl))
  if (dashboardFolder !== undefined && dashboard === null) {
    log.warn('the dashboard has not been built: "npm run build" does that')
  }
  const mesh = startMesh({
    name: config.nodeName,
    onCrash: ({ label, reason }) => log.error({ process: label, reason }, `a process crashed: ${formatReason(reason)}`)
  })
  const { workers = [] } = hooks
  const { incarnation } = mesh
  const claim = { name: config.nodeName, incarnation, version, process: thisProcess() }
  try {
    // The lock on the data folder is ours, so nobody else can be at work on the database in it.
    if (opened.database.kind === 'embedded') await freeNames(opened.leaseSql, [config.nodeName])
    await takeName(opened.leaseSql, claim, { onProgress })
  } catch (error) {
    mesh.stop()
    throw error
  }
  const clock = nodeClock(opened.leaseSql)
  await clock.measure()
  const deps = treeDeps({
    config,
    log,
    version,
    dashboard,
    sql: opened.sql,
    apiSql: opened.apiSql,
    leaseSql: opened.leaseSql,
    database: opened.database,
    mesh,
    now: () => performance.now(),
    clock,
    wallNow: clock.now,
    cluster: clusterOf(config, { hasSiblings: workers.length > 0, database: opened.identity }),
    workers,
    transport: opened.transport
  })
  const root = startSupervisor(mesh, tree(hooks.override?.(deps) ?? deps), { name: rootName })
  const exited = mesh.exitOf(root)
  try {
    await whenStarted(mesh, root)
  } catch (error) {
    mesh.stop()
    await removeNode(opened.leaseSql, claim)
    throw error
  }
  let stopping: Promise<void> | undefined
  const { port } = await mesh.call<EdgeMessage, { port: number }>(names.edge, replyTo => ({ type: 'address', replyTo }))

  return {
    url: config.publicUrl ?? `http://localhost:${port}`,
    port,
    project: opened.project,
    setupToken: opened.setupToken,
    mesh,
    cluster: deps.cluster,
    exited,
    stop: () => {
      stopping ??= stopInTime(stop(), log)
      return stopping
    }
  }

  async function stop(): Promise<void> {
    // Other nodes send nothing more here while this node replies to what it accepted.
    mesh.cast(names.loadMonitor, { type: 'leave' })
    await drain(mesh, log)
    mesh.exit(root, 'shutdown')
    await within(treeMs, exited)
    mesh.stop()
    await opened.closeDatabase()
  }
}

function tree(deps: TreeDeps): ListSpec {
  const subtree = (spec: ListSpec) => ({ id: spec.id, start: () => spec })
  return {
    id: 'mesher',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 60_000,
    children: [
      cluster(deps),
      storage(deps),
      symbolication(),
      ingestion(deps),
      streaming(deps),
      alerting(deps),
      maintenance(deps),
      connections(deps),
      edge(deps)
    ].map(subtree)
  }
}

async function drain(mesh: LocalMesh, log: Log): Promise<void> {
  try {
    await mesh.call<EdgeMessage, true>(names.edge, replyTo => ({ type: 'drain', replyTo }), drainMs)
  } catch (error) {
    log.warn({ err: error }, 'not everything that was accepted could be answered before the stop')
  }
}
