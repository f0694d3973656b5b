// Goal: a node that met a read-only database (a failover, a maintenance) says why it spools, and commits again by
// itself when the database takes writes, with the sessions that it opened meanwhile.
// Method: a node on a database that is set read-only while all its sessions are cut, and back.
import t from 'tap'
import { readiness } from '../../supervisors/readiness.ts'
import { runningNode } from '../support/running-node.ts'
import { until } from './support/node.ts'

t.test('spools while the database is read-only, and commits when it is not any more', async t => {
  const { url, key, sql, running } = await runningNode(t)
  const send = async () =>
    (
      await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ message: 'sent' })
      })
    ).status
  const storage = async () => (await readiness(running.mesh)).checks.find(({ name }) => name === 'storage')
  t.equal(await send(), 202)

  const [row] = await sql`select current_database() as name`
  const name = String(row?.name)
  await sql`alter database ${sql(name)} set default_transaction_read_only = on`
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and pid <> pg_backend_pid()`
  await until(async () => (await send()) === 202 && (await storage())?.detail.includes('read-only') === true)
  t.match(await storage(), { ok: true, detail: /^events are spooled .* takes no events since .*read-only/ })

  await sql`alter database ${sql(name)} reset default_transaction_read_only`
  await until(async () => (await storage())?.detail === 'the database takes events')
  t.equal(await send(), 202)
  await until(async () => (await storage())?.detail === 'the database takes events')
  t.ok((await sql`select from events`).length >= 3)
})
