// Goal: the poison events of a batch are found, all of them and no others, without leaving a trace. An error that is
// not about the data blames no event. Method: real refusals: NUL in a text, an id that is taken.
import t from 'tap'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { findPoison } from '../../../services/commit/isolate-poison.ts'
import { isDataError } from '../../../services/database/errors.ts'
import { databaseForEvents, eventId, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const options = { node: 'test', deadlineMs: 30_000 }

t.test('finds every event that is refused by itself, and stores nothing', async t => {
  const sql = await databaseForEvents(t)
  const taken = preparedEvent()
  await commitBatches(sql, [preparedBatch([taken])], options)
  const good = Array.from({ length: 21 }, (_, index) =>
    preparedEvent({ issue: `${index % 4}`, eventId: index % 2 === 0 ? eventId() : null })
  )
  const culprits = [
    preparedEvent({ message: 'a\0b' }),
    preparedEvent({ release: 'a\0b' }),
    preparedEvent({ issue: 'new', title: 'a\0b' }),
    preparedEvent({ id: taken.id, receivedAt: taken.receivedAt })
  ]
  const events = [...good]
  for (const [index, culprit] of culprits.entries()) events.splice(index * 6 + 1, 0, culprit)
  const batch = preparedBatch(events)

  const error = await commitBatches(sql, [batch], options).catch((error: unknown) => error)
  t.ok(isDataError(error), String(error))
  const found = await findPoison(sql, batch)

  t.same(found.map(({ id }) => id).sort(), culprits.map(({ id }) => id).sort())
  t.ok(found.every(({ error }) => error.length > 0))
  t.match(
    (
      await sql`
        select (select count(*) from events)::int as events, (select count(*) from ledger)::int as batches,
          (select count(*) from issues)::int as issues`
    )[0],
    {
      events: 1,
      batches: 1,
      issues: 1
    }
  )

  const innocent = { ...batch, events: batch.events.filter(({ id }) => !found.some(culprit => culprit.id === id)) }
  const [committed] = await commitBatches(sql, [innocent], options)
  t.equal(committed?.stored.length, 21)
})

t.test('finds no poison in a batch that is fine, whatever this process believed before', async t => {
  const sql = await databaseForEvents(t)
  const id = eventId()
  await commitBatches(sql, [preparedBatch([preparedEvent({ eventId: id })])], options)
  await sql`update issues set status = 'discarded', substatus = ''`
  t.same(
    await findPoison(
      sql,
      preparedBatch([preparedEvent({ eventId: id }), preparedEvent(), preparedEvent({ issue: 'new' })])
    ),
    []
  )
})

t.test('blames no event when the day has no partition', async t => {
  const sql = await databaseForEvents(t)
  await t.rejects(findPoison(sql, preparedBatch([preparedEvent({ receivedAt: Date.now() - 40 * 86_400_000 })])), {
    code: '23514'
  })
})
