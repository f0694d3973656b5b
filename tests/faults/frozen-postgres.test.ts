// Goal: a node whose embedded PostgreSQL is frozen still stops in order, and nothing that it acknowledged is lost.
// Method: SIGSTOP to all processes of the server, events, SIGTERM; the next start on the folder has the events.
import path from 'node:path'
import t from 'tap'
import { findRunning } from '../../services/database/postgres/embedded.ts'
import { processesOf, readPostmasterFile } from '../../services/database/postgres/postmaster.ts'
import { connect } from '../../services/database/sql.ts'
import { addProjects, faultKeys } from './support/loaded.ts'
import { freePort, startNode, testFolder, until } from './support/node.ts'

/** What the docs promise; the runner may be slow besides. */
const stopMsMax = 25_000

t.test('a frozen PostgreSQL does not hold up a stop', async t => {
  const dataDir = await testFolder(t)
  const node = await startNode(t, { dataDir, port: await freePort() })
  const found = await findRunning(dataDir)
  if (found === null) throw new Error('the embedded PostgreSQL does not run')
  await addProjects(found.url)
  const send = async () =>
    (
      await fetch(`${node.url}/api/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${faultKeys[0]}`, 'content-type': 'application/json' },
        body: JSON.stringify({ message: 'sent' })
      })
    ).status
  await until(async () => (await send()) === 202)

  const cluster = path.join(dataDir, 'postgres')
  const frozen = await processesOf(cluster)
  t.ok(frozen.length > 1)
  for (const pid of frozen) process.kill(pid, 'SIGSTOP')
  let acknowledged = 0
  for (let event = 0; event < 5; event++) if ((await send()) === 202) acknowledged += 1
  t.equal(acknowledged, 5, 'the spool takes events')

  const startedAt = performance.now()
  await node.stop()
  t.match(await node.ended, { code: 0 })
  t.ok(performance.now() - startedAt < stopMsMax)
  await until(async () => (await readPostmasterFile(cluster)) === null)

  const again = await startNode(t, { dataDir, port: await freePort() })
  const running = await findRunning(dataDir)
  if (running === null) throw new Error('the embedded PostgreSQL does not run again')
  const sql = connect({ url: running.url, max: 1 })
  await until(async () => (await sql`select from events where message = 'sent'`).length >= acknowledged + 1)
  await sql.end()
  await again.stop()
})
