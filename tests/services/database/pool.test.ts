// Goal: callers wait for a connection: where the pool is full, and where the server gives no more than a limit allows;
// a node with a role of ten connections serves forty readers at once and stores events meanwhile. Only who waited in
// vain gets an error, which does not say that the database is away. Method: roles with limits, a whole node.
import t, { type Test } from 'tap'
import { isBusy, isUnavailable } from '../../../services/database/errors.ts'
import { connect, type Sql } from '../../../services/database/sql.ts'
import { sharesOf } from '../../../supervisors/database-pools.ts'
import { apiUnderTest } from '../../support/api.ts'
import { testDatabase } from '../../support/database.ts'
import { limitedRole } from '../../support/roles.ts'

async function limited(t: Test, connections: number): Promise<{ url: string; sql: Sql }> {
  const database = await testDatabase(t, { migrated: false })
  return { sql: database.sql, url: await limitedRole(t, database, { connections }) }
}

t.test('connections are dealt out, and all of a small number too', async t => {
  t.same(sharesOf(20), { leases: 2, api: 8, rest: 7 })
  t.same(sharesOf(10), { leases: 1, api: 3, rest: 3 })
  for (let connections = 8; connections < 60; connections++) {
    const { leases, api, rest } = sharesOf(connections)
    t.equal(leases + api + rest + 3, connections)
    t.ok(Math.min(api, rest) >= 2, `${connections}`)
  }
})

t.test('a pool makes do with what a role allows, and says so once', async t => {
  const { url } = await limited(t, 3)
  const told: string[] = []
  const sql = connect({ url, max: 10, onWait: text => told.push(text) })
  t.teardown(async () => sql.end())
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => await sql`select ${index}::int as index, pg_sleep(0.02)::text`)
  )
  t.same(
    answers.map(([row]) => row?.index),
    Array.from({ length: 40 }, (_, index) => index)
  )
  t.equal(told.length, 1)
  t.match(told[0], /PostgreSQL gives no more connections \(too many connections for role .+ wait for one of/)
})

t.test('a full pool is told apart from a database that is away', async t => {
  const { url } = await limited(t, -1)
  const told: string[] = []
  const sql = connect({ url, max: 1, onWait: text => told.push(text) })
  t.teardown(async () => sql.end())
  const held = await sql.reserve()
  const error: unknown = await sql`select 1`.catch((error: unknown) => error)
  held.release()
  t.match(error, { code: 'POOL_BUSY', message: /none of 1 connections to PostgreSQL became free in time/ })
  t.same([isBusy(error), isUnavailable(error)], [true, true])
  t.match(told, [/^all connections to PostgreSQL are in use: 1 callers wait/])
  t.same((await sql`select 1 as one`)[0], { one: 1 })
})

t.test('a role that has no connection left is waited for', async t => {
  const { url } = await limited(t, 1)
  const [one, other] = [connect({ url, max: 1 }), connect({ url, max: 1 })]
  t.teardown(async () => other.end())
  const held = await one.reserve()
  const waiting = other`select 1 as one`.then(([row]) => row)
  await held`select pg_sleep(0.5)`
  held.release()
  await one.end()
  t.same(await waiting, { one: 1 })
})

for (const connections of ['10', '20']) {
  t.test(`a role of 10 connections serves 40 readers of a node that would open ${connections}`, async t => {
    const database = await limited(t, 10)
    const node = await apiUnderTest(t, { database, env: { MESHER_DATABASE_CONNECTIONS: connections } })
    const reader = await node.user('member')
    const send = async (message: string): Promise<number> => {
      const response = await fetch(`${node.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'X-Mesher-Key': node.key },
        body: JSON.stringify({ message })
      })
      return response.status
    }
    const path = `/api/v1/projects/${node.projectId}/issues`
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const statuses: number[] = []
        for (let round = 0; round < 3; round++) {
          statuses.push((await reader.get(path)).status, await send(`reader ${'abcdefghij'[index % 10]}`))
        }
        return statuses
      })
    )
    t.same(new Set(answers.flat()), new Set([200, 202]))
    t.equal((await node.sql`select from events`).length, 120)
    const warned = node.log.filter(line => line.includes('allows 10 connections'))
    t.equal(warned.length, connections === '10' ? 0 : 1)
  })
}
