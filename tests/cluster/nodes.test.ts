// Goal: nodes find each other through the database and show each other with links and load; a node that leaves is gone
// everywhere, and a stranger to the cluster is sent away with the reason. Method: whole nodes in one process on one
// database; strangers are nodes of the runtime with another cookie, or another protocol.
import { hostname } from 'node:os'
import t from 'tap'
import { globalNames, names } from '../../actors/names.ts'
import { pidKey, startMesh, startNode } from '../../mesh/index.ts'
import type { Scope } from '../../schema/api/common.ts'
import { checkNodes } from '../../bin/doctor/nodes.ts'
import { testDatabase } from '../support/database.ts'
import { readIdentity } from '../../services/cluster/identity.ts'
import { listNodes } from '../../services/cluster/nodes.ts'
import { clusterProtocol } from '../../supervisors/cluster.ts'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { createUser } from '../../services/accounts/users.ts'
import type { NodeItem } from '../../schema/api/system.ts'
import {
  allLinked,
  clusterNode,
  clusterOf,
  cookie,
  dashboard,
  reports,
  sendEvents,
  until,
  type ClusterNode
} from './support.ts'

async function admin({ sql }: ClusterNode, scopes: Scope[] = ['read']): Promise<Record<string, string>> {
  const user = await createUser(sql, { email: 'admin@example.com', name: '', passwordHash: '', isInstanceAdmin: true })
  const created = await createApiToken(sql, {
    userId: user?.id ?? '',
    name: 'test',
    scopes,
    expiresAt: null,
    now: Date.now()
  })
  return { authorization: `Bearer ${created?.token}` }
}

t.test('three nodes find each other and show the same cluster', async t => {
  const nodes = await clusterOf(t, ['a', 'b', 'c'])
  const [a, b, c] = nodes
  if (a === undefined || b === undefined || c === undefined) throw new Error('there are three')
  const headers = await admin(a)
  for (const node of nodes) {
    await until(async () => (await reports(node)).every(({ links }) => links.length === 2))
    const { data }: { data: NodeItem[] } = JSON.parse(
      await (await fetch(`${node.url}/api/v1/system/nodes`, { headers })).text()
    )
    t.same(
      data
        .map(({ name, links, self, routes }) => ({ name, links: links.length, self, routes }))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
      nodes.map(({ name }) => ({ name, links: 2, self: name === node.name, routes: [] }))
    )
    t.match(data[0], { address: /^127\.0\.0\.1:\d+$/, incarnation: Number, load: Number })
  }
  await until(async () => (await listNodes(a.sql)).every(({ links }) => links.length === 2))
  t.same(
    (await listNodes(a.sql)).map(({ name }) => name),
    ['a', 'b', 'c']
  )

  const system = await dashboard(t, b, headers)
  system.say({ type: 'subscribe', system: true })
  await until(() => system.messages.some(({ type, nodes }) => type === 'system' && nodes?.length === 3))

  await c.running.stop()
  await until(async () => (await reports(a)).length === 2 && (await reports(b)).length === 2)
  t.same(
    (await listNodes(a.sql)).map(({ name }) => name),
    ['a', 'b'],
    'who stops in good order takes its row along'
  )
  t.ok(a.log.some(line => line.includes('the node c has ended: it left')))
})

