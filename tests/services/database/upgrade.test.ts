// Goal: a database of version 0.2.0 is brought to this version with all that is in it: every event is read, every count
// is right, merged issues stay merged, and what comes next joins the issues that are there. Method: the tables as that
// version made them, with the rows that it wrote for six events and the acts of a user, then the migrations since.
import fs from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import * as v from 'valibot'
import { audit } from '../../../services/commit/count-check.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { makeTables, migrate, migrationsFolder, readMigrations } from '../../../services/database/migrations.ts'
import { ensurePartitions, ensurePartitionsFor } from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { closeWires } from '../../../services/database/wire/pool.ts'
import { loadEvent } from '../../../services/events/load.ts'
import { foldRollups } from '../../../services/rollups/fold.ts'
import { mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import { testDatabase } from '../../support/database.ts'
import { preparedBatch, preparedEvent } from '../../support/prepared.ts'

const lastMigration = '0037_mail_recipients.sql'
const rowsSchema = v.record(v.string(), v.array(v.record(v.string(), v.unknown())))
const storedSchema = v.object({
  id: v.string(),
  received_at: v.pipe(v.string(), v.toDate()),
  payload: v.record(v.string(), v.unknown())
})

const numberedRow = v.object({ table: v.string(), column: v.string() })

async function rowsOfThen(): Promise<v.InferOutput<typeof rowsSchema>> {
  const file = path.join(path.dirname(fileURLToPath(import.meta.url)), 'upgrade/version-0.2.0.json')
  // Compiled tests stand in a folder of their own, their data does not.
  const text = await fs.readFile(file.replace('/dist/tests/', '/tests/'), 'utf8')
  return v.parse(v.pipe(v.string(), v.parseJson(), rowsSchema), text)
}

/** A database as that version left it. */
async function databaseOfThen(t: Parameters<typeof testDatabase>[0], rows: Record<string, unknown[]>): Promise<Sql> {
  const { sql } = await testDatabase(t, { migrated: false })
  t.teardown(async () => closeWires(sql))
  const all = await readMigrations(migrationsFolder())
  const then = all.slice(0, all.findIndex(({ name }) => name === lastMigration) + 1)
  await sql.begin(async sql => await makeTables(sql, then))
  const [first] = v.parse(v.array(storedSchema), rows.events)
  const now = first?.received_at.getTime() ?? 0
  await ensurePartitionsFor(sql, [preparedBatch([preparedEvent({ receivedAt: now })])], { now })
  await sql.begin(async sql => {
    // Tables name each other; what they hold is whole.
    await sql`set local session_replication_role = replica`
    for (const [table, list] of Object.entries(rows)) {
      await sql`insert into ${sql(table)} overriding system value select * from json_populate_recordset(
        null::${sql(table)}, ${JSON.stringify(list)}::text::json)`
    }
    for (const { table, column } of await sql.rows(numberedRow)`
      select table_name as table, column_name as column from information_schema.columns
      where is_identity = 'YES' and table_schema = current_schema()`) {
      await sql`select setval(pg_get_serial_sequence(${table}, ${column}), coalesce(max(${sql(column)}), 0) + 1)
        from ${sql(table)}`
    }
  })
  return sql
}

t.test('a database of version 0.2.0', async t => {
  const rows = await rowsOfThen()
  const sql = await databaseOfThen(t, rows)
  const applied = await migrate(sql)
  t.match(applied[0], /^0038_/)
  t.same(await audit(sql), [])

  const stored = v.parse(v.array(storedSchema), rows.events)
  t.equal(stored.length, 6)
  for (const { id, received_at: receivedAt, payload } of stored) {
    const found = await loadEvent(sql, { id, projectId: 1, retentionDays: 30, receivedAt })
    t.same(JSON.parse(found?.payload ?? 'null'), payload)
  }

  const before = await issuesOf(sql)
  t.same(
    before.map(({ status, merged, count }) => ({ status, merged, count })),
    [
      { status: 'unresolved', merged: false, count: 3 },
      { status: 'unresolved', merged: true, count: 1 },
      { status: 'unresolved', merged: false, count: 1 },
      { status: 'resolved', merged: false, count: 1 }
    ]
  )

  // The same events again, as this version prepares them.
  await ensurePartitions(sql, { now: Date.now(), daysAhead: 1 })
  const again = stored.map(({ payload }) => {
    const id = mintEventId()
    const scrub = { enabled: true, fields: [], safeFields: [], ip: 'keep' as const }
    const project = { projectId: 1, retentionDays: 30 as const, sampleRate: 1, rateLimitPerMinute: null, scrub }
    const prepared = prepareEvent(payload, { id, receivedAt: receivedAtOf(id), project })
    if (prepared.kind !== 'prepared') throw new Error(`an event was not prepared but ${prepared.kind}`)
    return prepared.event
  })
  await commitBatches(sql, [preparedBatch(again)], { node: 'test', deadlineMs: 10_000 })
  await foldRollups(sql, { rowsMax: 100 })
  t.same(
    (await issuesOf(sql)).map(({ id, count }) => ({ id, count })),
    before.map(({ id, count }) => ({ id, count: 2 * count }))
  )
  t.equal((await issuesOf(sql)).at(-1)?.status, 'unresolved', 'what came back after it was resolved is a regression')
  t.same(await audit(sql), [])
})

const issueRow = v.object({ id: v.string(), status: v.string(), merged: v.boolean(), count: v.number() })

async function issuesOf(sql: Sql): Promise<v.InferOutput<typeof issueRow>[]> {
  return await sql.rows(issueRow)`
    select id, status, merged_into is not null as merged, event_count as count from issues order by id`
}
