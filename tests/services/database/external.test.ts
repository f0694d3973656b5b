// Goal: a database that Mesher cannot live in is refused with what to do about it. Method: the shared server with
// databases and roles that lack one thing each; what cannot be had here (an old server) as facts.
import t from 'tap'
import { checkExternalDatabase, refuseUnfit } from '../../../services/database/external.ts'
import { urlOfDatabase } from '../../../services/database/url.ts'
import { connect } from '../../../services/database/sql.ts'
import { testDatabase, testServer } from '../../support/database.ts'

const options = { patienceMs: 0, onProgress: () => {} }
const fit = {
  version_number: 150_004,
  version: '15.4',
  encoding: 'UTF8',
  is_standby: false,
  schema: 'public',
  may_create: true
}

t.test('returns the version of a server that is fit', async t => {
  const { url } = await testDatabase(t, { migrated: false })
  t.equal(await checkExternalDatabase(url, options), await fullVersion(url))
})

t.test('refuses a database of another encoding', async t => {
  const { sql, url, name } = await testDatabase(t, { migrated: false })
  await sql.unsafe(`create database "${name}_ascii" encoding 'SQL_ASCII' locale 'C' template template0`)
  t.teardown(async () => {
    await onServer(async admin => {
      await admin.unsafe(`drop database "${name}_ascii"`)
    })
  })
  await t.rejects(checkExternalDatabase(urlOfDatabase(url, `${name}_ascii`), options), {
    code: 'database_encoding',
    hint: /encoding 'UTF8'/
  })
})

t.test('refuses a user who may not create tables', async t => {
  const { sql, url, name } = await testDatabase(t, { migrated: false })
  await sql.unsafe(`create role "${name}" login password 'theirs'`)
  t.teardown(async () => {
    await onServer(async admin => {
      await admin.unsafe(`drop role "${name}"`)
    })
  })
  const asRole = new URL(url)
  asRole.username = name
  asRole.password = 'theirs'
  await t.rejects(checkExternalDatabase(asRole.href, options), {
    code: 'database_privileges',
    message: /may not create tables in the schema public/
  })
  await sql.unsafe('drop schema public')
  await t.rejects(checkExternalDatabase(asRole.href, options), {
    code: 'database_privileges',
    message: /no schema of its search_path/
  })
})

t.test('refuses a database or a user that does not exist', async t => {
  const { url } = await testServer()
  await t.rejects(checkExternalDatabase(urlOfDatabase(url, 'no_such_database'), options), {
    code: 'database_refused',
    message: /"no_such_database" does not exist/
  })
  const stranger = new URL(url)
  stranger.username = 'no_such_user'
  stranger.password = 'theirs'
  await t.rejects(checkExternalDatabase(stranger.href, options), { code: 'database_refused', message: /no_such_user/ })
})

t.test('says which server does not answer, without the password, and waits for it when patient', async t => {
  const url = 'postgres://u:secret@127.0.0.1:1/d'
  await t.rejects(checkExternalDatabase(url, options), {
    code: 'database_unreachable',
    message: /^PostgreSQL on 127\.0\.0\.1:1 \(database d\) cannot be used: (?!.*secret)/
  })
  const said: string[] = []
  await t.rejects(checkExternalDatabase(url, { patienceMs: 2_000, onProgress: text => said.push(text) }), {
    code: 'database_unreachable'
  })
  t.same(said, ['waiting for PostgreSQL on 127.0.0.1:1 (database d)'])
})

t.test('refuses an old server and a standby', async t => {
  t.doesNotThrow(() => refuseUnfit(fit, 'here'))
  t.throws(() => refuseUnfit({ ...fit, version_number: 140_012, version: '14.12' }, 'here'), {
    code: 'database_too_old',
    message: /PostgreSQL 14\.12, and Mesher needs 15/
  })
  t.throws(() => refuseUnfit({ ...fit, is_standby: true }, 'here'), { code: 'database_refused', message: /standby/ })
})

async function onServer(work: (sql: ReturnType<typeof connect>) => Promise<void>): Promise<void> {
  const sql = connect({ url: urlOfDatabase((await testServer()).url, 'postgres'), max: 1 })
  await work(sql).finally(() => sql.end())
}

async function fullVersion(url: string): Promise<string> {
  const sql = connect({ url, max: 1 })
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`
  await sql.end()
  return row?.version ?? ''
}