t.test('services are known in the whole cluster, and known again after a crash', async t => {
  const [a, b] = await clusterOf(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('there are two')
  const { mesh } = a.running
  const held = new Map<string, ClusterNode>([
    [a.name, a],
    [b.name, b]
  ])
  const pidAt = (node: ClusterNode, name: string) => node.running.cluster.node()?.names.whereis(name)
  for (const name of held.keys()) {
    for (const global of [globalNames.eventRouter(name), globalNames.storageWriter(name)]) {
      await until(() => pidAt(a, global) !== undefined)
      await until(() => pidAt(b, global) !== undefined)
      t.same(pidAt(a, global), pidAt(b, global), global)
    }
  }
  const writer = mesh.whereis('storage-writer')
  if (writer === undefined) throw new Error('the writer runs')
  mesh.exit(writer, 'killed')
  await until(() => {
    const pid = pidAt(b, globalNames.storageWriter('a'))
    return pid !== undefined && pid.serial !== writer.serial
  })
  t.ok(await sendEvents(a, ['after the crash']))
})

t.test('a stranger is sent away: a wrong cookie, another protocol, a name that is taken', async t => {
  const [a] = await clusterOf(t, ['a'])
  if (a === undefined) throw new Error('there is one')
  const address = a.running.cluster.node()?.boundTo ?? ''
  const identity = await readIdentity(a.sql)
  const knock = async (name: string, options: { cookie: string; protocol: string }) => {
    const mesh = startMesh({ name })
    const node = await startNode(mesh, { identity: () => identity, ...options })
    t.teardown(async () => {
      await node.stop()
      mesh.stop()
    })
    return await node.connect(address).then(
      () => 'linked',
      (error: Error) => error.message
    )
  }
  t.match(await knock('x', { cookie: 'f'.repeat(32), protocol: clusterProtocol }), /cookie/)
  t.equal(
    await knock('y', { cookie, protocol: 'mesher 0' }),
    `one node speaks mesher 0, the other ${clusterProtocol}: run the same release on both`
  )
  t.match(await knock('a', { cookie, protocol: clusterProtocol }), /two nodes are called a/)
  t.equal(await knock('z', { cookie, protocol: clusterProtocol }), 'linked')
  t.ok(
    a.log.some(line => line.includes('run the same release on both')),
    'the log of the node says why'
  )
})

t.test('a process of another node is restarted by hand through any node', async t => {
  const [a, b] = await clusterOf(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('there are two')
  const headers = await admin(a, ['admin'])
  await until(() => a.running.cluster.node()?.names.whereis(globalNames.root('b')) !== undefined)
  const pid = b.running.mesh.whereis(names.diskWatcher)
  if (pid === undefined) throw new Error('it runs')
  const response = await fetch(`${a.url}/api/v1/system/processes/${pidKey(pid)}/restart`, { method: 'POST', headers })
  t.equal(response.status, 202)
  await until(() => {
    const next = b.running.mesh.whereis(names.diskWatcher)
    return next !== undefined && next.serial !== pid.serial
  })
})

t.test('nodes of different databases refuse each other, and say why wherever nodes are shown', async t => {
  const [a] = await clusterOf(t, ['a'])
  if (a === undefined) throw new Error('there is one')
  const address = a.running.cluster.node()?.boundTo ?? ''
  const b = await clusterNode(t, 'b', await testDatabase(t), { env: { MESHER_JOIN: address } })
  const why = /^it works on another database\./
  await until(async () => (await reports(a))[0]?.refused.length === 1 && (await reports(b))[0]?.refused.length === 1)
  t.match(await reports(a), [{ name: 'a', links: [], refused: [{ name: 'b', why }] }])
  t.match(await reports(b), [{ name: 'b', links: [], refused: [{ name: null, address, why }] }])
  for (const { log } of [a, b]) {
    t.equal(log.filter(line => line.includes('it works on another database')).length, 1, 'said once, however often')
  }

  const headers = await admin(a)
  const { data }: { data: NodeItem[] } = JSON.parse(
    await (await fetch(`${a.url}/api/v1/system/nodes`, { headers })).text()
  )
  t.match(data, [{ name: 'a', refused: [{ name: 'b', why }] }])
  await until(async () => (await listNodes(a.sql))[0]?.refused.length === 1)
  t.match(checkNodes(await listNodes(a.sql)), [
    { status: 'warn', text: /^a has no link with b \(127\.0\.0\.1:\d+\): it works on another database\./ }
  ])
  t.match(checkNodes(await listNodes(b.sql)), [{ status: 'warn', text: `b has no link with the node at ${address}` }])
})

t.test('a database that becomes another one while nodes run parts them, and one that is shared joins them', async t => {
  const [a, b] = await clusterOf(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('there are two')
  await a.sql`update database_identity set id = gen_random_uuid()`
  for (const { log } of [a, b]) await until(() => log.some(line => line.includes('the database is another one')))
  await allLinked([a, b])
  t.same((await reports(a)).map(({ refused }) => refused).flat(), [])
})

t.test('a second node under one name is refused while the first one lives, and told where that is', async t => {
  const [a] = await clusterOf(t, ['a'])
  if (a === undefined) throw new Error('there is one')
  const database = { url: a.databaseUrl, sql: a.sql }
  const error: unknown = await clusterNode(t, 'a', database).catch((error: unknown) => error)
  t.match(error, {
    code: 'name_taken',
    message: `a node called a works on this database: process ${process.pid} on ${hostname()} at 127.0.0.1:`,
    hint: /--node-name/
  })
  t.same((await reports(a)).length, 1)
  t.ok(await sendEvents(a, ['it goes on']))

  await a.running.stop()
  await clusterNode(t, 'a', database)
})

t.test('without a cookie a node runs alone, and is listed', async t => {
  const [alone] = await clusterOf(t, ['alone'], { env: { MESHER_COOKIE: '' } })
  if (alone === undefined) throw new Error('there is one')
  t.match(await reports(alone), [{ name: 'alone', address: null, links: [] }])
  await until(async () => (await listNodes(alone.sql)).length === 1)
  t.equal(alone.running.cluster.node(), null)
})
