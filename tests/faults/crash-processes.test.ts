// Goal: the crash of any process of the pipeline, again and again, loses and doubles nothing, and stays below the
// restart intensity; a storm that exceeds it ends the node with the reason. Method: crash each process by name while
// events flow, five rounds; then count rows. The storm crashes one of each subtree without a pause, until the root has
// had enough.
import t from 'tap'
import { testDatabase } from '../support/database.ts'
import { addProjects, loadOn, problemsOf, rssMbBound, settled } from './support/loaded.ts'
import { freePort, startNode, testFolder, until } from './support/node.ts'

const processes = [
  'rate-limiter',
  'event-router',
  'event-processor',
  'large-body-processor',
  'storage-writer',
  'spool-replayer',
  'rollup-folder',
  'key-cache',
  'refusal-counter',
  'key-usage',
  'retention-cleaner',
  'alert-evaluator',
  'notifier',
  'alert-watcher',
  'database',
  'edge'
]

t.test('every process crashes five times under load', async t => {
  const { url } = await testDatabase(t)
  const node = await startNode(t, { dataDir: await testFolder(t), port: await freePort(), databaseUrl: url })
  await addProjects(url)
  const load = loadOn(node.url, await testFolder(t))

  for (let round = 1; round <= 5; round++) {
    for (const name of processes) {
      await until(() => node.crash(name))
      await load.acknowledgedMore(400)
    }
  }
  load.stop()
  const report = await load.report
  await settled(node)

  t.ok(report.acknowledged > 20_000, `${report.acknowledged} events were acknowledged`)
  t.same(await problemsOf(url, load), [])
  t.equal((await node.ready()).status, 200)
  t.ok(node.rssMbMax() < rssMbBound, `the node used at most ${node.rssMbMax()} MB`)
  await node.stop()
  t.equal((await node.ended).gaveUp, null, 'the crashes stayed under the restart intensity')
})

t.test('a storm of crashes ends the node and says why', async t => {
  const { url } = await testDatabase(t)
  const node = await startNode(t, { dataDir: await testFolder(t), port: await freePort(), databaseUrl: url })

  const crashSome = () => Promise.all(['event-processor', 'database', 'edge'].map(node.crash))
  for (let over = false; !over;) over = await Promise.race([crashSome().then(() => false), node.ended.then(() => true)])

  const { code, gaveUp } = await node.ended
  t.equal(code, 70)
  t.match(gaveUp, /crashed by the test|intensity|restarts/, 'the reason names the crash')
})
