// Goal: a database is brought to this version once, by the first node that comes, and a history that is not ours is
// refused. Method: an empty database, several callers at once, and a table of migrations that was tampered with.
import t from 'tap'
import { isMigrated, migrate, MigrationRefused, missingMigrations } from '../../../services/database/migrations.ts'
import { testDatabase } from '../../support/database.ts'

t.test('applies every file once, in order, however many start at once', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  t.equal(await isMigrated(sql), false)
  const heard: string[] = []
  const applied = await Promise.all([1, 2, 3].map(() => migrate(sql, name => heard.push(name))))

  t.match(heard, [/^0001_/, /^0002_/, /^0003_/])
  t.same(applied.flat(), heard)
  t.equal(await isMigrated(sql), true)
  t.same(await migrate(sql), [])
})

t.test('a file that fails leaves nothing of itself behind, and its error is told', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await sql`create table issue_minutes (in_the_way int)`
  await t.rejects(migrate(sql), { code: '42P07' })
  t.match(await sql`select to_regclass('issues') as issues, (select count(*)::int from migrations) as recorded`, [
    { issues: null, recorded: 0 }
  ])
  await sql`drop table issue_minutes`
  t.match(await migrate(sql), [/^0001_/])
  t.equal(await isMigrated(sql), true)
})

t.test('refuses a database that a newer version has migrated', async t => {
  const { sql } = await testDatabase(t)
  await sql`insert into migrations (name, checksum) values ('9999_future.sql', 'x')`
  await t.rejects(migrate(sql), { name: 'MigrationRefused', message: /newer version.*9999_future/ })
})

t.test('refuses a history that was altered', async t => {
  const { sql } = await testDatabase(t)
  await sql`update migrations set checksum = 'x' where name like '0002%'`
  await t.rejects(migrate(sql), { name: 'MigrationRefused', message: /0002_\w+\.sql is not the file/ })
  t.throws(
    () =>
      missingMigrations(
        [{ name: 'b', checksum: '' }],
        [
          { name: 'a', checksum: '', text: '' },
          { name: 'b', checksum: '', text: '' }
        ]
      ),
    MigrationRefused
  )
})
