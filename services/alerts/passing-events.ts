/** The events that pass the filters of rules. */
import type { PendingQuery, Queryable } from '../database/sql.ts'
import { allWords } from '../search/word-sets.ts'

type Part = PendingQuery<Record<string, unknown>>

/**
 * A query of project and id of the rules `r` that have filters, with what `events` selects of the events `e` that pass
 * them. Most filters are answered by the words of events alone, which an index helps with; the others also ask the sets
 * of words that events have.
 */
export function passing(sql: Queryable, events: (passes: Part) => Part): Part {
  return sql`
    select r.project_id, r.id, e.* from r cross join lateral (${events(sql`e.search @@ r.filter`)}) e
    where r.filter is not null and not r.asks_word_sets
    union all
    select r.project_id, r.id, e.* from r cross join lateral (${events(sql`${allWords(sql, 'e')} @@ r.filter`)}) e
    where r.asks_word_sets`
}
