// Goal: an event whose processing throws harms no other: it is quarantined with its error and answered so, alone or
// among others that are under way at the same moment. Method: poisoned events in a stream of good ones, and one
// poisoned request among 255 that are sent at once.
import t from 'tap'
import { connect } from '../../services/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { addProjects, faultKeys, loadOn, problemsOf, settled } from './support/loaded.ts'
import { freePort, startNode, testFolder } from './support/node.ts'

const [key = ''] = faultKeys

async function send(url: string, message: string): Promise<{ status: number; outcome: string; id: string }> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': key },
    body: JSON.stringify({ message })
  })
  return { status: response.status, ...JSON.parse(await response.text()) }
}

t.test('poisoned events are quarantined while others are stored', async t => {
  const { url } = await testDatabase(t)
  const node = await startNode(t, { dataDir: await testFolder(t), port: await freePort(), databaseUrl: url })
  await addProjects(url)
  const load = loadOn(node.url, await testFolder(t))
  for (let poisoned = 0; poisoned < 5; poisoned++) {
    await load.acknowledgedMore(1_000)
    t.match(await send(node.url, 'poison'), { status: 202, outcome: 'quarantined' })
  }
  load.stop()
  const report = await load.report
  await settled(node)

  t.equal(report.unanswered, 0, 'nobody else lost an answer')
  t.same(report.refusals, {}, 'nobody else was refused')
  t.same(await problemsOf(url, load), [])
  await node.stop()
})

t.test('a throw in one request leaves 255 others alone', async t => {
  const { url } = await testDatabase(t)
  const node = await startNode(t, { dataDir: await testFolder(t), port: await freePort(), databaseUrl: url })
  await addProjects(url)

  const answers = await Promise.all(
    Array.from({ length: 256 }, (_, index) => send(node.url, index === 100 ? 'poison' : `fine ${index}`))
  )

  t.match(answers[100], { status: 202, outcome: 'quarantined' })
  t.equal(answers.filter(({ status, outcome }) => status === 202 && outcome === 'stored').length, 255)
  // What the database was slow to commit was acknowledged by the spool.
  await settled(node)
  const sql = connect({ url, max: 1 })
  t.teardown(() => sql.end())
  const [counts] = await sql<{ events: number; quarantined: number; error: string }[]>`
    select (select count(*)::int from events) as events, count(*)::int as quarantined, min(error) as error
      from quarantined_events`
  t.match(counts, { events: 255, quarantined: 1, error: /poisoned by the test/ })
  await node.stop()
})
