// Goal: one server per data folder, whatever dies and in whatever state the folder is found; nothing committed is ever
// lost. Method: real servers in folders of their own; owners and postmasters are killed with SIGKILL.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { startEmbedded, type EmbeddedServer } from '../../../../services/database/postgres/embedded.ts'
import { readPostmasterFile } from '../../../../services/database/postgres/postmaster.ts'
import { connect, type Sql } from '../../../../services/database/sql.ts'
import { dataFolder } from '../../../support/data-folder.ts'
import { startOwner } from '../../../support/owner.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

const binDir = process.env.MESHER_TEST_PG_BIN
const isRoot = process.getuid?.() === 0

async function start(t: Test, dataDir: string): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, binDir })
  t.teardown(() => server.stop())
  return server
}

async function withSql<Result>(url: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = connect({ url, max: 1 })
  return work(sql).finally(() => sql.end({ timeout: 1 }))
}

async function store(url: string): Promise<void> {
  await withSql(url, sql =>
    sql.begin(async tx => {
      await tx`create table kept (id int primary key)`
      await tx`insert into kept select generate_series(1, 100)`
    })
  )
}

async function stored(url: string): Promise<number> {
  const [row] = await withSql(url, async sql => sql<{ count: number }[]>`select count(*) from kept`)
  return row?.count ?? 0
}

function lost(server: EmbeddedServer): Promise<string> {
  return new Promise(resolve => server.onLost(resolve))
}

t.test('makes a durable server that only its owner reaches', async t => {
  const server = await start(t, dataFolder(t))
  const settings = await withSql(
    server.url,
    async sql => sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'wal_compression',
      'listen_addresses', 'server_encoding', 'jit') order by name`
  )
  t.same(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    jit: 'off',
    listen_addresses: '',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
    wal_compression: 'off'
  })
  const folder = new URL(server.url).searchParams.get('host') ?? ''
  const { mode, uid } = fs.statSync(folder)
  t.equal(mode & 0o777, 0o700)
  t.not(uid, 0)
  t.equal(fs.statSync(`/proc/${server.pid()}`).uid, uid)
})

t.test('keeps what was committed from start to start', async t => {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await store(first.url)
  await first.stop()
  t.equal(await readPostmasterFile(first.cluster), null)

  const second = await start(t, dataDir)
  t.equal(await stored(second.url), 100)
  t.equal(second.isAdopted(), false)
})

t.test('tells when the server is killed, and brings it back with what was committed', async t => {
  const server = await start(t, dataFolder(t))
  await store(server.url)
  const pid = server.pid()
  const reason = lost(server)
  process.kill(pid, 'SIGKILL')
  t.match(await reason, /SIGKILL/)

  await server.restart()
  t.not(server.pid(), pid)
  t.equal(await stored(server.url), 100)
  const again = server.pid()
  await server.restart()
  t.equal(server.pid(), again, 'a restart while it runs does nothing')
})

t.test(
  'loses nothing of what was confirmed when it is killed under load, and connections come back by themselves',
  async t => {
    const server = await start(t, dataFolder(t))
    const sql = connect({ url: server.url, max: 4 })
    t.teardown(() => sql.end({ timeout: 0 }))
    await sql`create table kept (id int primary key)`
    const confirmed: number[] = []
    let next = 0
    const insertUntil = async (isOver: () => boolean): Promise<void> => {
      while (!isOver()) {
        const id = next++
        const done = await sql`insert into kept values (${id})`.then(
          () => true,
          () => false
        )
        if (done) confirmed.push(id)
        else await new Promise(resolve => setImmediate(resolve))
      }
    }
    const reason = lost(server)
    const goal = 500
    const workers = Array.from({ length: 8 }, () => insertUntil(() => confirmed.length >= goal))
    const half = insertUntil(() => confirmed.length >= goal / 2)
    await half
    process.kill(server.pid(), 'SIGKILL')
    await reason
    await server.restart()
    await Promise.all(workers)

    const rows = await sql<{ id: number }[]>`select id from kept`
    const present = new Set(rows.map(({ id }) => id))
    t.same(
      confirmed.filter(id => !present.has(id)),
      []
    )
  }
)

t.test('takes any path for a data folder', async t => {
  const dataDir = path.join(dataFolder(t), `it's a "data" folder äöü ${'x'.repeat(150)}`)
  const server = await start(t, dataDir)
  t.equal(server.cluster, path.join(dataDir, 'postgres'))
  await t.resolves(withSql(server.url, async sql => sql`select 1`))
})

