// Goal: three nodes under load survive what networks, machines and strangers do to them: every acknowledged event is
// stored once, alerts are fired once, dashboards see every committed event or are told of a gap, all nodes know the
// same names, and nobody but the holder of a lease acts. Method: nodes as processes, proxies between them and one
// before the database; one fault after the other while a load runs on each node and a dashboard follows each, which has
// to know every row before the next fault comes; in the end rows are counted.
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import t from 'tap'
import { startMesh, startNode as startMeshNode } from '../../mesh/index.ts'
import { createRule } from '../../services/alerts/rules.ts'
import { createApiToken } from '../../services/accounts/api-tokens.ts'
import { ensureDefaults } from '../../services/accounts/projects.ts'
import type { Sql } from '../../services/database/sql.ts'
import { createUser } from '../../services/accounts/users.ts'
import { clusterProtocol } from '../../supervisors/cluster.ts'
import { clusterNode } from '../cluster/support.ts'
import { testDatabase } from '../support/database.ts'
import { databaseWay, threeNodes, watch, type Member, type Watcher } from './support/cluster.ts'
import { addProjects, faultKeys, loadOn, problemsOf, settled, type FaultLoad } from './support/loaded.ts'
import { testFolder, until, type NodeUnderTest } from './support/node.ts'

t.setTimeout(280_000)

const { url, sql } = await testDatabase(t, { max: 8 })
await ensureDefaults(sql)
await addProjects(url)
const projects = (
  await sql<
    { id: string }[]
  >`select id::text from projects where id in (select project_id from dsn_keys where public_key = any(${faultKeys}))`
).map(({ id }) => id)
for (const id of projects) {
  await createRule(
    sql,
    Number(id),
    { name: 'New', isEnabled: true, condition: { type: 'new_issue' }, filters: {}, actions: [], cooldownMinutes: 60 },
    Date.now()
  )
}

/** b reaches the database over a way of its own. */
const way = await databaseWay(t, url)
const { members, ways } = await threeNodes(t, { a: url, b: way.url, c: url }, {})
const all: Member[] = Object.values(members)
const headers = await viewer(sql)
const watchers = new Map<string, Watcher>(
  all.map(({ name, node }) => [name, watch(t, { url: node.url, headers, projects, sql })])
)
const loads: FaultLoad[] = []
for (const [index, { name, node }] of all.entries()) {
  // A load has sent all of its issues after 8,192 events: that of c has issues of its own, and new ones for as long as
  // the tests may take.
  const pace = name === 'c' ? { ratePerS: 28, seed: 2 } : { ratePerS: 40 }
  loads.push(loadOn(node.url, await testFolder(t), { run: index + 1, connections: 8, ...pace }))
}

async function viewer(sql: Sql): Promise<Record<string, string>> {
  const user = await createUser(sql, {
    email: 'viewer@example.com',
    name: '',
    passwordHash: '',
    isInstanceAdmin: false
  })
  await sql`insert into memberships (organization_id, user_id, role) select id, ${user?.id ?? ''}, 'member'
    from organizations`
  const created = await createApiToken(sql, {
    userId: user?.id ?? '',
    name: 'test',
    scopes: ['read'],
    expiresAt: null,
    now: Date.now()
  })
  return { authorization: `Bearer ${created?.token}` }
}

/** Every one of these knows exactly these nodes, and all know the same names. */
async function agreed(...expected: Member[]): Promise<void> {
  await until(async () => {
    const registries = await Promise.all(expected.map(({ node }) => node.registry()))
    const nodes = new Set(registries[0]?.map(name => name.replace(/^\w+\/(\S+) .*$/, '$1')))
    return (
      new Set(registries.map(names => names.join('\n'))).size === 1 &&
      expected.every(({ name }) => nodes.has(name)) &&
      nodes.size === expected.length &&
      registries.every(names => names.length === 4 * expected.length)
    )
  })
}

async function sentMore(): Promise<void> {
  await Promise.all(loads.map(load => load.acknowledgedMore(60)))
}

/** Every dashboard knows all that is stored now: what it was not told, it was told to read. */
async function everybodySaw(): Promise<void> {
  const rows = await sql<{ id: string }[]>`select id from events`
  for (const { seen } of watchers.values()) await until(() => rows.every(({ id }) => seen.has(id)))
}

/** Alerts are fired for issues that are new from now on, and so by the node that leads now. */
async function alertedAnew(): Promise<void> {
  const known = (await sql<{ id: string }[]>`select id::text from issues`).map(({ id }) => id)
  await until(
    async () =>
      (await sql`select from alerts where issue_id is not null and issue_id <> all(${known}::uuid[]) limit 1`).length >
      0
  )
}

async function holderOf(lease: string): Promise<string | undefined> {
  const [row] = await sql<
    { holder: string }[]
  >`select holder from leases where name = ${lease} and expires_at > clock_timestamp()`
  return row?.holder.split(' ')[0]
}

/** How often the link between two has ended, as one of them says. */
function losses(node: NodeUnderTest, other: string): number {
  return node.output().split(`the link with the node ${other} has ended`).length - 1
}

t.test('three nodes are one cluster', async t => {
  await agreed(...all)
  await sentMore()
  await until(() => [...watchers.values()].every(({ seen }) => seen.size > 100))
  await everybodySaw()
  t.pass()
})

