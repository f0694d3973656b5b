/**
 * The listener, and the processes of its sockets. These are in shards, because a supervisor with many children is slow.
 */
import { ingestConnection } from '../actors/ingestion/ingest-connection.ts'
import { names } from '../actors/names.ts'
import { apiCaller, type Call } from '../api/call.ts'
import { ownAddress, type OwnAddress } from '../api/origin.ts'
import { chunkUploads, type ChunkUploads } from '../api/build-tools/upload.ts'
import { operations } from '../api/index.ts'
import type { HttpCall } from '../api/request.ts'
import { viewing, type Viewing } from '../api/stream.ts'
import type { OpenConnection } from '../edge/ingest-sockets.ts'
import { basePathOf } from '../edge/base-path.ts'
import { edgeListener } from '../edge/listener.ts'
import { mintEventId } from '../events/event-ids.ts'
import { frameRefOf } from '../events/parse.ts'
import { processName, startChild, worker, type LocalMesh, type SupervisorMessage } from '../mesh/index.ts'
import type { ListSpec, TemplateSpec } from '../mesh/types.ts'
import { limits } from '../schema/limits.ts'
import type { IngestKey } from '../schema/pipeline.ts'
import type { Readiness } from '../schema/readiness.ts'
import type { AlertingDeps } from './alerting.ts'
import type { NodeFigures } from './figures.ts'
import { clientConnectionsMax } from '../services/machine/descriptors.ts'
import { memoryBudgets } from '../services/machine/memory-budgets.ts'
import type { NodeParts } from './node-parts.ts'
import type { SymbolicationDeps } from './symbolication.ts'
import { readiness } from './readiness.ts'
import { dashboardOpener } from './streaming.ts'
import { nodeItems, pipelineOf, processTree, restartByHand, rootPid } from './system.ts'

type Socket = { socket: number; key: IngestKey }

const replyDeadlineMs = 10_000
const shards = Array.from({ length: 16 }, (_, index) =>
  processName<SupervisorMessage<Socket>>(`connections-${index + 1}`)
)

export type EdgeDeps = Pick<
  NodeParts,
  'config' | 'mesh' | 'now' | 'wallNow' | 'log' | 'workers' | 'dashboard' | 'transport'
> & {
  readiness: () => Promise<Readiness>
  metrics: NodeFigures['metrics']
  /** Decides who may open the live stream. */
  viewing: (call: HttpCall) => Promise<Viewing>
  /** Runs an operation of the REST API. */
  callApi: Call
  /** Takes the chunks of build tools. */
  uploads: ChunkUploads
}

type EdgeTools = Pick<NodeFigures, 'report' | 'metrics'> &
  Pick<AlertingDeps, 'tellStream' | 'sendMail' | 'sendNotification'> &
  SymbolicationDeps

export function edgeDeps(parts: NodeParts, tools: EdgeTools): EdgeDeps {
  const { config, mesh, now, wallNow, log, workers, dashboard, transport, apiSql } = parts
  const own = ownAddress(config.publicUrl, log)
  return {
    config,
    mesh,
    now,
    wallNow,
    log,
    workers,
    dashboard,
    transport,
    readiness: async () => withAddress(await readiness(mesh), own.advice()),
    metrics: tools.metrics,
    viewing: call => viewing(call, { sql: apiSql, now: wallNow, own }),
    callApi: operationCaller(parts, tools, own),
    uploads: chunkUploads({ sql: apiSql, now: wallNow, own, log })
  }
}

/** A wrong address is for people to mend; events come in all the same. */
function withAddress({ ready, checks }: Readiness, advice: string | null): Readiness {
  return { ready, checks: advice === null ? checks : [...checks, { name: 'address', ok: true, detail: advice }] }
}

function operationCaller(
  { config, mesh, cluster, log, apiSql, wallNow }: NodeParts,
  tools: EdgeTools,
  own: OwnAddress
): Call {
  const { report, tellStream, sendMail, sendNotification, symbols } = tools
  return apiCaller({
    sql: apiSql,
    now: wallNow,
    own,
    node: {
      processes: () => processTree(mesh, rootPid(mesh), cluster.node()),
      restart: (pid, by) => restartByHand({ mesh, cluster, log }, pid, by),
      nodes: () => nodeItems(mesh),
      pipeline: () => pipelineOf(mesh, report.totals())
    },
    issuesChanged: (projectId, action, issueIds) => tellStream({ type: 'issues_changed', projectId, action, issueIds }),
    symbols,
    openOrganizations: config.openOrganizations,
    alerting: {
      allowPrivate: config.webhookAllowPrivate,
      publicUrl: config.publicUrl ?? `http://localhost:${config.port}`,
      send: sendNotification,
      sendMail
    },
    log
  })
}

/** Sockets come and go, so their processes are temporary, and the shards never give up. */
export function connections(deps: EdgeDeps): ListSpec {
  return {
    id: 'connections',
    strategy: 'one_for_one',
    children: shards.map(name => ({ id: name, name, start: () => shard(name, deps) }))
  }
}

function shard(id: string, { now, wallNow }: EdgeDeps): TemplateSpec<Socket> {
  return {
    id,
    strategy: 'simple_one_for_one',
    children: [
      {
        id: 'ingest-connection',
        restart: 'temporary',
        shutdown: 1_000,
        start: ({ socket, key }) =>
          worker(
            ingestConnection({
              socket,
              key,
              edge: names.edge,
              next: names.rateLimiter,
              refusalCounter: names.refusalCounter,
              seed: () => mintEventId(wallNow()),
              refOf: frameRefOf,
              now,
              unansweredMax: limits.framesUnansweredMax,
              deadlineMs: replyDeadlineMs
            })
          )
      }
    ]
  }
}

export function edge(deps: EdgeDeps): ListSpec {
  const { config, now, wallNow, workers, readiness, metrics, mesh, log, transport } = deps
  const { callApi, uploads, viewing, dashboard } = deps
  const budgets = memoryBudgets()
  return {
    id: 'edge',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 10_000,
    children: [
      {
        id: 'edge-listener',
        name: names.edge,
        start: () =>
          worker(
            edgeListener({
              transport,
              host: config.host,
              port: config.port,
              basePath: basePathOf(config.publicUrl),
              connectionsMax: clientConnectionsMax(),
              sharesPort: workers.length > 0,
              next: names.rateLimiter,
              keyCache: names.keyCache,
              refusalCounter: names.refusalCounter,
              openConnection: connectionOpener(mesh),
              stream: { authenticate: viewing, openDashboard: dashboardOpener(mesh) },
              uploads,
              api: { operations, call: callApi, trustedProxies: config.trustedProxies },
              readiness,
              metrics,
              dashboard,
              metricsToken: config.metricsToken,
              now,
              wallNow,
              replyDeadlineMs,
              bodyGraceMs: 30_000,
              bodyTimeoutMs: 300_000,
              waitingBytesMax: budgets.bodies,
              projectWaitingBytesMax: budgets.bodiesOfProject,
              log
            })
          )
      }
    ]
  }
}

function connectionOpener(mesh: LocalMesh): OpenConnection {
  return (socket, key) => {
    const shard = shards[socket % shards.length]
    if (shard === undefined) throw new Error('there is no shard for this socket')
    return startChild(mesh, shard, { socket, key })
  }
}