t.test('does not report an end that was requested', async t => {
  const server = await startEmbedded({ dataDir: dataFolder(t), binDir })
  let calls = 0
  server.onLost(() => {
    calls += 1
  })
  await Promise.all([server.stop(), server.stop()])
  t.equal(calls, 0)
})

t.test('refuses a second start on the same folder while the first lives', async t => {
  const dataDir = dataFolder(t)
  const server = await start(t, dataDir)
  await t.rejects(startEmbedded({ dataDir, binDir }), {
    code: 'data_in_use',
    message: new RegExp(`in use by process ${process.pid}`)
  })
  await t.resolves(withSql(server.url, async sql => sql`select 1`))
})

t.test('takes over the server that a killed owner left running', { skip: binDir !== undefined }, async t => {
  const dataDir = dataFolder(t)
  const owner = await startOwner(t, dataDir)
  if (!('url' in owner.result)) throw new Error(owner.result.code)
  await store(owner.result.url)
  await owner.kill()

  const server = await start(t, dataDir)
  t.equal(server.isAdopted(), true)
  t.equal(server.pid(), owner.result.pid)
  t.equal(await stored(server.url), 100)

  const reason = lost(server)
  process.kill(server.pid(), 'SIGKILL')
  await reason
  await server.restart()
  t.equal(server.isAdopted(), false)
  t.equal(await stored(server.url), 100)
})

t.test(
  'stops what a killed owner left running when it is not what would be started now',
  { skip: binDir !== undefined },
  async t => {
    const dataDir = dataFolder(t)
    const owner = await startOwner(t, dataDir)
    if (!('url' in owner.result)) throw new Error(owner.result.code)
    await store(owner.result.url)
    await withSql(owner.result.url, async sql => {
      await sql`alter system set mesher.settings = 'of an earlier version'`
      await sql`select pg_reload_conf()`
      // The server reads them a moment later, and then tells its clients.
      for (let isRead = false; !isRead;) {
        isRead = (await sql`select where current_setting('mesher.settings', true) = 'of an earlier version'`).count > 0
      }
    })
    await owner.kill()

    const server = await start(t, dataDir)
    t.equal(server.isAdopted(), false)
    t.not(server.pid(), owner.result.pid)
    t.equal(await stored(server.url), 100)
  }
)

t.test(
  'lets one of several starts at the same time have an orphaned server, and refuses the others',
  { skip: binDir !== undefined },
  async t => {
    const dataDir = dataFolder(t)
    const owner = await startOwner(t, dataDir)
    if (!('url' in owner.result)) throw new Error(owner.result.code)
    await owner.kill()

    const results = (await Promise.all([1, 2, 3].map(() => startOwner(t, dataDir)))).map(({ result }) => result)
    t.same(
      results.filter(result => 'url' in result),
      [{ ...owner.result, isAdopted: true }]
    )
    t.same(
      results.filter(result => 'code' in result),
      [{ code: 'data_in_use' }, { code: 'data_in_use' }]
    )
  }
)

t.test('starts after owner and server were killed together', { skip: binDir !== undefined }, async t => {
  const dataDir = dataFolder(t)
  const owner = await startOwner(t, dataDir)
  if (!('url' in owner.result)) throw new Error(owner.result.code)
  await store(owner.result.url)
  await owner.kill()
  process.kill(owner.result.pid, 'SIGKILL')

  const server = await start(t, dataDir)
  t.equal(server.isAdopted(), false)
  t.equal(await stored(server.url), 100)
})

