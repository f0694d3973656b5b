// Goal: a node over its load limit lets the quietest one process a share of its batches, takes them back when its load
// is gone, and loses and doubles nothing when that node goes while it has some. Method: whole nodes in one process
// whose load the test sets; the ledger says who committed a batch.
import t from 'tap'
import type { TreeDeps } from '../../supervisors/deps.ts'
import { clusterOf, overProxy, reports, sendEvents, until, type ClusterNode } from './support.ts'

type Loads = Record<string, number>

const loaded = (loads: Loads) => ({
  override: (deps: TreeDeps, name: string): TreeDeps => ({ ...deps, measureLoad: () => loads[name] ?? 0 })
})

async function routeOf(node: ClusterNode): Promise<string | undefined> {
  const [own] = await reports(node)
  return own?.routes[0]?.to
}

async function committedBy({ sql }: ClusterNode): Promise<string[]> {
  const rows = await sql<{ node: string }[]>`select distinct node from ledger order by node`
  return rows.map(({ node }) => node)
}

async function problems({ sql }: ClusterNode, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from events`
  const stored = rows.map(({ id }) => id)
  return [
    ...ids.filter(id => !stored.includes(id)).map(id => `${id} is missing`),
    ...(stored.length === new Set(stored).size ? [] : ['events are there twice'])
  ]
}

t.test('batches go to the quietest node while there is too much to do, and come back', async t => {
  const loads: Loads = { a: 0, b: 0.4, c: 0.1 }
  const [a, b, c] = await clusterOf(t, ['a', 'b', 'c'], loaded(loads))
  if (a === undefined || b === undefined || c === undefined) throw new Error('there are three')
  loads.a = 0.95
  await until(async () => (await routeOf(a)) === 'c')
  const ids: string[] = []
  await until(async () => {
    ids.push(...(await sendEvents(a, ['routed'])))
    return (await committedBy(a)).includes('c')
  })
  t.notOk((await committedBy(a)).includes('b'))
  t.equal(await routeOf(c), undefined)
  await until(async () =>
    (await reports(b)).some(({ name, routes }) => name === 'a' && routes.some(({ to }) => to === 'c'))
  )

  loads.a = 0.2
  await until(async () => (await routeOf(a)) === undefined)
  await a.sql`truncate ledger`
  ids.push(
    ...(await sendEvents(
      a,
      Array.from({ length: 20 }, () => 'at home again')
    ))
  )
  t.same(await committedBy(a), ['a'])
  t.same(await problems(a, ids), [])
})

t.test('a node that leaves gets no more, and one that is lost has its batches processed again', async t => {
  const loads: Loads = { one: 0.99, other: 0 }
  const { one, other, way } = await overProxy(t, loaded(loads))
  await until(async () => (await routeOf(one)) === 'other')
  const ids: string[] = []
  for (let cuts = 0; cuts < 3; cuts++) {
    await until(async () => {
      ids.push(...(await sendEvents(one, ['over there', 'or here'])))
      return (await committedBy(one)).includes('other')
    })
    const sending = sendEvents(
      one,
      Array.from({ length: 50 }, () => 'on its way')
    )
    way.cut()
    ids.push(...(await sending))
    await until(async () => (await reports(one)).length === 1)
    ids.push(...(await sendEvents(one, ['alone'])))
    await one.sql`truncate ledger`
    way.heal()
    await until(async () => (await routeOf(one)) === 'other')
  }
  t.same(await problems(one, ids), [])

  const sending = sendEvents(
    one,
    Array.from({ length: 50 }, () => 'while it leaves')
  )
  await other.running.stop()
  ids.push(...(await sending), ...(await sendEvents(one, ['after it left'])))
  t.same(await problems(one, ids), [])
  t.same(
    [...one.log, ...other.log].filter(line => line.includes('crashed')),
    []
  )
})
