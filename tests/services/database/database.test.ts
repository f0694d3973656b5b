// Goal: one face for both kinds of database, and clear ownership: an owner is alone, a command shares.
// Method: owners in processes of their own, commands in this one.
import t from 'tap'
import { openDatabase, useDatabase } from '../../../services/database/database.ts'
import { connect } from '../../../services/database/sql.ts'
import { dataFolder } from '../../support/data-folder.ts'
import { testDatabase } from '../../support/database.ts'
import { startOwner } from '../../support/owner.ts'

async function answers(url: string): Promise<boolean> {
  const sql = connect({ url, max: 1 })
  return sql`select 1`
    .then(
      () => true,
      () => false
    )
    .finally(() => sql.end())
}

t.test('opens the embedded one, for one owner at a time', async t => {
  const config = { databaseUrl: null, dataDir: dataFolder(t) }
  const database = await openDatabase(config)
  t.equal(database.kind, 'embedded')
  t.match(database.version, /^18\.\d+$/)
  t.equal(await answers(database.url), true)
  await t.rejects(openDatabase(config), { code: 'data_in_use' })
  await database.stop()
  t.equal(await answers(database.url), false)
})

t.test('uses what an owner runs and leaves it running', async t => {
  const dataDir = dataFolder(t)
  const owner = await startOwner(t, dataDir)
  const database = await useDatabase({ databaseUrl: null, dataDir })
  t.match(owner.result, { url: database.url })
  await database.stop()
  t.equal(await answers(database.url), true)
})

t.test('uses a server that its owner is still making', async t => {
  const dataDir = dataFolder(t)
  const [owner, database] = await Promise.all([startOwner(t, dataDir), useDatabase({ databaseUrl: null, dataDir })])
  t.teardown(() => database.stop())
  t.equal(await answers(database.url), true)
  // Who came first owns it; the other is refused or shares it.
  t.match(owner.result, 'url' in owner.result ? { url: database.url } : { code: 'data_in_use' })
})

t.test('starts the embedded one for a command when it is not running, and stops it after', async t => {
  const dataDir = dataFolder(t)
  const database = await useDatabase({ databaseUrl: null, dataDir })
  t.equal(await answers(database.url), true)
  await database.stop()
  t.equal(await answers(database.url), false)
})

t.test('opens an external one, which it neither starts nor stops', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  const database = await openDatabase({ databaseUrl: url, dataDir: '/nowhere' })
  t.equal(database.kind, 'external')
  t.equal(database.url, url)
  database.onLost(() => t.fail('nobody watches it'))()
  await database.restart()
  await database.stop()
  t.equal(await answers(url), true)
  await t.rejects(useDatabase({ databaseUrl: 'postgres://u@127.0.0.1:1/d', dataDir: '/nowhere' }), {
    code: 'database_unreachable'
  })
})
