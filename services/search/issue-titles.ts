/**
 * The title and culprit that an issue shows: those of its newest event. They change with nearly every event where
 * messages hold ids, so they stand in columns that no index has. The indexed ones (`title`, `culprit`) follow once an
 * hour, in an update that writes all indexes anyway; searches for words see these, and the messages of events beside.
 */
import type { Condition } from './event-terms.ts'
import type { Queryable } from '../database/sql.ts'

/** Of a row `i` of issues. */
export function shownTitles(sql: Queryable): { title: Condition; culprit: Condition } {
  return { title: sql`coalesce(i.newest_title, i.title)`, culprit: sql`coalesce(i.newest_culprit, i.culprit)` }
}
