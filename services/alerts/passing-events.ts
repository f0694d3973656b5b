/**
 * The events that alert rules look at, as parts of a statement that has the rules as `r`, with their `project_id`,
 * `id`, `since`, `filter` and `asks_word_sets`.
 */
import { retentionClasses } from '../../schema/pipeline.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'
import { eachClass } from '../search/event-windows.ts'
import { allWords } from '../search/word-sets.ts'

type Part = PendingQuery<Record<string, unknown>>

/** `columns` are those of `e` that are wanted, `condition` what must hold of it; no rule looks beyond these times. */
export type Asked = { columns: Part; condition: Part; from: Date; until: Date }

/** Project and id of the rules that have filters, with what is wanted of the events that pass them. */
export function passing(sql: Queryable, asked: Asked): Part {
  const of = (passes: Part) => ofRules(sql, { ...asked, condition: sql`${asked.condition} and ${passes}` })
  // Most filters are answered by the words of events alone, which an index helps with; others ask their sets, too.
  return sql`
    ${of(sql`e.search @@ r.filter`)} where r.filter is not null and not r.asks_word_sets
    union all
    ${of(sql`${allWords(sql, 'e')} @@ r.filter`)} where r.asks_word_sets`
}

/** The same for all rules, without their filters; a condition on the rules may follow. */
export function ofRules(sql: Queryable, { columns, condition, from, until }: Asked): Part {
  const events = eachClass(
    sql,
    retentionClasses,
    retentionDays => sql`
    select ${columns} from events e
    where e.retention_days = ${retentionDays} and e.received_at >= ${from} and e.received_at <= ${until}
      and e.project_id = r.project_id and e.received_at >= r.since and ${condition}`
  )
  return sql`select r.project_id, r.id, e.* from r cross join lateral (${events}) e`
}
