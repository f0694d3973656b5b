/**
 * Runs the PostgreSQL that test files share, as a process of its own. Every connection to its socket receives the URL
 * of the server. When no connection is left for a while, it stops the server, removes its files and ends. There is at
 * most one per folder: a second one ends at once. tests/support/database.ts starts it.
 */
import fs from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { startEmbedded, type EmbeddedServer } from '../../services/database/postgres/embedded.ts'
import { tryLockFolder } from '../../services/database/postgres/folder-lock.ts'
import { endOrphans } from '../../services/database/postgres/postmaster.ts'
import { connect } from '../../services/database/sql.ts'

const [folder = '', binDir = ''] = process.argv.slice(2)
const idleMs = 15_000

if (tryLockFolder(folder)) await keep()

async function keep(): Promise<void> {
  const dataDir = path.join(folder, 'data')
  const socketFile = path.join(folder, 'keeper.sock')
  // A killed keeper may have left its server and files behind.
  await endOrphans(path.join(dataDir, 'postgres'))
  forget(dataDir, socketFile)
  const database = await startForTests(dataDir)

  const greeting = `${JSON.stringify({ url: database.url, version: database.version })}\n`
  let users = 0
  let idle = setTimeout(end, idleMs)
  const listener = createServer(socket => {
    users += 1
    clearTimeout(idle)
    socket.on('error', () => {})
    socket.on('close', () => {
      users -= 1
      if (users === 0) idle = setTimeout(end, idleMs)
    })
    socket.resume()
    socket.write(greeting)
  })
  listener.listen(socketFile, () => {
    process.stdout.write('ready\n')
  })

  async function end(): Promise<void> {
    // From here on no test gets through. The next one starts a new keeper, which waits for our lock.
    listener.close()
    await database.stop()
    forget(dataDir, socketFile)
    process.exit(0)
  }
}

/** Tests need no durability, but many connections. */
async function startForTests(dataDir: string): Promise<EmbeddedServer> {
  const plain = await start(dataDir)
  const sql = connect({ url: plain.url, max: 1 })
  for (const setting of ['fsync = off', 'max_connections = 300', "shared_buffers = '256MB'", "max_wal_size = '1GB'"]) {
    await sql.unsafe(`alter system set ${setting}`)
  }
  await sql.end()
  await plain.stop()
  return start(dataDir)
}

function start(dataDir: string): Promise<EmbeddedServer> {
  return startEmbedded({ dataDir, binDir: binDir === '' ? undefined : binDir, onProgress: text => console.error(text) })
}

function forget(dataDir: string, socketFile: string): void {
  fs.rmSync(socketFile, { force: true })
  fs.rmSync(dataDir, { recursive: true, force: true })
}
