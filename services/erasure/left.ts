/** What is left of users and releases of a project when events of theirs are gone. */
import * as v from 'valibot'
import { retentionClasses } from '../../schema/pipeline.ts'
import type { PendingQuery, Queryable, TransactionSql } from '../database/sql.ts'
import { eachClass, retentionClassesOf } from '../search/event-windows.ts'
import { facet, projectLexeme, quoted } from '../search/lexemes.ts'
import { throughIndex } from '../search/through-index.ts'

export type UserName = { hash: string | null; user: string }

const userRow = v.strictObject({ hash: v.string(), hour: v.date() })

/** Users of whom there are events, with the hour of the newest. */
export async function usersLeft(
  sql: TransactionSql,
  projectId: number,
  users: readonly UserName[]
): Promise<v.InferOutput<typeof userRow>[]> {
  const found: v.InferOutput<typeof userRow>[] = []
  await throughIndex(sql, async () => {
    for (const user of users) {
      const events = await eventsOf(sql, projectId, user)
      found.push(
        ...(await sql.rows(userRow)`
          select ${user.hash} as hash, date_bin('1 hour', max(e.received_at), '2000-01-01 00:00Z') as hour
          from (${events.branches}) e having count(*) > 0`)
      )
    }
  })
  return found
}

const issueRow = v.strictObject({ issue_id: v.string() })

/** Those of these issues that have events of the user. */
export async function issuesLeft(
  sql: TransactionSql,
  projectId: number,
  user: UserName,
  issueIds: readonly string[]
): Promise<string[]> {
  return await throughIndex(sql, async () => {
    const events = await eventsOf(sql, projectId, user)
    const rows = await sql.rows(issueRow)`
      select distinct e.issue_id from (${events.branches}) e where e.issue_id = any (${issueIds}::uuid[])`
    return rows.map(row => row.issue_id)
  })
}

/** In an object, because a query that is awaited is sent. */
async function eventsOf(
  sql: Queryable,
  projectId: number,
  { hash, user }: UserName
): Promise<{ branches: PendingQuery<Record<string, unknown>> }> {
  const search = `${quoted(projectLexeme(projectId))} & ${quoted(facet('user', user))}`
  const classes = await retentionClassesOf(sql, projectId)
  return {
    branches: eachClass(
      sql,
      classes,
      days => sql`
      select e.received_at, e.issue_id from events e where e.project_id + 0 = ${projectId}
        and e.retention_days = ${days} and e.search @@ ${search}::tsquery and e.user_hash = ${hash}::bigint`
    )
  }
}

const releaseRow = v.strictObject({ release: v.string() })

/** Those of these releases that no hour of the project counts events of. */
export async function hoursWithout(
  sql: TransactionSql,
  projectId: number,
  releases: readonly string[]
): Promise<string[]> {
  const rows = await sql.rows(releaseRow)`
    select r.release from unnest(${releases}::text[]) r (release)
    where not exists (select from project_hours h where h.project_id = ${projectId} and h.release = r.release)`
  return rows.map(({ release }) => release)
}

export type IssueRelease = { issue: string; release: string }

const spanRow = v.strictObject({ issue: v.string(), release: v.string(), first: v.date(), last: v.date() })
export type SpanLeft = v.InferOutput<typeof spanRow>

/**
 * The oldest and newest event of issues in releases. Only hours are looked at in which the project has events of the
 * release, so that no long way leads past events of others.
 */
export async function spansLeft(
  sql: TransactionSql,
  projectId: number,
  pairs: readonly IssueRelease[]
): Promise<SpanLeft[]> {
  const one = (order: 'asc' | 'desc') => {
    const [byHour, byId] =
      order === 'asc'
        ? [sql`order by h.hour`, sql`order by e.id`]
        : [sql`order by h.hour desc`, sql`order by e.id desc`]
    const events = eachClass(
      sql,
      retentionClasses,
      days => sql`
      select e.id, e.received_at from events e where e.project_id + 0 = ${projectId} and e.issue_id = p.issue
        and e.retention_days = ${days} and e.received_at >= h.hour and e.received_at < h.hour + interval '1 hour'
        and e.id >= ${leastIdAt(sql, sql`h.hour`)} and e.id < ${leastIdAt(sql, sql`h.hour + interval '1 hour'`)}
        and e.release = p.release ${byId} limit 1`
    )
    return sql`
      select f.received_at from (
        select distinct hour from project_hours where project_id = ${projectId} and release = p.release
      ) h, lateral (select * from (${events}) e ${byId} limit 1) f ${byHour} limit 1`
  }
  return await sql.rows(spanRow)`
    select p.issue, p.release, oldest.received_at as first, newest.received_at as last
    from json_to_recordset(${JSON.stringify(pairs)}::text::json) as p (issue uuid, release text),
      lateral (${one('asc')}) oldest, lateral (${one('desc')}) newest`
}

/** The least id of events that are received from this time on. */
function leastIdAt(sql: Queryable, time: PendingQuery<Record<string, unknown>>) {
  return sql`(lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`
}
