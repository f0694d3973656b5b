/**
 * The end state, row by row: the journal of a load against what PostgreSQL holds. A run counts only when every event
 * acknowledged as stored is there exactly once, under the id it was given, no others are there but events whose fate
 * the sender could not know, and the counts of all issues add up.
 */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import * as v from 'valibot'
import { audit } from '../../services/commit/count-check.ts'
import { connect } from '../../services/database/sql.ts'
import { payloadText, type StoredPayloadColumns } from '../../services/events/payloads.ts'
import { openSql, type Sql } from './postgres.ts'

type Row = { id: string } & StoredPayloadColumns

const foundSchema = v.object({
  event_id: v.optional(v.string()),
  extra: v.optional(v.object({ marker: v.optional(v.string()) }))
})

export type EndState = { rows: number; acknowledged: number; problems: string[] }

/** `problems` is empty when all is well. The journals are those of all loads that went into this database. */
export async function checkEndState(url: string, journalPaths: readonly string[]): Promise<EndState> {
  // The rows are read while they are written.
  const sql = openSql(url, 2)
  try {
    await sql`create table journal (marker text not null, status int not null, fate text not null, id text not null)`
    for (const path of journalPaths) {
      await pipeline(createReadStream(path), await sql`copy journal from stdin`.writable())
    }
    await readRows(sql)
    await sql`create index on row_found (marker)`
    await sql`analyze journal, row_found`

    const [counts] = await sql<Array<{ rows: number; acknowledged: number }>>`
      select (select count(*)::int from row_found) as rows,
        (select count(*)::int from journal where status in (200, 202) and fate = 'stored') as acknowledged`
    return { rows: counts?.rows ?? 0, acknowledged: counts?.acknowledged ?? 0, problems: await problemsIn(sql) }
  } finally {
    await sql.end()
  }
}

const rowsAtOnce = 2_000

/** What the payloads say, which PostgreSQL cannot read. */
async function readRows(sql: Sql): Promise<void> {
  await sql`create table row_found (id text not null, client_id text, marker text)`
  const rows = sql<Row[]>`select id, payload::text as payload, packed from events`.cursor(rowsAtOnce)
  const found = async function* (): AsyncGenerator<string> {
    for await (const page of rows) yield page.map(rowFound).join('')
  }
  await pipeline(found(), await sql`copy row_found from stdin`.writable())
}

function rowFound({ id, payload, packed }: Row): string {
  const { event_id: clientId, extra } = v.parse(foundSchema, JSON.parse(payloadText({ payload, packed })))
  return `${id}\t${clientId ?? '\\N'}\t${extra?.marker ?? '\\N'}\n`
}

async function problemsIn(sql: Sql): Promise<string[]> {
  const [found] = await sql<Array<Record<string, number>>>`
    select
      (select count(*)::int from journal j where status in (200, 202) and fate = 'stored'
        and not exists (select from row_found r where r.marker = j.marker and j.id in (r.id, r.client_id))
      ) as "acknowledged events are missing",
      (select count(*)::int from (select from row_found group by marker having count(*) > 1) twice
      ) as "events are there more than once",
      (select count(*)::int from row_found r where not exists (
        select from journal j
        where j.marker = r.marker and (j.id in (r.id, r.client_id) and fate = 'stored' or status in (0, 503)))
      ) as "rows are there that nobody sent or that were refused",
      (select count(*)::int from (select issue_id, count(*) from events group by issue_id) e
        full join issues i on i.id = e.issue_id
        where coalesce(i.event_count, -1) <> coalesce(e.count, 0)) as "issues count other events than are there"
  `
  return Object.entries(found ?? {})
    .filter(([, count]) => count > 0)
    .map(([problem, count]) => `${count} ${problem}`)
}

/**
 * The differences that Mesher's own audit finds: rollups, users and numbers of issues against the rows. The peer has
 * none of these.
 */
export async function auditProblems(url: string): Promise<string[]> {
  const sql = connect({ url, max: 2, statementTimeoutMs: 0 })
  try {
    const differences = await audit(sql)
    return differences.map(
      ({ check, subject, expected, actual }) => `${check}: ${subject} is ${actual}, not ${expected}`
    )
  } finally {
    await sql.end()
  }
}
