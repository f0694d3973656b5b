/** One event with its issue: the row, the payload as it was stored, and a summary of the issue that shows it. */
import type { IssueSummary } from '../../schema/api/issue-summary.ts'
import { navigate, type Navigation } from './navigation.ts'
import { retentionClassesOf } from '../search/event-windows.ts'
import { rootsOf } from '../search/issue-roots.ts'
import { summariesOf } from '../issues/summaries.ts'
import type { Sql } from '../database/sql.ts'
import type { EventKey } from './visible.ts'

export type StoredEvent = {
  id: string
  received_at: Date
  occurred_at: Date
  level: string
  environment: string
  release: string
  user: string
  /** JSON. */
  payload: string
}

export type EventDetail = {
  event: StoredEvent
  /** Of the event's group, before any merge. */ title: string
  issue: IssueSummary
  navigation: Navigation
}

/** Null when the event is gone meanwhile. */
export async function loadEvent(
  sql: Sql,
  { id, projectId, receivedAt, retentionDays }: EventKey
): Promise<StoredEvent | null> {
  const [row] = await sql<StoredEvent[]>`
    select id, received_at, occurred_at, level, environment, release, "user", payload::text as payload from events
    where project_id = ${projectId} and received_at = ${receivedAt} and id = ${id} and retention_days = ${retentionDays}`
  return row ?? null
}

/** Null when the event or its issue is gone, or about to be. */
export async function loadEventDetail(sql: Sql, key: EventKey): Promise<EventDetail | null> {
  const { id, projectId, issueId } = key
  const [event, roots, classes] = await Promise.all([
    loadEvent(sql, key),
    rootsOf(sql, projectId, [issueId]),
    retentionClassesOf(sql, projectId)
  ])
  const root = roots.get(issueId)
  if (event === null || root === undefined) return null
  const { rootId, title } = root
  const issue = (await summariesOf(sql, projectId, [rootId])).get(rootId)
  if (issue === undefined) return null
  const life = {
    projectId,
    classes,
    rootId,
    firstSeen: Date.parse(issue.first_seen),
    lastSeen: Date.parse(issue.last_seen)
  }
  return { event, title, issue, navigation: await navigate(sql, life, id) }
}
