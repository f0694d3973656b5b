/**
 * The floor of an acknowledgement: how long PostgreSQL takes to commit one row of `events`, alone, over one connection
 * without anything else going on. Ends after `commitsMax` commits or `msMax`, whichever comes first.
 */
import { v7 as uuidv7 } from 'uuid'
import { createHistogram, record, summaryMs, type LatencySummary } from '../load/histogram.ts'
import { openSql } from '../support/postgres.ts'

const commitsMax = 2_000
const msMax = 5_000

/** Repeats one of the events that the database holds, under ids of their own. */
export async function singleRowCommits(url: string): Promise<LatencySummary> {
  const sql = openSql(url, 1)
  const histogram = createHistogram()
  const endMs = performance.now() + msMax
  await sql`create table sample_event as select * from events limit 1`

  for (let commits = 0; commits < commitsMax && performance.now() < endMs; commits++) {
    const startedMs = performance.now()
    await sql`
      insert into events (
        project_id, received_at, id, retention_days, issue_id, occurred_at, user_hash, level, environment, release,
        "user", message, search, payload)
      select project_id, received_at, ${uuidv7()}, retention_days, issue_id, occurred_at, user_hash, level, environment,
        release, "user", message, search, payload
      from sample_event
    `
    record(histogram, (performance.now() - startedMs) * 1_000)
  }
  await sql.end()
  return summaryMs(histogram)
}
