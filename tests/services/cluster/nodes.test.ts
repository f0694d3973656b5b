// Goal: the list of nodes says which nodes are alive and since when. It forgets earlier runs of a node, nodes of long
// ago and nodes that stopped in good order. Method: rows are written and aged in a database of the test's own.
import t from 'tap'
import type { NodeReport } from '../../../schema/nodes.ts'
import { forgetNodes, listNodes, noteNode, removeNode } from '../../../services/cluster/nodes.ts'
import { testDatabase } from '../../support/database.ts'

const { sql } = await testDatabase(t)
const report = (name: string, incarnation: number, more: Partial<NodeReport> = {}): NodeReport => ({
  name,
  incarnation,
  address: `${name}:1`,
  load: 0.5,
  links: [],
  routes: [],
  refused: [],
  isLeaving: false,
  ...more
})

const running = (version: string) => ({ version, process: { host: 'h', pid: 7, boot: null } })
const refused = [{ name: 'x', address: 'x:1', why: 'it is another' }]

t.test('each report replaces the one before', async t => {
  await noteNode(sql, report('a', 1), running('1.0'))
  await noteNode(
    sql,
    report('b', Date.now(), { address: null, links: ['a', 'c'], routes: [{ to: 'a', share: 0.25 }], refused }),
    running('1.1')
  )
  await noteNode(sql, report('a', 1, { load: 0.75 }), running('1.0'))
  t.match(await listNodes(sql), [
    {
      name: 'a',
      incarnation: 1,
      address: 'a:1',
      load: 0.75,
      version: '1.0',
      links: [],
      routes: [],
      refused: [],
      host: 'h',
      pid: 7,
      startedAt: Date,
      seenMsAgo: Number
    },
    { name: 'b', address: null, links: ['a', 'c'], routes: [{ to: 'a', share: 0.25 }], refused, version: '1.1' }
  ])
})

t.test('the age is told by the clock of the database', async t => {
  await sql`update nodes set seen_at = clock_timestamp() - interval '1 minute' where name = 'a'`
  const [a, b] = await listNodes(sql)
  t.ok((a?.seenMsAgo ?? 0) >= 60_000)
  t.ok((b?.seenMsAgo ?? Infinity) < 60_000)
})

t.test('of a node the latest run is listed while it is there, and earlier ones are forgotten', async t => {
  const listed = async () => (await listNodes(sql)).find(({ name }) => name === 'a')?.incarnation
  await noteNode(sql, report('a', 2), running('1.0'))
  await noteNode(sql, report('a', 1), running('1.0'))
  t.equal(await listed(), 2, 'the one that reported last')
  await sql`update nodes set seen_at = clock_timestamp() - interval '1 minute' where name = 'a' and incarnation = 2`
  t.equal(await listed(), 1)
  await noteNode(sql, report('a', 2), running('1.0'))
  await forgetNodes(sql, report('a', 2))
  t.equal((await sql`select from nodes where name = 'a'`).length, 1)
})

t.test('who said nothing for a day is forgotten, and who leaves too', async t => {
  await sql`update nodes set seen_at = clock_timestamp() - interval '25 hours' where name = 'b'`
  await forgetNodes(sql, report('a', 2))
  t.match(await listNodes(sql), [{ name: 'a' }])
  await removeNode(sql, report('a', 1))
  t.equal((await listNodes(sql)).length, 1, 'another run')
  await removeNode(sql, report('a', 2))
  t.same(await listNodes(sql), [])
})
