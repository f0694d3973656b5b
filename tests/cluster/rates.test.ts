// Goal: a rate limit is one for all nodes together, also for a node that joins later and for nodes that were apart.
// Method: whole nodes in one process; a project that may send 40 events a minute; what was admitted is counted.
import t from 'tap'
import type { Sql } from '../../services/database/sql.ts'
import { clusterOf, clusterNode, overProxy, reports, sendEvent, until, type ClusterNode } from './support.ts'

const limit = 40

async function limited(sql: Sql): Promise<void> {
  await sql`update projects set rate_limit_per_minute = ${limit}`
}

/** How many of so many requests one after the other are admitted. */
async function admitted(node: ClusterNode, count: number): Promise<number> {
  let accepted = 0
  for (let n = 0; n < count; n++) if ((await sendEvent(node, 'limited')).status === 202) accepted += 1
  return accepted
}

/** The nodes know the new limit, and what others have taken. */
async function toldOf(nodes: readonly ClusterNode[]): Promise<void> {
  await until(async () => {
    const statuses = await Promise.all(nodes.map(async node => (await sendEvent(node, 'one more')).status))
    return statuses.every(status => status === 429)
  })
}

t.test('two nodes admit together what one may', async t => {
  const [a, b] = await clusterOf(t, ['a', 'b'])
  if (a === undefined || b === undefined) throw new Error('there are two')
  await limited(a.sql)
  // The limit comes with the keys, which are read every two seconds.
  await until(async () => (await admitted(a, limit * 2)) < limit * 2)
  // Not asked again after it: a token comes back every one and a half seconds.
  await toldOf([a, b])
  t.pass('what was taken here is gone there')

  const c = await clusterNode(t, 'c', { url: a.databaseUrl, sql: a.sql })
  await until(async () => (await reports(c)).length === 3)
  await toldOf([c])
  t.pass('a node that comes later does not begin with a full bucket')
})

t.test('nodes that were apart go on with the emptier bucket', async t => {
  const { one, other, way } = await overProxy(t)
  await limited(one.sql)
  way.cut()
  await until(async () => (await reports(one)).length === 1)
  await until(async () => (await admitted(one, limit * 2)) < limit * 2)
  way.heal()
  await toldOf([one, other])
  t.pass()
})
