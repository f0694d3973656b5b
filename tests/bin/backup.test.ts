// Goal: backup, restore and upgrade-data do what their help says with the embedded database: a copy of a running
// server, a new data folder from it, and a data folder of an older PostgreSQL brought to the present one. Method: the
// program as child processes; databases are compared row by row.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { createSeededProject } from '../../services/seeding/project.ts'
import { migrate } from '../../services/database/migrations.ts'
import { ensurePartitions } from '../../services/database/partitions.ts'
import { startEmbedded } from '../../services/database/postgres/embedded.ts'
import { connect, type Sql } from '../../services/database/sql.ts'
import { commitBatches } from '../../services/commit/attempt.ts'
import { ensureDefaults } from '../../services/accounts/projects.ts'
import { closeWires } from '../../services/database/wire/pool.ts'
import { tablesOf } from '../../services/backup/contents.ts'
import { dataFolder } from '../support/data-folder.ts'
import { preparedBatch, preparedEvent } from '../support/prepared.ts'
import { runCli } from './cli.ts'

const oldBin = '/usr/lib/postgresql/15/bin'
const hasOld = fs.existsSync(path.join(oldBin, 'postgres'))

type Rows = Record<string, unknown[]>

async function withEmbedded<Result>(
  options: Parameters<typeof startEmbedded>[0],
  work: (sql: Sql) => Promise<Result>
): Promise<Result> {
  const server = await startEmbedded(options)
  const sql = connect({ url: server.url, max: 4 })
  try {
    return await work(sql)
  } finally {
    closeWires(sql)
    await sql.end({ timeout: 5 })
    await server.stop()
  }
}

async function fill(sql: Sql): Promise<Rows> {
  await migrate(sql)
  await ensurePartitions(sql, { now: Date.now() })
  await ensureDefaults(sql)
  await createSeededProject(sql, 'Second')
  const events = Array.from({ length: 500 }, (_, index) => preparedEvent({ issue: 'abcdefgh'[index % 8] ?? 'a' }))
  await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 30_000 })
  return await rowsOf(sql)
}

async function rowsOf(sql: Sql): Promise<Rows> {
  const rows: Rows = {}
  for (const { name } of await tablesOf(sql)) {
    const found = await sql<{ row: string }[]>`select t::text as row from ${sql(name)} t order by 1`
    if (found.length > 0) rows[name] = found.map(({ row }) => row)
  }
  return rows
}

t.test('a backup of an embedded database makes a new data folder', async t => {
  const folder = dataFolder(t)
  const [first, second] = [path.join(folder, 'first'), path.join(folder, 'second')]
  const none = await runCli(['backup', 'none.tar', '--data', first], { cwd: folder })
  t.strictSame([none.code, none.stdout], [1, ''])
  t.match(none.stderr, /there is no database in/)

  const rows = await withEmbedded({ dataDir: first }, async sql => {
    const rows = await fill(sql)
    const beside = await runCli(['backup', 'beside.tar', '--data', first], { cwd: folder })
    t.equal(beside.code, 0, beside.stderr)
    t.match(beside.stdout, /beside\.tar has [\d,]+ rows of \d+ tables: .+, after [\d.]+ s\.\n$/)
    return rows
  })
  const made = await runCli(['backup', 'mesher.tar', '--data', first, '--json'], { cwd: folder })
  t.equal(made.code, 0, made.stderr)
  t.match(JSON.parse(made.stdout), { file: path.join(folder, 'mesher.tar'), spool_files: 0 })

  const checked = await runCli(['restore', 'mesher.tar', '--check'], { cwd: folder })
  t.equal(checked.code, 0, checked.stderr)
  t.match(checked.stdout, /mesher\.tar is whole: [\d,]+ rows from \d{4}-/)

  const restored = await runCli(['restore', 'mesher.tar', '--data', second], { cwd: folder })
  t.equal(restored.code, 0, restored.stderr)
  t.match(restored.stdout, /^Restored [\d,]+ rows of \d+ tables, as of .+ Rows and sums are those of the backup\.\n$/)
  t.strictSame(await withEmbedded({ dataDir: second }, rowsOf), rows)

  const again = await runCli(['restore', 'mesher.tar', '--data', second], { cwd: folder })
  t.strictSame([again.code, again.stdout], [1, ''])
  t.match(again.stderr, /not empty \(migrations, .+ and more\)/)
  const readme = await runCli(['restore', path.resolve('README.md'), '--data', path.join(folder, 'third')])
  t.equal(readme.code, 1)
  t.match(readme.stderr, /README\.md is (?:damaged, or )?no backup/)
  t.notOk(fs.existsSync(path.join(folder, 'third')), 'a bad file makes no database')
})

t.test(
  'upgrade-data moves a data folder of PostgreSQL 15 to the present one',
  { skip: hasOld ? false : `${oldBin} is missing: apt-get install postgresql-15` },
  async t => {
    const data = dataFolder(t)
    const rows = await withEmbedded({ dataDir: data, binDir: oldBin }, async sql => {
      t.match((await sql`show server_version`)[0], { server_version: /^15\./ })
      return await fill(sql)
    })
    fs.writeFileSync(path.join(data, 'postgres', 'custom.conf'), 'work_mem = 17MB\n')
    const refused = await runCli(['backup', 'x.tar', '--data', data], { cwd: data })
    t.match(refused.stderr, /made by PostgreSQL 15[^]+mesher upgrade-data/)

    const missing = await runCli(['upgrade-data', '--data', data, '--old-programs', '/nowhere'])
    t.equal(missing.code, 1)
    t.equal(fs.readFileSync(path.join(data, 'postgres', 'PG_VERSION'), 'utf8'), '15\n', 'nothing was changed')

    const moved = await runCli(['upgrade-data', '--data', data, '--json'])
    t.equal(moved.code, 0, moved.stderr)
    t.match(JSON.parse(moved.stdout), { from: 15, to: 18, kept: path.join(data, 'postgres-15') })
    await withEmbedded({ dataDir: data }, async sql => {
      t.match((await sql`show server_version`)[0], { server_version: /^18\./ })
      t.match((await sql`show work_mem`)[0], { work_mem: '17MB' }, 'settings of the operator went along')
      t.strictSame(await rowsOf(sql), rows)
    })
    t.notOk(fs.existsSync(path.join(data, 'upgrading')))

    const again = await runCli(['upgrade-data', '--data', data])
    t.equal(again.code, 1)
    t.match(again.stderr, /one of PostgreSQL 18 already/)

    fs.renameSync(path.join(data, 'postgres'), path.join(data, 'away'))
    const half = await runCli(['migrate', '--data', data])
    t.equal(half.code, 1, 'a swap that was interrupted is not taken for a first start')
    t.match(half.stderr, /"mesher upgrade-data" was interrupted[^]+Rename postgres-15 to postgres/)
  }
)
