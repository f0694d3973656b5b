/**
 * What issues show and count of events that are gone: they become as if these had never been. First and last times,
 * title and culprit come from the rows that are left. Where all rows have expired, times stay as near as is known, and
 * a title that an erased event may have given is gone.
 */
import * as v from 'valibot'
import { namesOf, namesOfPayload } from '../../events/own-names.ts'
import { limits } from '../../schema/limits.ts'
import type { TransactionSql } from '../database/sql.ts'
import type { LockedIssue } from '../issues/locks.ts'
import { deleteEmpty, sumFamily } from '../issues/merges.ts'
import { eachClass, leastId, retentionClassesOf } from '../search/event-windows.ts'

export type EventErasure = { erasureId: string; projectId: number; requestedBy: string | null }

/** `clientId` is the id that its client gave it. */
export type GoneEvent = { id: string; issue_id: string; received_at: Date; weight: number; clientId: string | null }

/** Shown where the event that gave the title is gone and no other is left. */
const erasedTitle = '(erased)'

/** Takes the events out of their issues and of the roots of these. */
export async function recountIssues(
  sql: TransactionSql,
  { projectId, requestedBy }: EventErasure,
  gone: readonly GoneEvent[],
  locked: readonly LockedIssue[]
): Promise<void> {
  const rootOf = new Map(locked.map(issue => [issue.id, issue.merged_into ?? issue.id]))
  await lowerArchives(sql, projectId, gone, rootOf)
  const touched = [...new Set(gone.map(event => event.issue_id))]
  await recount(sql, projectId, gone, await leftOf(sql, projectId, touched))
  const roots = [...new Set(touched.map(id => rootOf.get(id) ?? id))]
  await sumFamilies(sql, projectId, roots, locked)
  await settleEmpty(sql, { projectId, requestedBy }, touched, roots, locked)
}

/** Counts of an archive are those of the moment when it was archived. */
async function lowerArchives(
  sql: TransactionSql,
  projectId: number,
  gone: readonly GoneEvent[],
  rootOf: ReadonlyMap<string, string>
): Promise<void> {
  const events = gone.map(event => ({
    issue: rootOf.get(event.issue_id),
    at: event.received_at.toISOString(),
    weight: event.weight
  }))
  await sql`
    update issue_archives a set event_count = greatest(a.event_count - g.count, 0) from (
      select g.issue, sum(g.weight) as count
      from json_to_recordset(${JSON.stringify(events)}::text::json) as g (issue uuid, at timestamptz, weight bigint)
      join issue_archives a on a.project_id = ${projectId} and a.issue_id = g.issue and a.at >= g.at group by g.issue
    ) g where a.project_id = ${projectId} and a.issue_id = g.issue`
}

const leftRow = v.strictObject({
  issue_id: v.string(),
  first_at: v.date(),
  level: v.string(),
  last_at: v.date(),
  id: v.string(),
  title: v.nullable(v.string()),
  culprit: v.nullable(v.string()),
  message: v.string(),
  payload: v.nullable(v.string())
})
type Left = v.InferOutput<typeof leftRow>

/** The oldest and the newest event of each of these issues; those without any are missing. */
async function leftOf(sql: TransactionSql, projectId: number, issueIds: readonly string[]): Promise<Left[]> {
  const classes = await retentionClassesOf(sql, projectId)
  const one = (order: 'asc' | 'desc') => {
    const sorted = order === 'asc' ? sql`order by e.id` : sql`order by e.id desc`
    const branches = eachClass(
      sql,
      classes,
      days => sql`
      select e.id, e.received_at, e.level, e.title, e.culprit, left(e.message, ${limits.titleCharsMax + 1}) as message,
        case when e.culprit is null then e.payload::text end as payload
      from events e where e.project_id + 0 = ${projectId} and e.issue_id = i.id and e.retention_days = ${days}
      ${sorted} limit 1`
    )
    return sql`select * from (${branches}) e ${sorted} limit 1`
  }
  return await sql.rows(leftRow)`
    select i.id as issue_id, oldest.received_at as first_at, oldest.level, newest.received_at as last_at, newest.id,
      newest.title, newest.culprit, newest.message, newest.payload
    from unnest(${issueIds}::uuid[]) i (id), lateral (${one('asc')}) oldest, lateral (${one('desc')}) newest`
}

