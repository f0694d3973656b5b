// Goal: the check of the end state finds every kind of error, and only errors. Method: a database with three events of
// one issue, spoiled in one way a test, against the journal of the load that sent them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkEndState, type EndState } from '../../bench/support/check.ts'
import { ensurePartitions } from '../../services/database/partitions.ts'
import type { Sql } from '../../services/database/sql.ts'
import { testDatabase } from '../support/database.ts'

const issue = '01900000-0000-7000-8000-0000000000aa'
const id = (n: number): string => `01900000-0000-7000-8000-00000000000${n}`
const stored = (n: number): string => `m${n}\t202\tstored\t${id(n)}\n`

async function insertEvent(sql: Sql, n: number, marker: string): Promise<void> {
  await sql`
    insert into events (project_id, received_at, id, retention_days, issue_id, occurred_at, level, environment, release,
      "user", message, search, payload)
    values (1, now(), ${id(n)}, 30, ${issue}, now(), 'error', '', '', '', '', '', ${sql.json({ extra: { marker } })})`
}

async function checked(
  t: Test,
  journal: string,
  spoil: (sql: Sql) => Promise<unknown> = async () => {}
): Promise<EndState> {
  const { url, sql } = await testDatabase(t)
  await ensurePartitions(sql, { now: Date.now() })
  await sql`
    insert into issues (project_id, id, fingerprint, number, level, title, culprit, event_count, first_seen, last_seen,
      last_seen_hour, last_event_id)
    values (1, ${issue}, ${Buffer.alloc(32)}, 1, 'error', '', '', 3, now(), now(), now(), ${id(1)})`
  for (const n of [1, 2, 3]) await insertEvent(sql, n, `m${n}`)
  await spoil(sql)

  const folder = await mkdtemp(join(tmpdir(), 'mesher-check-'))
  t.teardown(async () => {
    await rm(folder, { recursive: true })
  })
  await writeFile(join(folder, 'journal'), journal)
  return await checkEndState(url, [join(folder, 'journal')])
}

t.test('is content when every acknowledged event is there once', async t => {
  t.same(await checked(t, stored(1) + stored(2) + stored(3)), { rows: 3, acknowledged: 3, problems: [] })
})

t.test('accepts rows whose answer was lost or late, and refused events without rows', async t => {
  const journal =
    stored(1) + 'm2\t0\tlost\t\n' + 'm3\t503\ttimeout\t\n' + 'm4\t0\ttimeout\t\n' + 'm5\t429\trate_limited\t\n'
  t.same(await checked(t, journal), { rows: 3, acknowledged: 1, problems: [] })
})

t.test('finds an acknowledged event that is missing', async t => {
  const { problems } = await checked(t, stored(1) + stored(2) + stored(3) + stored(4))
  t.same(problems, ['1 acknowledged events are missing'])
})

t.test('finds an event under another id than the acknowledged one', async t => {
  const { problems } = await checked(t, stored(1) + stored(2) + `m3\t202\tstored\t${id(9)}\n`)
  t.same(problems, ['1 acknowledged events are missing', '1 rows are there that nobody sent or that were refused'])
})

t.test('finds an event that is there twice', async t => {
  const { problems } = await checked(t, stored(1) + stored(2) + 'm3\t0\tlost\t\n', async sql => {
    await insertEvent(sql, 4, 'm3')
    await sql`update issues set event_count = 4`
  })
  t.same(problems, ['1 events are there more than once'])
})

t.test('finds rows of refused events and of nobody', async t => {
  const { problems } = await checked(t, stored(1) + 'm2\t429\trate_limited\t\n')
  t.same(problems, ['2 rows are there that nobody sent or that were refused'])
})

t.test('finds issues that count wrongly', async t => {
  const { problems } = await checked(
    t,
    stored(1) + stored(2) + stored(3),
    async sql => await sql`update issues set event_count = 2`
  )
  t.same(problems, ['1 issues count other events than are there'])
})
