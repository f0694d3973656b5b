/**
 * What the supervision tree is made of: everything its processes need and may not import. `treeDeps` makes the real
 * ones; a fault test may put something else in the place of a part.
 */
import { names } from '../actors/names.ts'
import type { DatabaseKeeperOptions } from '../actors/storage/database-keeper.ts'
import type { DiskWatcherOptions } from '../actors/maintenance/disk-watcher.ts'
import type { EventProcessorOptions } from '../actors/ingestion/event-processor.ts'
import type { RefusalCounterOptions } from '../actors/ingestion/refusal-counter.ts'
import type { SpoolOptions } from '../actors/storage/spool-replayer.ts'
import type { StorageWriterOptions } from '../actors/storage/storage-writer.ts'
import { apiCaller, type Call } from '../api/call.ts'
import type { HttpCall } from '../api/request.ts'
import { viewing, type Viewing } from '../api/stream.ts'
import type { Dashboard } from '../edge/dashboard-files.ts'
import { prepareEvent } from '../events/prepare.ts'
import type { LocalMesh, NodeTiming } from '../mesh/index.ts'
import type { ProcessNode } from '../schema/api/system.ts'
import type { Config } from '../schema/config.ts'
import type { Log } from '../schema/log.ts'
import type { EdgeFigures } from '../schema/metrics.ts'
import { commit as commitToDatabase } from '../services/commit/commit.ts'
import type { Database } from '../services/database/database.ts'
import { diskSpace } from '../services/machine/disk-space.ts'
import { holdsLease, type Lease } from '../services/database/leases.ts'
import { clean } from '../services/upkeep/retention.ts'
import { sender, type Send } from '../services/alerts/send-notification.ts'
import { spoolFiles } from '../services/spool/files.ts'
import type { Sql } from '../services/database/sql.ts'
import { UnknownOutcome } from '../services/database/wire/connection.ts'
import { readiness } from './readiness.ts'
import { clusterOf, type Cluster } from './cluster-settings.ts'
import { nodeFigures } from './figures.ts'
import { loadMeter, nodeItems, pipelineOf, processTree, rootPid } from './system.ts'
import type { StreamRelayMessage } from '../actors/streaming/messages.ts'
import type { Readiness } from '../schema/readiness.ts'

export type TreeDeps = {
  config: Config
  version: string
  log: Log
  sql: Sql
  mesh: LocalMesh
  /** Milliseconds, monotonic. */
  now: () => number
  database: Pick<DatabaseKeeperOptions, 'onLost' | 'restart'>
  clean: (lease: Lease) => Promise<void>
  prepare: EventProcessorOptions['prepare']
  commit: StorageWriterOptions['commit']
  outcomeUnknown: StorageWriterOptions['outcomeUnknown']
  /** A commit that takes longer goes to the spool as well, which then answers. */
  commitPatienceMs: number
  probe: SpoolOptions['probe']
  spoolFiles: SpoolOptions['files']
  report: StorageWriterOptions['report'] & SpoolOptions['report'] & RefusalCounterOptions['report']
  readiness: () => Promise<Readiness>
  metrics: (edge: EdgeFigures) => Promise<{ text: string; contentType: string }>
  /** Connections of those who read: they never wait behind the writers. */
  apiSql: Sql
  /** For leases, and for the row in the list of nodes. */
  leaseSql: Sql
  /** The supervision tree, for instance admins. */
  processes: () => Promise<ProcessNode[]>
  /** Who may open the live stream. */
  viewing: (call: HttpCall) => Promise<Viewing>
  /** The dashboard's files; null when it has not been built. */
  dashboard: Dashboard | null
  /** Runs an operation of the REST API. */
  callApi: Call
  /** Of the disk of the data folder, where the spool and an embedded database are. */
  diskSpace: DiskWatcherOptions['measure']
  /** Sends one notification to one target. */
  sendNotification: Send
  /** What alerting takes for the present moment, in milliseconds since the epoch. */
  wallNow: () => number
  /** This node among others. */
  cluster: Cluster
  /** Tells dashboards, on all nodes. */
  tellStream: (message: Told) => void
  meshTiming: Partial<NodeTiming>
  /** How busy the event loop was since this was last asked. */
  measureLoad: () => number
  loadTickMs: number
  /** The names of the workers of this start, this one too: they share the port. Empty for a node that has it alone. */
  workers: readonly string[]
  /** The figures of this node alone. */
  figures: () => Promise<string>
}