t.test('strangers with a wrong cookie or garbage change nothing', async t => {
  const before = losses(members.a.node, 'b')
  const mesh = startMesh({ name: 'stranger' })
  const stranger = await startMeshNode(mesh, { cookie: 'f'.repeat(32), protocol: clusterProtocol })
  await t.rejects(stranger.connect(`127.0.0.1:${members.a.meshPort}`), /cookie/)
  await stranger.stop()
  mesh.stop()
  await Promise.all(
    Array.from({ length: 20 }, async (_, knocks) => {
      const socket = connect(members.a.meshPort, '127.0.0.1')
      // Who is sent away hears it as an end or as an error: both are followed by this.
      const closed = new Promise(resolve => {
        socket.on('error', () => {}).on('close', resolve)
      })
      const key = createHash('sha1').update(String(knocks)).digest().subarray(0, 16).toString('base64')
      if (knocks % 2 === 0) {
        socket.write(
          'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
        )
      }
      socket.write(randomBytes(2_000))
      socket.resume()
      await closed
    })
  )
  await agreed(...all)
  t.equal(losses(members.a.node, 'b'), before, 'no link has ended')
})

t.test('a link that hangs half-open is noticed and made anew', async t => {
  for (const direction of ['in', 'out'] as const) {
    const before = [losses(members.a.node, 'b'), losses(members.b.node, 'a')]
    ways.ab.freeze(direction)
    await until(() => losses(members.a.node, 'b') > (before[0] ?? 0) && losses(members.b.node, 'a') > (before[1] ?? 0))
    await sentMore()
    ways.ab.thaw()
    ways.ab.drop()
    await agreed(...all)
    await everybodySaw()
  }
  t.pass()
})

t.test('the network splits two to one and heals', async t => {
  ways.ac.cut()
  ways.bc.cut()
  await agreed(members.a, members.b)
  await agreed(members.c)
  await sentMore()
  ways.ac.heal()
  ways.bc.heal()
  await agreed(...all)
  await everybodySaw()
  t.pass()
})

t.test('a node joins and leaves ten times', async t => {
  for (let times = 0; times < 10; times++) {
    // It dials all three: nobody is at the addresses by which they know each other.
    const join = [members.a, members.b, members.c].map(({ meshPort }) => `127.0.0.1:${meshPort}`).join()
    const guest = await clusterNode(t, 'd', { url, sql }, { env: { MESHER_JOIN: join } })
    await until(async () =>
      (await Promise.all(all.map(({ node }) => node.registry()))).every(names =>
        names.some(name => name.startsWith('StorageWriter/d '))
      )
    )
    await guest.running.stop()
  }
  await agreed(...all)
  await everybodySaw()
  t.pass()
})

t.test('the database is cut off from one node, whose links stay', async t => {
  // b leads: a node that has the lease when it is cut off is what this is about.
  await until(async () => (await holderOf('alerts')) !== undefined)
  const before = losses(members.a.node, 'b')
  await sql`update leases set expires_at = '-infinity', holder = 'nobody' where name = 'alerts'`
  await until(async () => {
    const holder = await holderOf('alerts')
    if (holder !== undefined && holder !== 'b') {
      await sql`update leases set expires_at = '-infinity', holder = 'nobody' where name = 'alerts'`
    }
    return holder === 'b'
  })
  way.cut()
  await until(async () => (await holderOf('alerts')) !== 'b' && (await holderOf('alerts')) !== undefined)
  await sentMore()
  await alertedAnew()
  t.match(
    (await members.b.node.ready()).checks.find(({ name }) => name === 'storage'),
    { detail: /spooled/ }
  )
  t.equal(losses(members.a.node, 'b'), before, 'its links have not ended')
  way.heal()
  await until(async () =>
    (await members.b.node.ready()).checks.some(({ detail }) => detail === 'the database takes events')
  )
  await agreed(...all)
  await everybodySaw()
})

t.test('a leader is paused beyond its lease', async t => {
  await until(async () => (await holderOf('alerts')) !== undefined)
  const name = await holderOf('alerts')
  const leader = all.find(member => member.name === name)
  if (leader === undefined) throw new Error(`nobody is called ${name}`)
  process.kill(leader.node.pid, 'SIGSTOP')
  await until(async () => (await holderOf('alerts')) !== name && (await holderOf('alerts')) !== undefined)
  process.kill(leader.node.pid, 'SIGCONT')
  await agreed(...all)
  await alertedAnew()
  await everybodySaw()
  t.not(await holderOf('alerts'), name)
})

t.test('a node is killed, and comes back', async t => {
  await members.c.node.kill()
  await agreed(members.a, members.b)
  await members.c.start()
  await agreed(...all)
  await sentMore()
  await everybodySaw()
  t.pass()
})

t.test('after all of it everything is there once, and everybody has seen it', async t => {
  for (const load of loads) load.stop()
  const reports = await Promise.all(loads.map(load => load.report))
  for (const { node } of all) await settled(node)
  const acknowledged = reports.reduce((sum, report) => sum + report.acknowledged, 0)
  t.ok(acknowledged > 3_000, `${acknowledged} events were acknowledged`)

  await everybodySaw()
  for (const [name, { seen, gaps }] of watchers) {
    t.pass(`the dashboard on ${name} knows all ${seen.size} events, after ${gaps()} gaps`)
  }
  const issues = async () =>
    (
      await sql`select from issues i where project_id = any(${projects}::bigint[])
        and not exists (select from alerts a where a.subject = i.id::text)`
    ).length
  await until(async () => (await issues()) === 0)
  t.equal(
    (await sql`select from alerts group by rule_id, subject having count(*) > 1`).length,
    0,
    'no alert was fired twice'
  )
  t.same(await problemsOf(url, ...loads), [])
  for (const { node } of all) t.notMatch(node.output(), /a process crashed/, 'no process has crashed')
})
