// Goal: instance admins see what runs, as a tree with its processes, and nobody else does.
// Method: a whole node over HTTP.
import t from 'tap'
import type { PipelineFigures, ProcessNode } from '../../schema/api/system.ts'
import { apiUnderTest } from '../support/api.ts'

const api = await apiUnderTest(t)
const admin = await api.user('member', { isInstanceAdmin: true })
const owner = await api.user('owner')

t.test('the tree shows every part of the pipeline with its pid, mailbox and restarts', async t => {
  const { status, body } = await admin.get<{ data: ProcessNode[] }>('/api/v1/system/processes')
  t.equal(status, 200)
  const all = (nodes: readonly ProcessNode[]): ProcessNode[] => nodes.flatMap(node => [node, ...all(node.children)])
  const byName = new Map(all(body.data).map(node => [node.name, node]))
  for (const name of [
    'event-router',
    'event-processor',
    'large-body-processor',
    'storage-writer',
    'spool-replayer',
    'stream-manager',
    'edge-listener'
  ]) {
    t.match(
      byName.get(name),
      { type: 'worker', state: 'running', pid: /\.\d+\.\d+$/, mailbox: Number, restarts: 0, uptime: Number },
      name
    )
  }
  t.match(byName.get('ingestion'), { type: 'supervisor' })
})

t.test(
  'an instance admin restarts a process by hand; names and the reason are shown, and the log says who',
  async t => {
    const all = (nodes: readonly ProcessNode[]): ProcessNode[] => nodes.flatMap(node => [node, ...all(node.children)])
    const find = async (name: string) => {
      const { body } = await admin.get<{ data: ProcessNode[] }>('/api/v1/system/processes')
      return all(body.data).find(node => node.name === name)
    }
    const pathOf = (pid: string | null | undefined) => `/api/v1/system/processes/${pid}/restart`
    const before = await find('rate-limiter')
    t.match(before, { registered: ['rate-limiter'], last_exit: null, restartable: true })
    t.match(await admin.post(pathOf(before?.pid)), { status: 202, body: { name: 'rate-limiter', pid: before?.pid } })
    let after = await find('rate-limiter')
    while (after?.pid === null || after?.pid === before?.pid) after = await find('rate-limiter')
    t.match(after, {
      restarts: 1,
      state: 'running',
      registered: ['rate-limiter'],
      last_exit: { reason: /^RestartedByHand: \S+@\S+ restarted it$/, at: /Z$/ }
    })
    t.ok(api.log.some(line => /^warn \S+@\S+ restarted rate-limiter by hand/.test(line)))

    t.equal((await admin.post(pathOf(before?.pid))).status, 404, 'it has ended')
    t.equal((await admin.post(pathOf('elsewhere.1.1'))).status, 404)
    t.equal((await admin.post(pathOf('rate-limiter'))).status, 400)
    const root = await find('mesher')
    t.equal(root?.restartable, false)
    t.equal((await admin.post(pathOf(root?.pid))).status, 404, 'nobody would restart the root')
    t.equal((await owner.post(pathOf(after?.pid))).status, 403)
  }
)

t.test('a node that runs alone is a cluster of one', async t => {
  t.match((await admin.get('/api/v1/system/nodes')).body, {
    data: [{ name: String, self: true, links: [], incarnation: Number, load: Number }]
  })
})

t.test('the pipeline tells what it has done since the start, and what waits', async t => {
  const read = async (): Promise<PipelineFigures> => (await admin.get<PipelineFigures>('/api/v1/system/pipeline')).body
  const before = await read()
  t.match(before, {
    committed: { stored: 0 },
    refused: { unauthorized: 0 },
    waiting: { batches: 0, oldest_seconds: 0 },
    spool: { database_down: false, accepting: true, files: 0, bytes: 0 }
  })
  const { status } = await fetch(`${api.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': api.key },
    body: JSON.stringify({ message: 'counted' })
  })
  t.equal(status, 202)
  const after = await read()
  t.equal(after.committed.stored, 1)
  t.match(after.commits, { transactions: 1, events: 1, seconds: Number })
})

t.test('owners of organizations are no instance admins', async t => {
  for (const path of ['processes', 'nodes', 'pipeline']) {
    t.equal((await owner.get(`/api/v1/system/${path}`)).status, 403)
  }
})
