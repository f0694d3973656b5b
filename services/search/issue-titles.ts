/**
 * The title and culprit that an issue shows: those of its newest event, of a root also among what was merged into it.
 * They change with nearly every event where messages hold ids, so they stand in columns that no index has. The indexed
 * ones (`title`, `culprit`) follow once an hour, in an update that writes all indexes anyway; searches for words see
 * these, and the messages of events beside.
 */
import type { Condition } from './compiled.ts'
import type { Queryable } from '../database/sql.ts'

/** Of a row `i` of issues. */
export function shownTitles(sql: Queryable): { title: Condition; culprit: Condition } {
  const own = { title: sql`coalesce(i.newest_title, i.title)`, culprit: sql`coalesce(i.newest_culprit, i.culprit)` }
  return {
    title: sql`coalesce(${ofNewestMerged(sql, sql`coalesce(m.newest_title, m.title)`)}, ${own.title})`,
    culprit: sql`coalesce(${ofNewestMerged(sql, sql`coalesce(m.newest_culprit, m.culprit)`)}, ${own.culprit})`
  }
}

/** Of the merged issue with the newest event, where that is newer than the root's own; else null. */
function ofNewestMerged(sql: Queryable, column: Condition): Condition {
  return sql`case when i.merged_event_count is not null then (
    select ${column} from issues m
    where m.project_id = i.project_id and m.merged_into = i.id and m.last_event_id > i.last_event_id
    order by m.last_event_id desc limit 1
  ) end`
}
