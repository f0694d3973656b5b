// Goal: each check of the doctor tells the good from the bad, on real folders, files and ports.
// Method: make the situation, look at the finding.
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { checkBackups } from '../../../bin/doctor/backups.ts'
import { checkDataFolder, checkSpool } from '../../../bin/doctor/data-folder.ts'
import { checkDescriptors, checkNode } from '../../../bin/doctor/machine.ts'
import { checkServer } from '../../../bin/doctor/server.ts'
import { writeOwner } from '../../../services/spool/owner.ts'
import { writeSpoolFile } from '../../../services/spool/spool.ts'

async function portOf(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

t.test('only versions of Node.js inside the range are fine', async t => {
  const range = '>=20.19'
  for (const version of ['20.19.0', '20.20.2', '22.18.0', '24.1.0', '26.10.0']) {
    t.equal(checkNode(version, range).status, 'ok', version)
  }
  for (const version of ['18.20.0', '20.18.3']) {
    t.match(checkNode(version, range), { status: 'fail', hint: /Install Node/ }, version)
  }
})

t.test('backups are to be there, and new enough', async t => {
  const dayMs = 86_400_000
  const nameAt = (time: number) => `mesher-${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.tar`
  const backupDir = t.testdir({ old: { [nameAt(Date.now() - 3 * dayMs)]: 'x' }, none: {}, new: {} })
  writeFileSync(path.join(backupDir, 'new', nameAt(Date.now() - dayMs)), 'x')
  const check = (folder: string) => checkBackups({ backupDir: path.join(backupDir, folder), backupEvery: dayMs })
  t.match(await checkBackups({ backupDir: null, backupEvery: dayMs }), { status: 'ok', text: /servers make none/ })
  t.match(await check('new'), { status: 'ok', text: /^1 in .+, the last from / })
  t.match(await check('none'), { status: 'warn', text: /there is none/ })
  t.match(await check('old'), { status: 'fail', text: /the last from/ })
  t.match(await check('missing'), { status: 'fail', text: /cannot be read/ })
})

t.test('few descriptors are to look at', async t => {
  t.match(checkDescriptors(65_440), { status: 'ok', text: /65440 clients/ })
  t.match(checkDescriptors(Infinity), { status: 'ok' })
  t.match(checkDescriptors(160), { status: 'warn', text: /160 clients/, hint: /LimitNOFILE/ })
})

t.test('a data folder that is there or can be made is fine, one that cannot is not', async t => {
  const folder = t.testdir({ file: 'not a folder' })
  const options = { spoolBytesMax: 1024 }
  t.match(await checkDataFolder(folder, options), [{ status: 'ok', text: /can be written/ }, { check: 'disk space' }])
  t.match(await checkDataFolder(path.join(folder, 'a', 'b'), options), [
    { status: 'ok', text: /does not exist yet/ },
    { check: 'disk space' }
  ])
  t.match(await checkDataFolder(path.join(folder, 'file'), options), [{ status: 'fail', hint: /another folder/ }])
  t.match(await checkDataFolder(folder, { spoolBytesMax: 1024 ** 6 }), [{}, { check: 'disk space', status: 'warn' }])
})

t.test('a spool is fine while its node replays it, and to look at when it is old, orphaned or damaged', async t => {
  const data = t.testdir()
  t.match(await checkSpool(data), [{ status: 'ok', text: /empty/ }])

  const spool = path.join(data, 'spool', 'node-1')
  mkdirSync(spool, { recursive: true })
  t.match(await checkSpool(data), [{ status: 'ok', text: /empty/ }])

  const { name } = await writeSpoolFile(spool, '0198', [])
  t.match(await checkSpool(data), [{ status: 'warn', text: /node node-1: 1 files.*does not run/ }])

  await writeOwner(spool)
  t.match(await checkSpool(data), [{ status: 'ok', text: /being replayed/ }])

  utimesSync(path.join(spool, name), 0, 0)
  t.match(await checkSpool(data), [{ status: 'warn', text: /oldest from 1970-01-01/ }])

  writeFileSync(path.join(spool, 'x.spool.damaged'), '')
  t.match(await checkSpool(data), [{}, { status: 'warn', text: /1 damaged/ }])
})

t.test('the port is free, or Mesher answers there, or something else has it', async t => {
  const other = createServer(socket => {
    socket.resume().end('220 mail.example\r\n')
  })
  const port = await portOf(t, other)
  t.match(await checkServer({ host: '127.0.0.1', port }), [{ status: 'fail', text: /taken by another program/ }])
  other.close()
  await once(other, 'close')
  t.match(await checkServer({ host: '127.0.0.1', port }), [{ status: 'ok', text: /is free/ }])
  t.match(await checkServer({ host: '127.0.0.1', port: 0 }), [{ status: 'ok' }])
  t.match(await checkServer({ host: '203.0.113.1', port }), [{ status: 'fail', text: /cannot be listened on/ }])
})

t.test('a running server is asked whether it is ready', async t => {
  let alive = '{"status":"alive"}'
  let ready = 200
  let advice: string | null = null
  let storage = 'the database takes events'
  const server = createHttpServer((request, response) => {
    if (request.url === '/healthz') response.end(alive)
    else {
      response.writeHead(ready).end(
        JSON.stringify({
          ready: ready === 200,
          checks: [
            { name: 'storage', ok: true, detail: storage },
            { name: 'b', ok: ready === 200, detail: 'the disk is full' },
            ...(advice === null ? [] : [{ name: 'address', ok: true, detail: advice }])
          ]
        })
      )
    }
  })
  const port = await portOf(t, server)
  t.teardown(() => {
    server.closeAllConnections()
  })
  t.match(await checkServer({ host: '127.0.0.1', port }), [{ status: 'ok', text: /is ready/ }])
  storage = 'events are spooled (2 files, 90 bytes): the database takes no events since …: read-only'
  t.match(await checkServer({ host: '127.0.0.1', port }), [
    { status: 'warn', text: /but events are spooled.*read-only$/ }
  ])
  storage = 'the database takes events'
  advice = 'The dashboard is open at https://errors.example.com: set MESHER_PUBLIC_URL=https://errors.example.com'
  t.match(await checkServer({ host: '127.0.0.1', port }), [
    { status: 'ok', text: /is ready/ },
    { check: 'address', status: 'warn', text: advice }
  ])
  advice = null
  ready = 503
  t.match(await checkServer({ host: '127.0.0.1', port }), [{ status: 'warn', text: /not ready: the disk is full$/ }])
  alive = 'hello'
  t.match(await checkServer({ host: '127.0.0.1', port }), [{ status: 'fail', text: /not Mesher/ }])
})
