// Goal: the index of words gives up where it should, and says why.
// Method: more rows than it may find; a table that another session holds locked, so that time runs out for certain.
import t from 'tap'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { scanIndex } from '../../../services/search/event-scan.ts'
import { leastId } from '../../../services/search/event-windows.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { scopeOf, where } from '../../support/search.ts'

const dayMs = 86_400_000

async function found(sql: Sql, { matchingMax = 10, wanted = 10, deadlineMs = 30_000 } = {}): Promise<string | number> {
  const now = Date.now()
  const scan = await scanIndex(
    sql,
    scopeOf(sql, { where: where('word') }),
    { before: { at: now + 1_000, id: leastId }, from: now - dayMs },
    { matchingMax, wanted, deadlineMs }
  )
  return scan.kind === 'complete' ? scan.rows.length : scan.kind
}

t.test('as many rows as it may find are complete, one more is too many', async t => {
  const sql = await databaseForEvents(t)
  const events = Array.from({ length: 5 }, (_, index) =>
    preparedEvent({ message: 'word', receivedAt: Date.now() - index })
  )
  await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 30_000 })
  t.equal(await found(sql, { matchingMax: 5 }), 5)
  t.equal(await found(sql, { matchingMax: 5, wanted: 2 }), 2)
  t.equal(await found(sql, { matchingMax: 4 }), 'too_many')
})

t.test('out of time it is too slow, and its connection is as good as before', async t => {
  const sql = await databaseForEvents(t)
  await sql.begin(async locking => {
    await locking`lock table events in access exclusive mode`
    t.equal(await found(sql, { deadlineMs: 50 }), 'too_slow')
  })
  t.equal(await found(sql), 0)
  t.match(await sql`show enable_seqscan`, [{ enable_seqscan: 'on' }])
})

t.test('any other failure is one', async t => {
  const sql = await databaseForEvents(t)
  await sql`alter table events rename to elsewhere`
  await t.rejects(found(sql), { code: '42P01' })
})
