/**
 * The live stream: the manager, the guard, the watcher of the system page, and a process for each dashboard, in shards.
 * Sockets come and go, so their processes are temporary. When the manager is restarted they end, and clients connect
 * again and resume.
 */
import { names } from '../actors/names.ts'
import {
  dashboardConnection,
  type DashboardConnectionOptions,
  type Viewer
} from '../actors/streaming/dashboard-connection.ts'
import type { StreamIssues, StreamRelayMessage, StreamNews } from '../actors/streaming/messages.ts'
import { streamGuard, type StreamGuardOptions } from '../actors/streaming/stream-guard.ts'
import { streamManager } from '../actors/streaming/stream-manager.ts'
import type { StreamManagerOptions } from '../actors/streaming/stream-state.ts'
import { systemWatcher } from '../actors/streaming/system-watcher.ts'
import { parseClientFrame } from '../events/stream-frames.ts'
import { processName, startChild, worker, type LocalMesh, type SupervisorMessage } from '../mesh/index.ts'
import type { ListSpec, ProcessName, TemplateSpec } from '../mesh/types.ts'
import type { NodeItem, ProcessNode } from '../schema/api/system.ts'
import { limits } from '../schema/limits.ts'
import { validCallers } from '../services/accounts/callers.ts'
import { findProject } from '../services/accounts/visible.ts'
import type { Sql } from '../services/database/sql.ts'
import { countUnresolved, readStreamIssues } from '../services/issues/stream.ts'
import type { NodeParts } from './node-parts.ts'
import { nodeItems, processTree, rootPid } from './system.ts'

type Socket = { socket: number; viewer: Viewer }

const shards = Array.from({ length: 16 }, (_, index) =>
  processName<SupervisorMessage<Socket>>(`dashboards-${index + 1}`)
)

/** What the stream needs from other parts. */
export type StreamingDeps = Pick<NodeParts, 'mesh' | 'now' | 'log'> & {
  /** The supervision tree, for instance admins. */
  processes: () => Promise<ProcessNode[]>
  /** Absent without other nodes. */
  relay?: ProcessName<StreamRelayMessage>
  nodes: () => Promise<NodeItem[]>
  readIssues: StreamManagerOptions['readIssues']
  /** The organizations of each session or token that is still good. */
  organizationsOf: StreamGuardOptions['check']
  find: DashboardConnectionOptions['find']
}

export function streamingDeps({ mesh, now, wallNow, log, apiSql, cluster }: NodeParts): StreamingDeps {
  return {
    mesh,
    now,
    log,
    processes: () => processTree(mesh, rootPid(mesh), cluster.node()),
    ...(cluster.settings !== null && { relay: names.streamRelay }),
    nodes: () => nodeItems(mesh),
    readIssues: (projectId, issueIds, { unresolved }) => readIssues(apiSql, projectId, issueIds, unresolved),
    organizationsOf: credentialIds => organizationsOf(apiSql, credentialIds, wallNow()),
    find: ({ userId }, project) => findProject(apiSql, userId, project)
  }
}

/** Tells the dashboards of this node and, through the relay, of all others. */
export function streamTeller({ mesh, cluster }: Pick<NodeParts, 'mesh' | 'cluster'>): (news: StreamNews) => void {
  return news => {
    mesh.cast(names.streamManager, news)
    if (cluster.settings !== null) mesh.cast(names.streamRelay, news)
  }
}

export function streaming(deps: StreamingDeps): ListSpec {
  const { mesh, now, log, processes, nodes, relay, readIssues, organizationsOf } = deps
  return {
    id: 'streaming',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 10_000,
    children: [
      {
        id: 'stream-manager',
        name: names.streamManager,
        start: () =>
          worker(
            streamManager({
              run: `${mesh.name}-${Date.now().toString(36)}`,
              readIssues,
              now,
              frameMs: 50,
              readMs: 250,
              readMax: 500,
              keep: { eventsMax: 10_000, ageMsMax: 5 * 60_000 },
              subscribersOfProjectMax: 5_000,
              ...(relay !== undefined && { relay }),
              log
            })
          )
      },
      {
        id: 'stream-guard',
        name: names.streamGuard,
        start: () => worker(streamGuard({ check: organizationsOf, tickMs: 2_000, log }))
      },
      {
        id: 'system-watcher',
        name: names.systemWatcher,
        start: () =>
          worker(
            systemWatcher({
              read: async () => ({ processes: await processes(), nodes: await nodes() }),
              tickMs: 1_000,
              log
            })
          )
      },
      ...shards.map(name => ({ id: name, name, start: () => shard(name, deps) }))
    ]
  }
}

async function readIssues(sql: Sql, projectId: number, issueIds: string[], unresolved: boolean): Promise<StreamIssues> {
  const rows = await readStreamIssues(sql, projectId, issueIds)
  const issues = rows.map(item => {
    const { id, event_count: events, user_count: users, last_seen: lastSeen } = item
    return [id, { item, count: { issue_id: id, event_count: events, user_count: users, last_seen: lastSeen } }] as const
  })
  return { issues: new Map(issues), unresolved: unresolved ? await countUnresolved(sql, projectId) : null }
}

async function organizationsOf(
  sql: Sql,
  credentialIds: string[],
  now: number
): Promise<Map<string, ReadonlySet<string>>> {
  const callers = await validCallers(sql, credentialIds, now)
  return new Map([...callers].map(([id, roles]) => [id, new Set(roles.keys())]))
}

function shard(id: string, { mesh, find }: StreamingDeps): TemplateSpec<Socket> {
  return {
    id,
    strategy: 'simple_one_for_one',
    children: [
      {
        id: 'dashboard-connection',
        restart: 'temporary',
        shutdown: 1_000,
        start: ({ socket, viewer }) =>
          worker(
            dashboardConnection({
              socket,
              viewer,
              edge: names.edge,
              manager: names.streamManager,
              guard: names.streamGuard,
              parse: parseClientFrame,
              find,
              followSystem: (pid, on) => {
                mesh.cast(names.systemWatcher, { type: 'follow', pid, on })
              },
              subscriptionsMax: limits.streamSubscriptionsMax,
              queueFramesMax: 1_000,
              queueBytesMax: 2 * 1024 * 1024
            })
          )
      }
    ]
  }
}

export function dashboardOpener(mesh: LocalMesh): (socket: number, viewer: Viewer) => Promise<unknown> {
  return (socket, viewer) => {
    const shard = shards[socket % shards.length]
    if (shard === undefined) throw new Error('there is no shard for this socket')
    return startChild(mesh, shard, { socket, viewer })
  }
}