t.test('does not take a process of somebody else for a server, even under the process id of one', async t => {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await first.stop()
  const stale = [
    process.pid,
    first.cluster,
    1_700_000_000,
    5432,
    new URL(first.url).searchParams.get('host'),
    '',
    '  5432001 0',
    'ready   '
  ]
  fs.writeFileSync(path.join(first.cluster, 'postmaster.pid'), `${stale.join('\n')}\n`)
  const server = await start(t, dataDir)
  t.not(server.pid(), process.pid)
})

t.test(
  'lives on when Ctrl-C reaches the owner and everything in its process group',
  { skip: binDir !== undefined },
  async t => {
    const owner = await startOwner(t, dataFolder(t))
    if (!('url' in owner.result)) throw new Error(owner.result.code)
    process.kill(-(owner.process.pid ?? 0), 'SIGINT')
    await t.resolves(withSql(owner.result.url, async sql => sql`select 1`))
    t.equal(owner.process.exitCode, null)
  }
)

t.test('refuses a database of another major version and leaves it as it is', async t => {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await first.stop()
  const before = fs.readFileSync(path.join(first.cluster, 'postgresql.conf'), 'utf8')
  fs.writeFileSync(path.join(first.cluster, 'PG_VERSION'), '14\n')
  await t.rejects(startEmbedded({ dataDir, binDir }), {
    code: 'data_other_version',
    message: /made by PostgreSQL 14/,
    hint: /mesher upgrade-data.*postgresql-14/
  })
  t.equal(fs.readFileSync(path.join(first.cluster, 'postgresql.conf'), 'utf8'), before)
})

t.test('refuses folders that hold something else', async t => {
  const one = dataFolder(t)
  fs.mkdirSync(path.join(one, 'postgres'))
  fs.writeFileSync(path.join(one, 'postgres', 'holiday.jpg'), 'x')
  if (isRoot) fs.chownSync(path.join(one, 'postgres'), 65534, 65534)
  await t.rejects(startEmbedded({ dataDir: one, binDir }), { code: 'data_foreign' })

  const other = dataFolder(t)
  fs.writeFileSync(path.join(other, 'PG_VERSION'), '18\n')
  await t.rejects(startEmbedded({ dataDir: other, binDir }), { code: 'data_foreign', message: /not of Mesher/ })
})

t.test('shows the last words of a server that does not start', async t => {
  const dataDir = dataFolder(t)
  const first = await startEmbedded({ dataDir, binDir })
  await first.stop()
  fs.writeFileSync(path.join(first.cluster, 'custom.conf'), 'shared_buffers = plenty\n')
  await t.rejects(startEmbedded({ dataDir, binDir }), {
    code: 'server_failed',
    message: /invalid value for parameter "shared_buffers": "plenty"/
  })

  fs.writeFileSync(path.join(first.cluster, 'custom.conf'), 'work_mem = 5MB\n')
  const server = await start(t, dataDir)
  const [row] = await withSql(
    server.url,
    async sql => sql<{ setting: string }[]>`select current_setting('work_mem') as setting`
  )
  t.equal(row?.setting, '5MB', 'settings of the operator win')
})

t.test('begins anew when a start was killed while it made the database', async t => {
  const dataDir = dataFolder(t)
  fs.mkdirSync(path.join(dataDir, 'postgres.initializing'))
  fs.writeFileSync(path.join(dataDir, 'postgres.initializing', 'PG_VERSION'), '18\n')
  const server = await start(t, dataDir)
  t.equal(fs.existsSync(path.join(dataDir, 'postgres.initializing')), false)
  await t.resolves(store(server.url))
})

t.test('gives up a start when asked to, and leaves nothing running', async t => {
  const dataDir = dataFolder(t)
  await t.rejects(startEmbedded({ dataDir, binDir, signal: AbortSignal.abort() }), { code: 'cancelled' })
  await start(t, dataDir)
})
