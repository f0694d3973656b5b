// Goal: root may start Mesher anywhere: where the user who runs PostgreSQL cannot go, the database lives elsewhere and
// is found again. Method: data folders below a folder with mode 0700; needs root.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { startEmbedded } from '../../../../services/database/postgres/embedded.ts'
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

t.test('runs a database as the user who owns it', { skip }, async t => {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await first.stop()
  const nobody = 65534
  for (const file of ['', ...fs.readdirSync(first.cluster, { recursive: true }).map(String)]) {
    fs.lchownSync(path.join(first.cluster, file), nobody, nobody)
  }
  fs.rmSync(new URL(first.url).searchParams.get('host') ?? '', { recursive: true, force: true })

  const second = await startEmbedded({ dataDir, binDir })
  t.teardown(() => second.stop())
  t.equal(fs.statSync(`/proc/${second.pid()}`).uid, nobody)
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
