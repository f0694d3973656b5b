// Goal: feedback is there once however often it is written, is found by either id of its event, and goes with the
// events of its project. Method: rows of chosen ages and ids, written by several at once.
import t from 'tap'
import type { PreparedFeedback } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { feedbackOfEvent, forgetFeedback, storeFeedback } from '../../../services/commit/feedback.ts'
import { listInbox } from '../../../services/issues/feedback.ts'
import { databaseForEvents, eventId, preparedBatch, preparedEvent } from '../../support/prepared.ts'

function feedback(id: number, others: Partial<PreparedFeedback> = {}): PreparedFeedback {
  return {
    id: `00000000-0000-8000-a000-${String(id).padStart(12, '0')}`,
    projectId: 1,
    eventId: null,
    receivedAt: Date.now() - id * 1_000,
    name: 'Ann',
    email: '',
    message: `words ${id}`,
    url: '',
    environment: '',
    release: '',
    ...others
  }
}

t.test('written by several at once, in any order, it is there once', async t => {
  const sql = await databaseForEvents(t)
  const rows = Array.from({ length: 20 }, (_, id) => feedback(id))
  await Promise.all(
    Array.from({ length: 6 }, (_, index) => storeFeedback(sql, index % 2 === 0 ? rows : rows.toReversed()))
  )
  await storeFeedback(sql, [])
  const all = await listInbox(sql, { projectId: 1, state: null, limit: 100, before: null })
  t.same(
    all.map(({ message }) => message),
    rows.map(({ message }) => message),
    'newest first'
  )
  const [, , third] = all
  const rest = await listInbox(sql, {
    projectId: 1,
    state: null,
    limit: 100,
    before: { receivedAt: third?.receivedAt.toISOString() ?? '', id: third?.id ?? '' }
  })
  t.equal(rest.length, all.length - 3)
  t.same(await listInbox(sql, { projectId: 2, state: null, limit: 100, before: null }), [], 'another project has none')
})

t.test('it is about the event that has its client id, whether it comes before or after', async t => {
  const sql = await databaseForEvents(t)
  const event = preparedEvent({ eventId: eventId() })
  await storeFeedback(sql, [feedback(1, { eventId: event.eventId }), feedback(2)])
  await commitBatches(sql, [preparedBatch([event])], { node: 'test', deadlineMs: 10_000 })
  const about = await feedbackOfEvent(sql, { projectId: 1, id: event.id, eventId: event.eventId })
  t.match(about, [{ message: 'words 1', eventId: event.eventId, storedEventId: event.id }])
  t.match(await listInbox(sql, { projectId: 1, state: null, limit: 9, before: null }), [
    { storedEventId: event.id },
    { storedEventId: null }
  ])

  await storeFeedback(sql, [feedback(3, { eventId: event.eventId })])
  await sql`delete from event_keys`
  const without = await feedbackOfEvent(sql, { projectId: 1, id: event.id, eventId: null })
  t.same(
    without.map(({ message }) => message),
    ['words 3'],
    'what came after its event knows it for good'
  )
})

t.test('it goes when the project no longer keeps events of its age', async t => {
  const sql = await databaseForEvents(t)
  await sql`update projects set retention_days = 60, retention_classes = '{30,60}' where id = 2`
  const dayMs = 86_400_000
  const ages = [29, 31, 59, 61]
  await storeFeedback(
    sql,
    ages.flatMap((days, index) =>
      [1, 2].map(projectId => feedback(index, { projectId, receivedAt: Date.now() - days * dayMs }))
    )
  )
  t.equal(await forgetFeedback(sql, { now: Date.now(), rowsMax: 2 }), 2)
  t.equal(await forgetFeedback(sql, { now: Date.now(), rowsMax: 9 }), 2)
  const left = await Promise.all(
    [1, 2].map(async projectId => (await listInbox(sql, { projectId, state: null, limit: 9, before: null })).length)
  )
  t.same(left, [1, 3])
})
