/**
 * Mesher's side of `bench/stream`: the real listener, manager and connections; only storage is left out, and callers
 * are not checked. Environment: STREAM_PORT, STREAM_RATE (events a second).
 */
import { names } from '../../actors/names.ts'
import { chooseTransport } from '../../edge/transport/choose.ts'
import { edgeListener } from '../../edge/listener.ts'
import { processName, startMesh, startSupervisor, worker } from '../../mesh/index.ts'
import type { Log } from '../../schema/log.ts'
import type { StreamIssue } from '../../schema/stream.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import { dashboardOpener, streaming } from '../../supervisors/streaming.ts'
import { blankEvent } from '../support/blank-event.ts'
import { benchEvent, pace } from './events.ts'

const now = () => performance.now()
const silent = () => {}
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log }
const { transport } = await chooseTransport('uws')
const mesh = startMesh({ name: 'bench' })
let viewers = 0

startSupervisor(
  mesh,
  streaming({
    mesh,
    now,
    log,
    processes: async () => [],
    nodes: async () => [],
    readIssues: async (_projectId, issueIds) => ({
      issues: new Map(
        issueIds.map(id => [
          id,
          { item: shownIssue(id), count: { issue_id: id, event_count: 1, user_count: 1, last_seen: '' } }
        ])
      ),
      unresolved: 1
    }),
    organizationsOf: async ids => new Map(ids.map(id => [id, new Set(['organization'])])),
    find: async () => ({ projectId: 1, organizationId: 'organization' })
  })
)
mesh.spawn({ init: () => null, handle: state => state }, { name: processName('nobody') })
startSupervisor(mesh, {
  id: 'edge',
  strategy: 'one_for_one',
  children: [{ id: 'edge', name: names.edge, start: () => worker(listener()) }]
})
pace(Number(process.env.STREAM_RATE), count =>
  mesh.cast(names.streamManager, { type: 'committed', batches: [committed(count)] })
)
process.once('SIGTERM', () => process.exit(0))

function committed(count: number): CommittedBatch {
  const stored = Array.from({ length: count }, () => {
    const { issueId, ...event } = benchEvent()
    return { event: { ...blankEvent, ...event, projectId: 1 }, issueId, rootId: issueId, bytes: 1, weight: 1 }
  })
  return { id: '', outcomes: [], stored, changes: [], alreadyCommitted: false }
}

function listener() {
  return edgeListener({
    transport,
    host: '127.0.0.1',
    port: Number(process.env.STREAM_PORT),
    basePath: '',
    next: 'nobody',
    keyCache: 'nobody',
    refusalCounter: 'nobody',
    openConnection: () => Promise.reject(new Error('no ingestion here')),
    stream: {
      authenticate: async () => ({
        ok: true,
        viewer: { credentialId: 'session', userId: String(++viewers), isInstanceAdmin: false }
      }),
      openDashboard: dashboardOpener(mesh)
    },
    uploads: {
      begin: async () => ({ status: 404 }),
      store: async () => ({ status: 404 }),
      mappings: async () => ({ status: 404 })
    },
    api: { operations: [], call: () => Promise.reject(new Error('no operations here')), trustedProxies: [] },
    readiness: async () => ({ ready: true, checks: [] }),
    metrics: async () => ({ text: '', contentType: 'text/plain' }),
    metricsToken: null,
    dashboard: null,
    now,
    wallNow: Date.now,
    connectionsMax: Infinity,
    replyDeadlineMs: 10_000,
    bodyGraceMs: 30_000,
    bodyTimeoutMs: 300_000,
    waitingBytesMax: 1e9,
    projectWaitingBytesMax: 1e9,
    log
  })
}

function shownIssue(id: string): StreamIssue {
  return {
    id,
    short_id: 'WEB-1',
    title: `Issue ${id}`,
    culprit: '',
    level: 'error',
    status: 'unresolved',
    substatus: 'new',
    event_count: 1,
    user_count: 1,
    first_seen: '2026-01-01T00:00:00.000Z',
    last_seen: '2026-01-01T00:00:00.000Z',
    assignee: null
  }
}
