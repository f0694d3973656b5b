// Goal: a node whose clock is 45 days ahead destroys nothing: it does not lead, nothing expires by its clock, what it
// receives has the right time, and operators can see what is wrong.
// Method: a node as a process in which Date is ahead, on a database with events of 30 days.
import t from 'tap'
import { ensureDefaults } from '../../services/accounts/projects.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { ensureEventPartitions } from '../../services/database/partitions.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { testDatabase } from '../support/database.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'
import { freePort, startNode, testFolder, until } from './support/node.ts'

const dayMs = 86_400_000
const program = `const now = Date.now; Date.now = () => now() + 45 * ${dayMs}`
const ahead = `data:text/javascript,${encodeURIComponent(program)}`

t.test('a clock that is 45 days ahead takes no event', async t => {
  const { sql, url: databaseUrl } = await testDatabase(t)
  t.teardown(async () => closeWires(sql))
  const { publicKey } = await ensureDefaults(sql)
  const now = Date.now()
  await ensureEventPartitions(sql, { retentionDays: 30, from: now - 29 * dayMs, to: now })
  const events = Array.from({ length: 30 }, (_, day) => preparedEvent({ receivedAt: now - day * dayMs }))
  await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 10_000 })

  const wrong = await startNode(t, {
    dataDir: await testFolder(t),
    port: await freePort(),
    databaseUrl,
    env: { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${ahead}`, MESHER_NODE_NAME: 'wrong' }
  })
  await until(async () => (await wrong.ready()).checks.some(({ detail }) => /3888\d{3} s ahead/.test(detail)))
  t.equal((await wrong.ready()).status, 200, 'it takes events all the same')
  // Not rounded, unlike the texts: it may be some milliseconds below the whole.
  await until(async () => {
    const metrics = await (await fetch(`${wrong.url}/metrics`)).text()
    const skewS = Number(/^mesher_clock_skew_seconds (\S+)/m.exec(metrics)?.[1])
    return skewS > 3_887_999 && skewS < 3_889_000
  })
  t.match(wrong.output(), /clock is 3888\d{3} s ahead of the database's/)

  const right = await startNode(t, {
    dataDir: await testFolder(t),
    port: await freePort(),
    databaseUrl,
    env: { MESHER_NODE_NAME: 'right' }
  })
  await until(async () => (await sql`select from leases where holder like 'right %'`).length === 2)
  t.same([...(await sql`select holder from leases where holder like 'wrong %'`)], [])

  const sent = await fetch(`${wrong.url}/api/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${publicKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'from a node with a wrong clock' })
  })
  t.equal(sent.status, 202)
  const times = await sql`
    select abs(extract(epoch from received_at - now())) < 3600 as fits from events where message like 'from a node %'`
  t.same([...times], [{ fits: true }])
  t.equal((await sql`select from events`).length, 31)
  await right.stop()
  await wrong.stop()
})
