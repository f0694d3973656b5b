// Goal: with PostgreSQL away and the spool's disk full, events are refused with 503 and nothing that was acknowledged
// is lost; when the database is back, so is everything else. Method: the spool lies on a small tmpfs, which needs root;
// PostgreSQL is killed, the load fills the disk, and the spool's process has to start again on the full disk; then
// count rows.
import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { startEmbedded } from '../../services/database/postgres/embedded.ts'
import { addProjects, loadOn, problemsOf, rssMbBound, settled } from './support/loaded.ts'
import { freePort, startNode, testFolder, until } from './support/node.ts'

const skip = process.getuid?.() === 0 ? false : 'mounting a tmpfs needs root'

t.test('a full disk refuses what it cannot keep', { skip }, async t => {
  const postgres = await startEmbedded({ dataDir: await testFolder(t) })
  t.teardown(() => postgres.stop())
  const dataDir = await testFolder(t)
  const spool = path.join(dataDir, 'spool')
  await mkdir(spool)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', spool])
  t.equal(mounted.status, 0, String(mounted.stderr))
  t.teardown(() => {
    spawnSync('umount', ['-l', spool])
  })

  const node = await startNode(t, { dataDir, port: await freePort(), databaseUrl: postgres.url })
  await addProjects(postgres.url)
  const load = loadOn(node.url, await testFolder(t))
  await load.acknowledgedMore(2_000)

  const lost = new Promise<string>(resolve => {
    postgres.onLost(resolve)
  })
  process.kill(postgres.pid(), 'SIGKILL')
  await lost
  await until(async () => (await node.ready()).status === 503)
  const refused = load.progress().refused
  await until(() => load.progress().refused > refused + 500)
  t.equal(await node.crash('spool-replayer'), true)
  await until(() => load.progress().refused > refused + 1_000)
  // A small group may still find room now and then; what counts is that it comes back to saying so.
  await until(async () => (await node.ready()).status === 503)

  await postgres.restart()
  await load.acknowledgedMore(4_000)
  load.stop()
  const report = await load.report
  await settled(node)

  t.ok((report.statuses['503'] ?? 0) > 0, 'events were refused with 503')
  t.equal((await node.ready()).status, 200, 'it is ready again')
  // What the test ends from outside is no crash to the log.
  t.notMatch(node.output(), /a process crashed/, 'the full disk crashed nothing')
  t.ok(node.rssMbMax() < rssMbBound, `the node used at most ${node.rssMbMax()} MB`)
  t.same(await problemsOf(postgres.url, load), [])
  await node.stop()
})
