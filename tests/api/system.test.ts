// Goal: instance admins see what runs, as a tree with its processes, and nobody else does.
// Method: a whole node over HTTP.
import t from 'tap'
import type { ProcessNode } from '../../schema/api/system.ts'
import { apiUnderTest } from '../support/api.ts'

const api = await apiUnderTest(t)
const admin = await api.user('member', { isInstanceAdmin: true })
const owner = await api.user('owner')

t.test('the tree shows every part of the pipeline with its pid, mailbox and restarts', async t => {
  const { status, body } = await admin.get<{ data: ProcessNode[] }>('/api/v1/system/processes')
  t.equal(status, 200)
  const all = (nodes: readonly ProcessNode[]): ProcessNode[] => nodes.flatMap(node => [node, ...all(node.children)])
  const byName = new Map(all(body.data).map(node => [node.name, node]))
  for (const name of ['event-router', 'event-processor', 'storage-writer', 'spool-replayer', 'stream-manager', 'edge-listener']) {
    t.match(byName.get(name), { type: 'worker', state: 'running', pid: /\.\d+\.\d+$/, mailbox: Number, restarts: 0, uptime: Number }, name)
  }
  t.match(byName.get('ingestion'), { type: 'supervisor' })
})

t.test('a node that runs alone is a cluster of one', async t => {
  t.match((await admin.get('/api/v1/system/nodes')).body, { data: [{ name: String, self: true, links: [], incarnation: Number, load: Number }] })
})

t.test('owners of organizations are no instance admins', async t => {
  for (const path of ['processes', 'nodes']) t.equal((await owner.get(`/api/v1/system/${path}`)).status, 403)
})
