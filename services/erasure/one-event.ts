/** Erases one event at the wish of somebody. The activity of its issue says who did. */
import { v7 as uuidv7 } from 'uuid'
import { noteActivity } from '../issues/activity.ts'
import { withIssues } from '../issues/locks.ts'
import type { Sql } from '../database/sql.ts'
import type { EventKey } from '../events/visible.ts'
import { requestErasure } from '../deletions/requests.ts'
import { eraseEvents } from './events.ts'

/**
 * The root of the issue that had the event; `isIssueGone` when it was the last one. Null when the event is gone
 * already.
 */
export async function eraseEvent(
  sql: Sql,
  event: EventKey,
  userId: string
): Promise<{ issueId: string; isIssueGone: boolean } | null> {
  const { id, projectId, issueId, receivedAt } = event
  return await withIssues(sql, projectId, [issueId], { families: true }, async (sql, locked) => {
    const root = locked.find(issue => issue.merged_into === null)
    const [erasureId = ''] = await requestErasure(sql, {
      kind: 'event',
      projectId,
      erasureId: uuidv7(),
      requestedBy: userId
    })
    const erased = await eraseEvents(sql, { erasureId, projectId, requestedBy: userId }, [event], locked)
    if (root === undefined || erased === 0) throw new EventIsGone()
    await sql`update erasures set rows_removed = 1 where id = ${erasureId}`
    const { count } = await sql`select from issues where project_id = ${projectId} and id = ${root.id}`
    if (count > 0) {
      const data = { event_id: id, received_at: receivedAt.toISOString() }
      await noteActivity(sql, { projectId, userId }, [{ issueId: root.id, kind: 'event_deleted', data }])
    }
    return { issueId: root.id, isIssueGone: count === 0 }
  }).catch((error: unknown) => {
    if (error instanceof EventIsGone) return null
    throw error
  })
}

class EventIsGone extends Error {}
