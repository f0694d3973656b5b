// Goal: an outage of PostgreSQL under load restarts nothing, loses nothing and doubles nothing: what is acknowledged
// meanwhile is in the spool, and is in the database when that is back. Method: a PostgreSQL of the test's own is killed
// with -9 and started again after ten seconds' worth of load; then count rows.
import t from 'tap'
import { startEmbedded } from '../../services/database/postgres/embedded.ts'
import { addProjects, loadOn, problemsOf, rssMbBound, settled } from './support/loaded.ts'
import { freePort, startNode, testFolder, until } from './support/node.ts'

t.test('an outage of the database is bridged by the spool', async t => {
  const postgres = await startEmbedded({ dataDir: await testFolder(t) })
  t.teardown(() => postgres.stop())
  const node = await startNode(t, { dataDir: await testFolder(t), port: await freePort(), databaseUrl: postgres.url })
  await addProjects(postgres.url)
  const load = loadOn(node.url, await testFolder(t))
  await load.acknowledgedMore(4_000)

  const lost = new Promise<string>(resolve => {
    postgres.onLost(resolve)
  })
  process.kill(postgres.pid(), 'SIGKILL')
  await lost
  await until(async () => (await node.ready()).checks.some(({ detail }) => detail.includes('events are spooled')))
  t.equal((await node.ready()).status, 200, 'it is ready: the spool takes events')
  const before = load.progress().acknowledged
  await load.acknowledgedMore(20_000)
  t.ok(load.progress().acknowledged - before >= 20_000, 'events are acknowledged throughout the outage')

  await postgres.restart()
  await load.acknowledgedMore(4_000)
  load.stop()
  await load.report
  await settled(node)

  t.notMatch(node.output(), /a process crashed/, 'the outage crashed nothing')
  t.equal((await node.ready()).status, 200, 'it is ready again')
  t.ok(node.rssMbMax() < rssMbBound, `the node used at most ${node.rssMbMax()} MB`)
  t.same(await problemsOf(postgres.url, load), [])
  await node.stop()
})
