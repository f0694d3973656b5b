// Goal: no session outlives the time in which its server took no writes: neither one that was refused a write, nor one
// of a standby that reads were sent to. Method: a database that is set read-only and back, a real standby that is
// promoted; the process ids of backends say which session is which.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { connect, type Sql } from '../../../services/database/sql.ts'
import { startEmbedded } from '../../../services/database/postgres/embedded.ts'
import { requireWritable } from '../../../services/database/writable.ts'
import { closeWires } from '../../../services/database/wire/pool.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { otherPool } from '../../support/database.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { testFolder, until } from '../../faults/support/node.ts'

async function pidOf(sql: Sql): Promise<unknown> {
  return (await sql`select pg_backend_pid() as pid`)[0]?.pid
}

t.test('sessions that were opened while the database was read-only are not used again', async t => {
  const admin = await databaseForEvents(t)
  const sql = otherPool(t, admin)
  const commit = () => commitBatches(sql, [preparedBatch([preparedEvent()])], { node: 'test', deadlineMs: 10_000 })
  const [row] = await admin`select current_database() as name`
  const name = String(row?.name)

  await admin`alter database ${admin(name)} set default_transaction_read_only = on`
  await t.rejects(requireWritable(sql), { code: 'READ_ONLY' })
  await t.rejects(commit(), { code: '25006' })
  await t.rejects(sql`update projects set name = 'changed'`.then(), { code: '25006' })
  t.equal((await sql`select from projects`).length > 0, true, 'reads go on')

  await admin`alter database ${admin(name)} reset default_transaction_read_only`
  await requireWritable(sql)
  t.match(await commit(), [{ alreadyCommitted: false }])
  await sql`update projects set name = 'changed'`
  t.equal(await pidOf(sql), await pidOf(sql), 'sessions are kept again')
})

t.test('sessions on a standby are closed after their use, and kept once it is promoted', async t => {
  const server = await startEmbedded({ dataDir: await testFolder(t) })
  t.teardown(() => server.stop())
  await writeFile(path.join(server.cluster, 'standby.signal'), '')
  const lost = new Promise(resolve => {
    server.onLost(resolve)
  })
  process.kill(server.pid(), 'SIGINT')
  await lost
  const promoted = server.restart()
  const sql = connect({ url: server.url, max: 2 })
  t.teardown(async () => {
    closeWires(sql)
    await sql.end({ timeout: 1 })
  })
  await until(async () => (await sql`select 1`.catch(() => [])).length === 1)
  t.match(await sql`select pg_is_in_recovery() as is_standby`, [{ is_standby: true }])
  t.not(await pidOf(sql), await pidOf(sql))
  await t.rejects(requireWritable(sql), { code: 'READ_ONLY' })

  await sql`select pg_promote()`
  await promoted
  await requireWritable(sql)
  t.equal(await pidOf(sql), await pidOf(sql))
})
