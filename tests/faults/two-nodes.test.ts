// Goal: of two nodes on one database exactly one evaluates rules, delivers and cleans; when it is killed, or does not
// move, the other takes over, with no alert missing and none fired twice. Method: nodes as processes, a webhook that
// keeps what it is told, new issues sent to the node that is there; then rows are counted.
import t from 'tap'
import { createRule } from '../../services/alerts/rules.ts'
import type { Sql } from '../../services/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { receiver } from '../support/receiver.ts'
import { freePort, startNode, testFolder, until, type NodeUnderTest, type Test } from './support/node.ts'

const leases = ['alerts', 'maintenance'] as const
const letters = 'abcdefghijklmnopqrstuvwxyz'

type Cluster = { sql: Sql; nodes: { first: NodeUnderTest; second: NodeUnderTest }; key: string; told: () => string[] }

async function cluster(t: Test): Promise<Cluster> {
  const { url, sql } = await testDatabase(t)
  const target = await receiver(t)
  const start = async (name: string): Promise<NodeUnderTest> =>
    startNode(t, {
      dataDir: await testFolder(t),
      port: await freePort(),
      databaseUrl: url,
      env: { MESHER_NODE_NAME: name, MESHER_WEBHOOK_ALLOW_PRIVATE: 'true' }
    })
  const nodes = { first: await start('first'), second: await start('second') }
  const [row] = await sql<{ public_key: string }[]>`select public_key from dsn_keys where project_id = 1`
  await createRule(
    sql,
    1,
    {
      name: 'New',
      isEnabled: true,
      condition: { type: 'new_issue' },
      filters: {},
      actions: [{ type: 'webhook', url: target.url }],
      cooldownMinutes: 60
    },
    Date.now()
  )
  return {
    sql,
    nodes,
    key: row?.public_key ?? '',
    told: () =>
      target.received.flatMap(({ body }) => {
        const { alerts }: { alerts: { id: string }[] } = JSON.parse(body)
        return alerts.map(({ id }) => id)
      })
  }
}

async function holderOf(sql: Sql, lease: (typeof leases)[number]): Promise<string | undefined> {
  const [row] = await sql<
    { holder: string }[]
  >`select holder from leases where name = ${lease} and expires_at > clock_timestamp()`
  return row?.holder.split(' ')[0]
}

async function send(node: NodeUnderTest, key: string, word: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const response = await fetch(`${node.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'X-Mesher-Key': key },
        body: JSON.stringify({ message: `${word} ${letters[index]}` })
      })
      if (response.status !== 202) throw new Error(await response.text())
    })
  )
}

/** So many events are in the database: what waits in the spool of a node goes with the node. */
async function committed(sql: Sql, count: number): Promise<void> {
  await until(async () => (await sql`select from events`).length === count)
}

/** Every issue has its one alert, and every alert was told. */
async function allTold({ sql, told }: Cluster, issues: number): Promise<boolean> {
  const alerts = await sql<{ id: string }[]>`select id from alerts`
  const ids = new Set(told())
  return alerts.length >= issues && alerts.every(({ id }) => ids.has(id))
}

async function doubled(sql: Sql): Promise<number> {
  return (await sql`select from alerts group by rule_id, subject having count(*) > 1`).length
}

t.test('one leads; when it is killed the other takes over, and nothing is missed or doubled', async t => {
  const world = await cluster(t)
  const { sql, nodes, key } = world
  for (const lease of leases) await until(async () => (await holderOf(sql, lease)) !== undefined)
  for (let round = 0; round < 2; round++) {
    await send(nodes.first, key, `round ${letters[round]} of the first`, 4)
    await send(nodes.second, key, `round ${letters[round]} of the second`, 4)
    await until(() => allTold(world, 8 * (round + 1)))
  }
  t.equal((await sql`select from leases`).length, leases.length)
  t.match(await sql`select distinct epoch from leases`, [{ epoch: 1 }], 'nobody else has ever held one')

  const leader = (await holderOf(sql, 'alerts')) ?? ''
  const [left] = await sql<
    { ms: number }[]
  >`select max(extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as ms from leases`
  t.ok((left?.ms ?? Infinity) <= 9_000, 'whatever happens, others may take over within nine seconds')
  const [killed, survivor] = leader === 'first' ? [nodes.first, nodes.second] : [nodes.second, nodes.first]
  if (killed === undefined || survivor === undefined) throw new Error(`nobody is called ${leader}`)
  // Committed by who is killed at once: nobody has told the leader, and the rows wait.
  await send(killed, key, 'last words', 4)
  await committed(sql, 20)
  await killed.kill()
  await send(survivor, key, 'survived', 4)
  await until(async () => (await holderOf(sql, 'alerts')) !== leader && (await holderOf(sql, 'alerts')) !== undefined)
  await until(() => allTold(world, 24))
  t.equal(await doubled(sql), 0)
  t.equal((await world.sql`select from alerts`).length, 24)
  await survivor.stop()
  t.equal(await holderOf(sql, 'alerts'), undefined, 'who stops in good order gives its leases back')
})

t.test('a leader that was paused wakes up to find itself replaced, and writes nothing', async t => {
  const world = await cluster(t)
  const { sql, nodes, key } = world
  await until(async () => (await holderOf(sql, 'alerts')) !== undefined)
  const leader = (await holderOf(sql, 'alerts')) ?? ''
  const [paused, other] = leader === 'first' ? [nodes.first, nodes.second] : [nodes.second, nodes.first]
  if (paused === undefined || other === undefined) throw new Error(`nobody is called ${leader}`)
  await send(paused, key, 'before the pause', 4)
  await committed(sql, 4)
  process.kill(paused.pid, 'SIGSTOP')
  t.teardown(() => {
    process.kill(paused.pid, 'SIGCONT')
  })
  await send(other, key, 'in the pause', 4)
  await until(() => allTold(world, 8))
  process.kill(paused.pid, 'SIGCONT')
  await until(
    () =>
      paused.output().includes('the lease is held elsewhere') ||
      paused.output().includes('the lease could not be renewed')
  )
  await send(paused, key, 'after the pause', 4)
  await until(() => allTold(world, 12))
  t.equal(await doubled(sql), 0)
  t.not(await holderOf(sql, 'alerts'), leader)
})