/** Titles are always taken anew: the indexed one may be that of an erased event that was not the newest. */
async function recount(
  sql: TransactionSql,
  projectId: number,
  gone: readonly GoneEvent[],
  left: readonly Left[]
): Promise<void> {
  const leftById = new Map(left.map(row => [row.issue_id, row]))
  const rows = [...new Set(gone.map(event => event.issue_id))].map(id => {
    const ofIssue = gone.filter(event => event.issue_id === id)
    const times = ofIssue.map(event => event.received_at.getTime())
    const row = leftById.get(id)
    return {
      id,
      count: ofIssue.reduce((sum, { weight }) => sum + weight, 0),
      first: new Date(Math.min(...times)),
      last: new Date(Math.max(...times)),
      leftFirst: row?.first_at ?? null,
      leftLast: row?.last_at ?? null,
      lastEvent: row?.id ?? null,
      level: row?.level ?? null,
      ...(row === undefined ? { title: erasedTitle, culprit: '' } : namesLeft(row))
    }
  })
  await sql`
    update issues i set
      event_count = greatest(i.event_count - g.count, 0),
      first_seen = case when g.first <= i.first_seen then least(coalesce(g."leftFirst", i.first_seen), now())
        else i.first_seen end,
      level = case when g.first <= i.first_seen then coalesce(g.level, i.level) else i.level end,
      last_seen = case
        when g.last < i.last_seen then i.last_seen
        when g."leftLast" is not null then least(g."leftLast", now())
        else greatest(i.first_seen, least(i.last_seen, g.first))
      end,
      last_event_id = coalesce(g."lastEvent", i.last_event_id),
      title = g.title, culprit = g.culprit, newest_title = null, newest_culprit = null
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as g (id uuid, count bigint, first timestamptz,
      last timestamptz, "leftFirst" timestamptz, "leftLast" timestamptz, "lastEvent" uuid, level text, title text,
      culprit text)
    where i.project_id = ${projectId} and i.id = g.id`
  await sql`
    update issues set event_magnitude = magnitude(event_count + coalesce(merged_event_count, 0)),
      last_seen_hour = date_bin('1 hour', greatest(last_seen, merged_last_seen), '2000-01-01 00:00Z')
    where project_id = ${projectId} and id = any (${rows.map(({ id }) => id)}::uuid[])`
}

function namesLeft(row: Left): { title: string; culprit: string } {
  return (
    namesOf(row) ??
    (row.payload === null ? null : namesOfPayload(row.payload, row.last_at.getTime())) ?? {
      title: erasedTitle,
      culprit: ''
    }
  )
}

async function sumFamilies(
  sql: TransactionSql,
  projectId: number,
  roots: readonly string[],
  locked: readonly LockedIssue[]
): Promise<void> {
  const merged = new Set(locked.map(issue => issue.merged_into))
  for (const root of roots) if (merged.has(root)) await sumFamily(sql, projectId, root)
}

/** Longer ago, and later, than all events: what comes next decides, and till then what was merged into it does. */
const [noLast, noFirst] = ['1970-01-01Z', '9999-01-01Z']

/** A root without events of its own stays as long as something is merged into it, and shows what that has. */
async function settleEmpty(
  sql: TransactionSql,
  { projectId, requestedBy: userId }: Pick<EventErasure, 'projectId' | 'requestedBy'>,
  touched: readonly string[],
  roots: readonly string[],
  locked: readonly LockedIssue[]
): Promise<void> {
  const members = touched.filter(id => !roots.includes(id))
  const deleted = await deleteEmpty(sql, { projectId, userId }, members)
  if (deleted.length > 0) await sumFamilies(sql, projectId, roots, locked)
  await deleteEmpty(sql, { projectId, userId }, roots)
  await sql`
    update issues i set first_seen = ${noFirst}, last_seen = ${noLast}, title = m.title, culprit = m.culprit,
      last_event_id = ${leastId}
    from issues m
    where i.project_id = ${projectId} and i.id = any (${roots}::uuid[]) and i.event_count = 0
      and i.merged_event_count > 0 and m.project_id = i.project_id
      and m.id = (select id from issues n where n.project_id = i.project_id and n.merged_into = i.id
        order by last_event_id desc limit 1)`
}
