// Goal: what every caller relies on from a connection.
// Method: a real server.
import t from 'tap'
import { testDatabase } from '../support/database.ts'

t.test('answers ids as numbers and times as dates', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const [row] = await sql`select 9007199254740991::bigint as id, array[1, 2]::bigint[] as ids, '2024-01-02T03:04:05Z'::timestamptz as at`
  t.same(row, { id: 9007199254740991, ids: [1, 2], at: new Date('2024-01-02T03:04:05Z') })
})

t.test('gives every caller a migrated database of its own', async t => {
  const { sql } = await testDatabase(t)
  const [row] = await sql<{ count: number }[]>`select count(*) from migrations`
  t.ok(row && row.count > 0)
})