/** What the StreamManager of this node and the relay to others both understand. */
type Told = Extract<StreamRelayMessage, { type: 'committed' | 'issues_changed' }>

type Given = {
  workers: readonly string[]
  config: Config
  version: string
  dashboard: Dashboard | null
  log: Log
  sql: Sql
  apiSql: Sql
  leaseSql: Sql
  database: Database
  mesh: LocalMesh
}

const commitDeadlineMs = 5_000
const quarantinedCharsMax = 100_000

/** One run of the tables' maintenance, with what it made and dropped in the log. */
async function cleanAndTell(sql: Sql, lease: Lease, log: Log): Promise<void> {
  const { made, dropped } = await clean(sql, { now: Date.now(), isHeld: () => holdsLease(sql, lease) })
  if (made.length > 0) log.info(`made ${made.length} partitions, up to ${made.at(-1)}`)
  if (dropped.length > 0) log.info(`dropped ${dropped.length} expired partitions: ${dropped.join(', ')}`)
}

export function treeDeps(given: Given): TreeDeps {
  const { config, version, log, sql, apiSql, leaseSql, database, mesh, workers, dashboard } = given
  const cluster = clusterOf(config, workers.length > 0)
  const { report, commitTime, figures, metrics } = nodeFigures({ mesh, cluster, workers, version })
  const tellStream = (message: Told): void => {
    mesh.cast(names.streamManager, message)
    if (cluster.settings !== null) mesh.cast(names.streamRelay, message)
  }
  const commit: StorageWriterOptions['commit'] = async batches => {
    const startedAt = performance.now()
    const committed = await commitToDatabase(sql, batches, {
      node: config.nodeName,
      deadlineMs: commitDeadlineMs,
      now: Date.now,
      quarantinedCharsMax
    })
    commitTime(performance.now() - startedAt)
    // What is published is committed, by whichever way.
    tellStream({ type: 'committed', batches: committed })
    // On other nodes than the leader nobody has the name; the leader looks every second anyway.
    const isNews = committed.some(({ changes }) => changes.some(({ kind }) => kind !== 'updated'))
    if (isNews && mesh.whereis(names.alertEvaluator) !== undefined) mesh.cast(names.alertEvaluator, { type: 'hint' })
    return committed
  }
  const sendNotification = sender({
    allowPrivate: config.webhookAllowPrivate,
    smtpUrl: config.smtpUrl,
    publicUrl: config.publicUrl ?? `http://localhost:${config.port}`
  })
  return {
    config,
    version,
    dashboard,
    log,
    sql,
    mesh,
    now: () => performance.now(),
    database,
    clean: lease => cleanAndTell(sql, lease, log),
    prepare: prepareEvent,
    commit,
    outcomeUnknown: error => error instanceof UnknownOutcome,
    commitPatienceMs: 1_000,
    probe: () => sql`select 1`,
    spoolFiles: spoolFiles({ data: config.data, node: config.nodeName, log }),
    report,
    readiness: () => readiness(mesh, names),
    apiSql,
    leaseSql,
    processes: () => processTree(mesh, rootPid(mesh)),
    viewing: call => viewing(call, { sql: apiSql, now: Date.now, publicUrl: config.publicUrl }),
    callApi: apiCaller({
      sql: apiSql,
      now: Date.now,
      publicUrl: config.publicUrl,
      node: {
        processes: () => processTree(mesh, rootPid(mesh)),
        nodes: () => nodeItems(mesh),
        pipeline: () => pipelineOf(mesh, report.totals())
      },
      issuesChanged: (projectId, action, issueIds) =>
        tellStream({ type: 'issues_changed', projectId, action, issueIds }),
      alerting: { allowPrivate: config.webhookAllowPrivate, send: sendNotification },
      log
    }),
    diskSpace: () => diskSpace(config.data),
    sendNotification,
    wallNow: Date.now,
    cluster,
    tellStream,
    meshTiming: {},
    measureLoad: loadMeter(),
    loadTickMs: 5_000,
    workers,
    figures,
    metrics
  }
}
