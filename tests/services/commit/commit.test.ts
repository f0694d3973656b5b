// Goal: a group of batches is committed whatever is in it: feedback comes with its batch, a day gets its partition, and
// a poison event is set aside without holding up another. Method: real refusals by PostgreSQL; the rows, and the audit,
// say what happened.
import t from 'tap'
import type { PreparedFeedback } from '../../../schema/pipeline.ts'
import { commit } from '../../../services/commit/commit.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { listInbox } from '../../../services/issues/feedback.ts'
import { databaseForEvents, eventId, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const options = { node: 'test', deadlineMs: 30_000, now: Date.now, quarantinedCharsMax: 10 }

function feedbackAbout(id: string | null): PreparedFeedback {
  return {
    id: eventId(),
    projectId: 1,
    eventId: id,
    receivedAt: Date.now(),
    name: 'Ann',
    email: '',
    message: 'words',
    url: '',
    environment: '',
    release: ''
  }
}

t.test('a batch is committed with its feedback, and may come again', async t => {
  const sql = await databaseForEvents(t)
  const event = preparedEvent({ eventId: eventId() })
  const batch = preparedBatch([event], { feedback: [feedbackAbout(event.eventId), feedbackAbout(null)] })
  for (const alreadyCommitted of [false, true]) {
    const [committed, other] = await commit(sql, [batch, preparedBatch([preparedEvent()])], options)
    t.equal(committed?.alreadyCommitted, alreadyCommitted)
    t.same(
      committed?.outcomes.map(({ outcome }) => outcome),
      ['stored', 'stored', 'stored'],
      'each of its ids has an outcome'
    )
    t.equal(other?.outcomes.length, 1, 'a batch without feedback has its events alone')
  }
  t.equal((await listInbox(sql, { projectId: 1, state: null, limit: 9, before: null })).length, 2)
})

t.test('a day without a partition gets one', async t => {
  const sql = await databaseForEvents(t)
  const old = preparedEvent({ receivedAt: Date.now() - 20 * 86_400_000, retentionDays: 90 })
  const [committed] = await commit(sql, [preparedBatch([old, preparedEvent()])], options)
  t.equal(committed?.stored.length, 2)
  t.same(await audit(sql), [])
})

t.test('a poison event is quarantined, and all others of its group are stored', async t => {
  const sql = await databaseForEvents(t)
  const poison = preparedEvent({ message: 'a\0b', payload: '{"message":"a long text"}' })
  const old = preparedEvent({ receivedAt: Date.now() - 20 * 86_400_000, retentionDays: 90 })
  const batches = [
    preparedBatch([preparedEvent(), preparedEvent()]),
    preparedBatch([preparedEvent(), poison, old], { feedback: [feedbackAbout(null)] }),
    preparedBatch([preparedEvent()])
  ]

  const committed = await commit(sql, batches, options)

  t.same(
    committed.map(({ id }) => id),
    batches.map(({ id }) => id)
  )
  t.same(
    committed.map(({ outcomes }) => outcomes.map(({ outcome }) => outcome).sort()),
    [['stored', 'stored'], ['quarantined', 'stored', 'stored', 'stored'], ['stored']]
  )
  t.match(
    [...(await sql`select id, error, body from quarantined_events`)],
    [{ id: poison.id, error: /invalid byte sequence/, body: '{"message"' }]
  )
  t.match(
    (await commit(sql, batches, options)).map(({ alreadyCommitted }) => alreadyCommitted),
    [true, true, true],
    'sent again, nothing is written'
  )
  t.same(await audit(sql), [])
})

t.test('a failure that is not about the data is thrown, and the same batches may be committed again', async t => {
  const sql = await databaseForEvents(t)
  const batch = preparedBatch([preparedEvent()])
  await sql`alter table rollup_deltas rename to away`
  await t.rejects(commit(sql, [batch], options), { code: '42P01' })
  await sql`alter table away rename to rollup_deltas`
  t.match(await commit(sql, [batch], options), [{ alreadyCommitted: false }])
  t.same(await audit(sql), [])
})
