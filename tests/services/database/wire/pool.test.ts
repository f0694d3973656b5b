// Goal: who shares a writing connection and who has one alone, and that none is handed out that is broken.
// Method: the backends' process ids say which connection is which.
import t, { type Test } from 'tap'
import { connect, type Sql } from '../../../../services/database/sql.ts'
import type { WireConnection } from '../../../../services/database/wire/connection.ts'
import type { PreparedStatement } from '../../../../services/database/wire/pipeline.ts'
import { closeWires, withSharedWire, withWire } from '../../../../services/database/wire/pool.ts'
import { testDatabase } from '../../../support/database.ts'

const whoami: PreparedStatement = { name: 'whoami', text: 'select pg_backend_pid()' }

async function database(t: Test): Promise<Sql> {
  const { sql } = await testDatabase(t, { migrated: false, max: 4 })
  t.teardown(async () => closeWires(sql))
  return sql
}

async function pidOf(wire: WireConnection): Promise<string> {
  const [result] = await wire.run(
    pipeline => {
      pipeline.execute(whoami)
    },
    { deadlineMs: 20_000 }
  )
  return result?.rows[0]?.[0] ?? ''
}

t.test('two share a connection, a third gets another, and they are kept for later', async t => {
  const sql = await database(t)
  const both = await Promise.all([withSharedWire(sql, pidOf), withSharedWire(sql, pidOf), withSharedWire(sql, pidOf)])
  t.equal(new Set(both).size, 2)
  t.equal(both[0], both[1])
  t.ok(both.includes(await withSharedWire(sql, pidOf)))
})

t.test('a caller that wants a connection alone gets one that is not shared', async t => {
  const sql = await database(t)
  const [shared, first, second] = await Promise.all([
    withSharedWire(sql, pidOf),
    withWire(sql, pidOf),
    withWire(sql, pidOf)
  ])
  t.equal(new Set([shared, first, second]).size, 3)
})

t.test('a connection that ended is not handed out again', async t => {
  const sql = await database(t)
  for (const lend of [withSharedWire, withWire]) {
    const pid = await lend(sql, pidOf)
    await lend(sql, async wire => wire.close())
    t.not(await lend(sql, pidOf), pid)
  }
})

t.test('who cannot get a connection is told so, as is everybody after', async t => {
  const nowhere = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing', max: 1 })
  t.teardown(() => nowhere.end())
  for (const lend of [withSharedWire, withWire, withSharedWire]) {
    await t.rejects(lend(nowhere, pidOf), { code: 'NOT_CONNECTED' })
  }
})
