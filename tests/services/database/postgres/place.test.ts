// Goal: root may start Mesher anywhere: where the user who runs PostgreSQL cannot go, the database lives elsewhere and
// is found again; nobody else gets into it. Method: data folders below a folder with mode 0700, and clients that are
// processes of other users; needs root.
import fs from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { startEmbedded } from '../../../../services/database/postgres/embedded.ts'
import { runAs, serverUser } from '../../../../services/database/postgres/os-user.ts'
import { connect } from '../../../../services/database/sql.ts'
import { dataFolder } from '../../../support/data-folder.ts'

const binDir = process.env.MESHER_TEST_PG_BIN
const skip = process.getuid?.() === 0 ? false : 'needs root'

t.test('puts the database elsewhere, says so, and finds it again', { skip }, async t => {
  const dataDir = dataFolder(t, { mode: 0o700 })
  const said: string[] = []
  const first = await startEmbedded({ dataDir, binDir, onProgress: text => said.push(text) })
  t.match(first.cluster, /^\/var\/lib\/mesher\/\w+\/postgres$/)
  t.match(said.join('\n'), /cannot enter .*: the database goes to \/var\/lib\/mesher/)
  const sql = connect({ url: first.url, max: 1 })
  await sql`create table kept ()`
  await sql.end()
  await first.stop()

  const second = await startEmbedded({ dataDir, binDir })
  t.teardown(() => second.stop())
  t.equal(second.cluster, first.cluster)
  const again = connect({ url: second.url, max: 1 })
  await t.resolves(again`select from kept`)
  await again.end()
})

t.test('refuses a copy of the data folder while the first runs: both mean the same database', { skip }, async t => {
  const dataDir = dataFolder(t, { mode: 0o700 })
  const first = await startEmbedded({ dataDir, binDir })
  t.teardown(() => first.stop())
  const copy = dataFolder(t, { mode: 0o700 })
  fs.copyFileSync(path.join(dataDir, 'postgres.location'), path.join(copy, 'postgres.location'))
  await t.rejects(startEmbedded({ dataDir: copy, binDir }), { code: 'data_in_use' })
  fs.rmSync(path.join(copy, 'postgres.location'))
})

t.test('does not begin anew when the database that is elsewhere is gone', { skip }, async t => {
  const dataDir = dataFolder(t, { mode: 0o700 })
  fs.writeFileSync(path.join(dataDir, 'postgres.location'), '/var/lib/mesher/not-mounted\n')
  await t.rejects(startEmbedded({ dataDir, binDir }), {
    code: 'data_missing',
    hint: /Bring \/var\/lib\/mesher\/not-mounted back/
  })
})

t.test('does not begin anew when the database cannot be reached any more', { skip }, async t => {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await first.stop()
  fs.chmodSync(dataDir, 0o700)
  await t.rejects(startEmbedded({ dataDir, binDir }), {
    code: 'permission_denied',
    message: /cannot enter that folder any more/
  })
})

async function ownedBy(t: Test, uid: number): Promise<{ dataDir: string; cluster: string }> {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await first.stop()
  for (const file of ['', ...fs.readdirSync(first.cluster, { recursive: true }).map(String)]) {
    fs.lchownSync(path.join(first.cluster, file), uid, uid)
  }
  return { dataDir, cluster: first.cluster }
}

t.test('runs a database as the user who owns it', { skip }, async t => {
  const daemon = 1
  const { dataDir } = await ownedBy(t, daemon)
  const server = await startEmbedded({ dataDir, binDir })
  t.teardown(() => server.stop())
  t.equal(fs.statSync(`/proc/${server.pid()}`).uid, daemon)
})

t.test('a database of nobody gets an owner of its own, whatever links there are in it', { skip }, async t => {
  const { uid } = serverUser(t.fail)
  const { dataDir, cluster } = await ownedBy(t, 65534)
  const outside = path.join(t.testdir({ file: 'not of the database' }), 'file')
  fs.symlinkSync(outside, path.join(cluster, 'link'))
  const said: string[] = []
  const server = await startEmbedded({ dataDir, binDir, onProgress: text => said.push(text) })
  t.teardown(() => server.stop())
  t.match(said, [/belongs to nobody, as whom other services run/])
  t.equal(fs.statSync(`/proc/${server.pid()}`).uid, uid)
  for (const file of ['', 'PG_VERSION', 'base/1/PG_VERSION', 'link']) {
    t.equal(fs.lstatSync(path.join(cluster, file)).uid, uid, file)
  }
  t.equal(fs.statSync(outside).uid, 0)
})

/**
 * What PostgreSQL says to a user of the system who opens its socket and asks to be a role: the kind of its first
 * message ('R' with a number, 0 for welcome) or the text of an error. In a process of that user, without any library.
 */
async function greetingFor(uid: number, socketFolder: string, role: string): Promise<string> {
  const script = `
    const body = Buffer.from('\\0\\x03\\0\\0user\\0${role}\\0database\\0mesher\\0\\0', 'latin1')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length + 4)
    const socket = require('node:net').connect('${socketFolder}/.s.PGSQL.5432')
    socket.on('error', error => console.log(error.code))
    socket.on('connect', () => socket.write(Buffer.concat([length, body])))
    socket.once('data', data => {
      console.log(data[0] === 82 ? 'R' + data.readUInt32BE(5) : data.subarray(5).toString().replaceAll('\\0', ' '))
      socket.destroy()
    })`
  const { output } = await runAs({ name: '', uid, gid: uid, isLent: true }, process.execPath, ['-e', script])
  return output
}

t.test('no other user of the system gets in, the one who runs PostgreSQL neither', { skip }, async t => {
  const server = await startEmbedded({ dataDir: dataFolder(t), binDir })
  t.teardown(() => server.stop())
  const folder = new URL(server.url).searchParams.get('host') ?? ''
  const { uid } = serverUser(t.fail)
  const [nobody, root] = [65534, 0]
  t.match(await greetingFor(root, folder, 'mesher'), /^R0\n/)
  t.match(await greetingFor(nobody, folder, 'mesher'), /^EACCES/, 'the folder of the socket is closed')
  t.match(await greetingFor(uid, folder, 'mesher'), /Peer authentication failed/)

  // Were the folder open, the socket would still ask who it is.
  fs.chmodSync(folder, 0o755)
  fs.chmodSync(path.join(folder, '.s.PGSQL.5432'), 0o777)
  t.match(await greetingFor(nobody, folder, 'mesher'), /Peer authentication failed/)
  t.match(await greetingFor(nobody, folder, 'postgres'), /^R10\n/, 'another role needs its password')
})

t.test('says when the disk is full', { skip }, async t => {
  const { spawnSync } = await import('node:child_process')
  const dataDir = dataFolder(t)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m,mode=0711', 'tmpfs', dataDir])
  if (mounted.status !== 0) return t.comment('no right to mount')
  t.teardown(async () => {
    spawnSync('umount', [dataDir])
  })
  await t.rejects(startEmbedded({ dataDir, binDir }), { code: 'disk_full', hint: /40 MB/ })
})
