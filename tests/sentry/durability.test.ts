// Goal: events and feedback that were answered with 200 are stored once, also when the database was down or the server
// was killed. Method: a node in a process of its own that is killed right after an answer; a node whose commits fail
// until the test lets them through.
import t from 'tap'
import { findRunning } from '../../services/database/postgres/embedded.ts'
import { createProject } from '../../services/accounts/projects.ts'
import { connect } from '../../services/database/sql.ts'
import { freePort, startNode, testFolder } from '../faults/support/node.ts'
import { envelope, eventEnvelope, newEventId, projectId, publicKey, sentryNode } from './support.ts'

const address = `/api/${projectId}/envelope/?sentry_key=${publicKey}`

function withReport(eventId: string): Buffer<ArrayBuffer> {
  return envelope(
    { event_id: eventId },
    { headers: { type: 'event' }, payload: '{"message":"durable"}' },
    {
      headers: { type: 'user_report' },
      payload: JSON.stringify({ event_id: eventId, name: 'Ann', comments: 'It broke' })
    }
  )
}

t.test('a server that is killed right after its answer has the event after the restart', async t => {
  const dataDir = await testFolder(t)
  const port = await freePort()
  const node = await startNode(t, { dataDir, port })
  const database = await findRunning(dataDir)
  t.ok(database)
  if (database === null) return
  const sql = connect({ url: database.url, max: 1 })
  await createProject(sql, { name: 'Captured', id: projectId, key: publicKey })
  await sql.end()

  const eventId = newEventId()
  const response = await fetch(node.url + address, { method: 'POST', body: withReport(eventId) })
  t.same(await response.json(), { id: eventId })
  await node.kill()

  const next = await startNode(t, { dataDir, port })
  const again = await fetch(next.url + address, { method: 'POST', body: withReport(eventId) })
  t.equal(again.status, 200, 'sent again, as a client without an answer would')
  const after = connect({ url: (await findRunning(dataDir))?.url ?? '', max: 1 })
  const counts = async () =>
    (
      await after<{ events: number; feedback: number }[]>`
        select (select count(*)::int from events where message = 'durable') as events,
          (select count(*)::int from user_feedback) as feedback`
    )[0]
  // An event that the database did not take within a second is in the spool when it is answered.
  while (Object.values((await counts()) ?? {}).includes(0)) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  t.match(await counts(), { events: 1, feedback: 1 })
  await after.end()
  await next.stop()
})

t.test('while the database takes no commits, envelopes go to disk with everything in them', async t => {
  let away = true
  const node = await sentryNode(t, {
    override: deps => ({
      ...deps,
      commit: async batches => {
        if (away) throw Object.assign(new Error('the test keeps the database away'), { code: 'ECONNREFUSED' })
        return await deps.commit(batches)
      },
      probe: async () => {
        if (away) throw new Error('the test keeps the database away')
        return await deps.probe()
      }
    })
  })
  const eventId = newEventId()
  t.match(await node.send(withReport(eventId)), { status: 200, body: { id: eventId } }, 'it is on disk')
  t.match(
    await node.send(
      envelope(
        { event_id: newEventId() },
        { headers: { type: 'user_report' }, payload: '{"comments":"about nothing"}' }
      )
    ),
    { status: 200 }
  )
  t.equal(await node.stored(eventId), undefined)

  away = false
  while ((await node.stored(eventId)) === undefined) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  t.match(await node.stored(eventId), { title: 'durable', count: 1 })
  t.match(await node.send(eventEnvelope({ message: 'durable' }, { event_id: eventId })), {
    status: 200,
    body: { id: eventId }
  })
  t.match(await node.stored(eventId), { count: 1 })
  // Each answer has its own file in the spool: the one of the event is read before the one that is only a report.
  const feedback = async () =>
    (await node.sql<{ message: string }[]>`select message from user_feedback order by message`).map(
      ({ message }) => message
    )
  while ((await feedback()).length < 2) {
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
  t.same(await feedback(), ['It broke', 'about nothing'])
})
