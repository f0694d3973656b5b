/**
 * Folds what commits left in `rollup_deltas` into the rollups: takes some rows, sums them up, adds the sums, all in one
 * transaction. So every event is counted exactly once, whichever node folds and whenever one dies; a delta that
 * another node is folding is passed over. Reads of rollups are behind by what has not been folded yet.
 */
import type { Sql } from './sql.ts'
import { decodeDelta } from './rollup-deltas.ts'
import { sumUp, type Rollups } from './rollup-tables.ts'
import type { WireConnection } from './wire/connection.ts'
import { dates, hashes, int, ints, texts, timestamps, uuids } from './wire/parameters.ts'
import type { Pipeline, Statement } from './wire/pipeline.ts'
import { withWire } from './wire/pool.ts'

/** How many deltas and events were folded; less deltas than asked for means that none are left. */
export type Folded = { deltas: number, events: number }

const begin: Statement = { name: 'begin', text: 'begin' }
const commit: Statement = { name: 'commit', text: 'commit' }
const take: Statement = {
  name: 'take_deltas',
  text: `delete from rollup_deltas
    where id = any (array(select id from rollup_deltas order by id limit $1::bigint for update skip locked)) returning payload`
}
const addIssueMinutes: Statement = {
  name: 'add_issue_minutes',
  text: `insert into issue_minutes as r (project_id, issue_id, minute, count)
    select * from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::bigint[])
    on conflict (project_id, issue_id, minute) do update set count = r.count + excluded.count`
}
const addIssueHours: Statement = {
  name: 'add_issue_hours',
  text: `insert into issue_hours as r (project_id, issue_id, hour, environment, count)
    select * from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[])
    on conflict (project_id, issue_id, hour, environment) do update set count = r.count + excluded.count`
}
const addProjectHours: Statement = {
  name: 'add_project_hours',
  text: `insert into project_hours as r (project_id, hour, level, environment, release, count, bytes)
    select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    on conflict (project_id, hour, level, environment, release)
    do update set count = r.count + excluded.count, bytes = r.bytes + excluded.bytes`
}
const addTagDays: Statement = {
  name: 'add_tag_days',
  text: `insert into tag_days as r (project_id, day, key, value, count)
    select * from unnest($1::bigint[], $2::date[], $3::text[], $4::text[], $5::bigint[])
    on conflict (project_id, day, key, value) do update set count = r.count + excluded.count`
}
const addIssueReleases: Statement = {
  name: 'add_issue_releases',
  text: `insert into issue_releases as r (project_id, issue_id, release, first_hour, last_hour)
    select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
    on conflict (project_id, issue_id, release) do update
    set first_hour = least(r.first_hour, excluded.first_hour), last_hour = greatest(r.last_hour, excluded.last_hour)
    where r.first_hour > excluded.first_hour or r.last_hour < excluded.last_hour`
}
const addProjectUsers: Statement = {
  name: 'add_project_users',
  text: `insert into project_users as r (project_id, user_hash, last_hour)
    select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
    on conflict (project_id, user_hash) do update set last_hour = excluded.last_hour where r.last_hour < excluded.last_hour`
}
const addOutcomeHours: Statement = {
  name: 'add_outcome_hours',
  text: `insert into outcome_hours as r (project_id, hour, outcome, reason, count)
    select project, hour, outcome, '', count from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[]) as u (project, hour, outcome, count)
    on conflict (project_id, hour, outcome, reason) do update set count = r.count + excluded.count`
}
const addIssueUsers: Statement = { name: 'fold_issue_users', text: 'select fold_issue_users($1::bigint[], $2::uuid[], $3::bigint[])' }

/** Folds the oldest deltas, at most `rowsMax`, into the rollups. */
export async function foldRollups (sql: Sql, { rowsMax, deadlineMs = 30_000 }: { rowsMax: number, deadlineMs?: number }): Promise<Folded> {
  return await withWire(sql, async wire => {
    try {
      const [, taken] = await wire.run(pipeline => {
        pipeline.execute(begin)
        pipeline.execute(take, [int(rowsMax)])
      }, { deadlineMs })
      const deltas = (taken?.rows ?? []).map(([payload]) => decodeDelta(payload ?? ''))
      const rollups = sumUp(deltas)
      await wire.run(pipeline => {
        writeRollups(pipeline, rollups)
        pipeline.execute(commit)
      }, { deadlineMs })
      return { deltas: deltas.length, events: deltas.reduce((sum, delta) => sum + delta.events.length, 0) }
    } catch (error) {
      abandon(wire)
      throw error
    }
  })
}

/** Ends the connection, and with it the transaction that stands open on it. */
function abandon (wire: WireConnection): void {
  wire.close()
}

function writeRollups (pipeline: Pipeline, rollups: Rollups): void {
  const { issueMinutes, issueHours, projectHours, tagDays, issueReleases, issueUsers, projectUsers, outcomeHours } = rollups
  pipeline.execute(addOutcomeHours, [
    projects(outcomeHours), timestamps(outcomeHours.map(row => row.hour)), texts(outcomeHours.map(row => row.outcome)), counts(outcomeHours)
  ])
  pipeline.execute(addProjectHours, [
    projects(projectHours), timestamps(projectHours.map(row => row.hour)), texts(projectHours.map(row => row.level)),
    texts(projectHours.map(row => row.environment)), texts(projectHours.map(row => row.release)), counts(projectHours),
    ints(projectHours.map(row => row.bytes))
  ])
  pipeline.execute(addTagDays, [
    projects(tagDays), dates(tagDays.map(row => row.day)), texts(tagDays.map(row => row.key)), texts(tagDays.map(row => row.value)), counts(tagDays)
  ])
  pipeline.execute(addProjectUsers, [
    projects(projectUsers), hashes(projectUsers.map(row => row.userHash)), timestamps(projectUsers.map(row => row.hour))
  ])
  pipeline.execute(addIssueMinutes, [
    projects(issueMinutes), issues(issueMinutes), timestamps(issueMinutes.map(row => row.minute)), counts(issueMinutes)
  ])
  pipeline.execute(addIssueHours, [
    projects(issueHours), issues(issueHours), timestamps(issueHours.map(row => row.hour)), texts(issueHours.map(row => row.environment)), counts(issueHours)
  ])
  pipeline.execute(addIssueReleases, [
    projects(issueReleases), issues(issueReleases), texts(issueReleases.map(row => row.release)),
    timestamps(issueReleases.map(row => row.first)), timestamps(issueReleases.map(row => row.last))
  ])
  pipeline.execute(addIssueUsers, [projects(issueUsers), issues(issueUsers), hashes(issueUsers.map(row => row.userHash))])
}

function projects (rows: readonly { projectId: number }[]) {
  return ints(rows.map(row => row.projectId))
}

function issues (rows: readonly { issueId: string }[]) {
  return uuids(rows.map(row => row.issueId))
}

function counts (rows: readonly { count: number }[]) {
  return ints(rows.map(row => row.count))
}

/** Forgets minutes older than 25 h, at most `rowsMax`; answers how many. */
export async function forgetMinutes (sql: Sql, { rowsMax }: { rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from issue_minutes where ctid = any (array(
      select ctid from issue_minutes where minute < now() - interval '25 hours' order by minute limit ${rowsMax}))`
  return count
}
