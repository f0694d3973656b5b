// Goal: all nodes of a database read one id; a copy gets another at its first start, and the original keeps its own.
// Method: a database, copied by PostgreSQL itself; what a promoted replica and a role that may not look are like is
// written into the row or granted.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { readIdentity, settleIdentity } from '../../../services/cluster/identity.ts'
import { connect } from '../../../services/database/sql.ts'
import { urlOfDatabase } from '../../../services/database/url.ts'
import { testDatabase } from '../../support/database.ts'

const { sql, url, name } = await testDatabase(t)
const row = async () =>
  (
    await sql`
    select id, system_identifier::text, database_oid::text from database_identity`
  )[0]

t.test('the first start makes an id for where the database is, and starts after it change nothing', async t => {
  t.match(await row(), { system_identifier: null, database_oid: null })
  await settleIdentity(sql)
  const settled = await row()
  t.match(settled, { id: await readIdentity(sql), system_identifier: /\d+/, database_oid: /\d+/ })
  await settleIdentity(sql)
  t.same(await row(), settled)
})

t.test('a copy has an id of its own from its first start on', async t => {
  const id = await readIdentity(sql)
  const copy = `copy_${randomBytes(4).toString('hex')}`
  const admin = connect({ url: urlOfDatabase(url, 'postgres'), max: 1 })
  t.teardown(async () => {
    await admin`drop database if exists ${admin(copy)} with (force)`
    await admin.end({ timeout: 1 })
  })
  // Nobody may be connected with what is copied.
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  await admin`create database ${admin(copy)} template ${admin(name)}`
  const copied = connect({ url: urlOfDatabase(url, copy), max: 2 })
  t.equal(await readIdentity(copied), id)
  await Promise.all([settleIdentity(copied), settleIdentity(copied)])
  const own = await readIdentity(copied)
  t.not(own, id)
  await settleIdentity(copied)
  t.equal(await readIdentity(copied), own)
  await settleIdentity(sql)
  t.equal(await readIdentity(sql), id, 'the original has its own still')
  await copied.end({ timeout: 1 })
})

t.test('another server, as after a dump is restored there, is a copy too', async t => {
  const id = await readIdentity(sql)
  await sql`update database_identity set system_identifier = system_identifier + 1`
  await settleIdentity(sql)
  t.not(await readIdentity(sql), id)
})

t.test('a role that may not see the server keeps the id', async t => {
  await sql`update database_identity set system_identifier = system_identifier + 1`
  const before = await row()
  await sql`revoke execute on function pg_control_system() from public`
  const role = `role_${randomBytes(4).toString('hex')}`
  await sql`create role ${sql(role)} login`
  await sql`grant select, update on database_identity to ${sql(role)}`
  const reserved = await sql.reserve()
  await reserved`set role ${sql(role)}`
  await settleIdentity(reserved)
  reserved.release()
  t.same(await row(), before)
  await sql`drop owned by ${sql(role)}`
  await sql`drop role ${sql(role)}`
})
