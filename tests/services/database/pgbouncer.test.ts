// Goal: behind PgBouncer in session mode a node works as on the server itself, without settings of PgBouncer; the other
// modes are refused at the start, whichever connection it gives next. Method: Debian's PgBouncer, a whole node.
import t, { type Test } from 'tap'
import { checkExternalDatabase } from '../../../services/database/external.ts'
import { connect } from '../../../services/database/sql.ts'
import { testDatabase } from '../../support/database.ts'
import { pgbouncer, withoutPgbouncer } from '../../support/pgbouncer.ts'
import { limitedRole } from '../../support/roles.ts'
import { runningNode } from '../../support/running-node.ts'

const options = { patienceMs: 0, onProgress: () => {} }

async function database(t: Test) {
  const database = await testDatabase(t, { migrated: false })
  return { ...database, url: await limitedRole(t, database) }
}

t.test('a node works behind session pooling', { skip: withoutPgbouncer }, async t => {
  const { url: direct, sql } = await database(t)
  const url = await pgbouncer(t, { url: direct, mode: 'session' })
  const node = await runningNode(t, { database: { url, sql } })
  for (const message of ['first', 'second']) {
    const response = await fetch(`${node.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'X-Mesher-Key': node.key },
      body: JSON.stringify({ message })
    })
    t.equal(response.status, 202)
    t.match(await response.json(), { outcome: 'stored' })
  }
  t.equal((await sql`select from events`).length, 2)
  const ready = await fetch(`${node.url}/readyz`)
  t.match([ready.status, await ready.text()], [200, /the database takes events/])
})

t.test(
  'settings of a session last until it is given back, and are those of the pool then',
  { skip: withoutPgbouncer },
  async t => {
    const { url: direct } = await database(t)
    const url = await pgbouncer(t, { url: direct, mode: 'session' })
    const sql = connect({ url, max: 1, statementTimeoutMs: 4_000, lockTimeoutMs: 3_000 })
    t.teardown(async () => sql.end())
    const settings = async () =>
      await sql`
    select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('timezone') as zone`
    const own = [{ statement: '4s', lock: '3s', zone: 'UTC' }]
    t.same(await settings(), own)
    const session = await sql.reserve({ patient: true })
    await session`set timezone = 'Asia/Tokyo'`
    t.match(await session`show statement_timeout`, [{ statement_timeout: '0' }])
    session.release()
    t.same(await settings(), own)
  }
)

for (const mode of ['transaction', 'statement'] as const) {
  for (const settings of ['', 'server_round_robin = 1', 'default_pool_size = 1', 'min_pool_size = 10']) {
    const name = `${mode} pooling${settings === '' ? '' : ` with ${settings}`} is refused`
    t.test(name, { skip: withoutPgbouncer }, async t => {
      const { url: direct } = await database(t)
      const url = await pgbouncer(t, { url: direct, mode, settings })
      await t.rejects(checkExternalDatabase(url, options), {
        code: 'database_refused',
        message: /lends connections for one transaction only/,
        hint: /pool_mode = session/
      })
    })
  }
}

t.test(
  'a session pool of one connection is told apart from a server that is away',
  { skip: withoutPgbouncer },
  async t => {
    const { url: direct } = await database(t)
    const url = await pgbouncer(t, { url: direct, mode: 'session', settings: 'default_pool_size = 1' })
    await t.rejects(checkExternalDatabase(url, options), {
      message: /pooler .* has no connection to it that is free/,
      hint: /MESHER_DATABASE_CONNECTIONS/
    })
  }
)
