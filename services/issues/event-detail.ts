/** One event with its issue: the stored event, its neighbours within the issue, and a summary of the issue's root. */
import { namesOf, namesOfPayload } from '../../events/own-names.ts'
import type { IssueSummary } from '../../schema/api/issue-summary.ts'
import type { Sql } from '../database/sql.ts'
import { loadEvent, type StoredEvent } from '../events/load.ts'
import { navigate, type Navigation } from '../events/navigation.ts'
import type { EventKey } from '../events/visible.ts'
import { retentionClassesOf } from '../search/event-windows.ts'
import { rootsOf } from '../search/issue-roots.ts'
import { summariesOf } from './summaries.ts'

export type EventDetail = {
  event: StoredEvent
  title: string
  culprit: string
  issue: IssueSummary
  navigation: Navigation
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
  const { rootId } = root
  const { title, culprit } = namesOf(event) ?? namesOfPayload(event.payload, event.received_at.getTime()) ?? root
  const issue = (await summariesOf(sql, projectId, [rootId])).get(rootId)
  if (issue === undefined) return null
  const life = {
    projectId,
    classes,
    rootId,
    firstSeen: Date.parse(issue.first_seen),
    lastSeen: Date.parse(issue.last_seen)
  }
  return { event, title, culprit, issue, navigation: await navigate(sql, life, id) }
}
