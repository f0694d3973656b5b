// Goal: clients that send a byte a second, and 500 that say nothing, cost the others nothing and the node no memory to
// speak of. Method: hold such connections open while a load runs; then count rows.
import { connect as connectSocket, type Socket } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { testDatabase } from '../support/database.ts'
import { addProjects, faultKeys, loadOn, problemsOf, settled } from './support/loaded.ts'
import { freePort, startNode, testFolder } from './support/node.ts'

const [key = ''] = faultKeys

async function openSocket(t: { teardown: (work: () => void) => void }, port: number): Promise<Socket> {
  const socket = connectSocket({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  t.teardown(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return socket
}

t.test('idle and slow clients hold nobody up', async t => {
  const { url } = await testDatabase(t)
  const port = await freePort()
  const node = await startNode(t, { dataDir: await testFolder(t), port, databaseUrl: url })
  await addProjects(url)
  const rssBefore = node.rssMb()
  await Promise.all(Array.from({ length: 500 }, () => openSocket(t, port)))
  const slow = await openSocket(t, port)
  slow.write(`POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nX-Mesher-Key: ${key}\r\nContent-Length: 1000\r\n\r\n{`)
  const dripping = setInterval(() => slow.write(' '), 1_000)
  t.teardown(() => clearInterval(dripping))

  const load = loadOn(node.url, await testFolder(t))
  await load.acknowledgedMore(15_000)
  load.stop()
  const report = await load.report
  await settled(node)

  t.equal(report.unanswered, 0)
  t.same(report.refusals, {})
  t.ok(node.rssMb() < rssBefore + 300, `the node went from ${rssBefore} to ${node.rssMb()} MB`)
  t.same(await problemsOf(url, load), [])
  await node.stop()
})
