// Goal: kill -9 of Mesher loses and doubles nothing, with its own PostgreSQL left behind as an orphan each time.
// Method: load, kill, start again on the same folder and port (the orphan is taken over), twice; then count rows.
import t from 'tap'
import { findRunning } from '../../services/database/postgres/embedded.ts'
import { addProjects, loadOn, problemsOf, rssMbBound, settled } from './support/loaded.ts'
import { freePort, startNode, testFolder } from './support/node.ts'

t.test('a killed node comes back with every acknowledged event, once', async t => {
  const dataDir = await testFolder(t)
  const port = await freePort()
  let node = await startNode(t, { dataDir, port })
  const database = await findRunning(dataDir)
  t.ok(database, 'the embedded database of the node is found')
  if (!database) return
  await addProjects(database.url)

  const load = loadOn(node.url, await testFolder(t))
  for (let kills = 0; kills < 2; kills++) {
    await load.acknowledgedMore(4_000)
    await node.kill()
    node = await startNode(t, { dataDir, port })
  }
  await load.acknowledgedMore(4_000)
  load.stop()
  const report = await load.report
  await settled(node)

  t.ok(report.acknowledged > 12_000, `${report.acknowledged} events were acknowledged`)
  t.ok(report.connectionsLost > 0, `${report.connectionsLost} connections were lost`)
  t.same(await problemsOf(database.url, load), [])
  t.equal((await node.ready()).status, 200)
  t.ok(node.rssMbMax() < rssMbBound, `the node used at most ${node.rssMbMax()} MB`)
  await node.stop()
  t.equal((await node.ended).code, 0, 'it stops in good order')
})
