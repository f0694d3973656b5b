// Goal: with few descriptors (`ulimit -n 256`) clients that take all they can get leave enough to the database and the
// spool. Method: a node under that limit, many idle connections, all sessions of the database cut; then an event on a
// connection that was there before, committed and spooled.
import { chmod, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect as connectSocket } from 'node:net'
import path from 'node:path'
import t from 'tap'
import { ensureDefaults } from '../../services/accounts/projects.ts'
import { testDatabase } from '../support/database.ts'
import { freePort, startNode, testFolder, until } from './support/node.ts'

t.test('clients do not take the descriptors of the database', async t => {
  const { sql, url: databaseUrl, name } = await testDatabase(t)
  const { publicKey } = await ensureDefaults(sql)
  const execPath = path.join(await testFolder(t), 'node')
  await writeFile(execPath, `#!/bin/sh\nulimit -n 256\nexec "${process.execPath}" "$@"\n`)
  await chmod(execPath, 0o755)
  const node = await startNode(t, { dataDir: await testFolder(t), port: await freePort(), databaseUrl, execPath })

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const send = async () =>
    await new Promise<number>((resolve, reject) => {
      request(`${node.url}/api/v1/events`, {
        agent,
        method: 'POST',
        headers: { authorization: `Bearer ${publicKey}`, 'content-type': 'application/json' }
      })
        .on('response', response => response.resume().on('end', () => resolve(response.statusCode ?? 0)))
        .on('error', reject)
        .end(JSON.stringify({ message: 'sent' }))
    })
  t.equal(await send(), 202)

  const idle = Array.from({ length: 400 }, () => {
    const socket = connectSocket(Number(new URL(node.url).port), '127.0.0.1').on('error', () => {})
    t.teardown(() => {
      socket.destroy()
    })
    return socket
  })
  await until(() => idle.filter(socket => socket.closed).length >= 240)
  t.match(node.output(), /160 clients are connected, more are refused/)

  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and pid <> pg_backend_pid()`
  for (let event = 0; event < 5; event++) t.equal(await send(), 202)
  await until(async () => (await sql`select from events where message = 'sent'`).length === 6)
  t.notMatch(node.output(), /EMFILE/)
  await node.stop()
})
