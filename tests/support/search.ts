/** Searches as tests write them. */
import { eventNodeOf } from '../../events/search/nodes.ts'
import { parseSearch } from '../../events/search/parse.ts'
import type { EventNode } from '../../events/search/query.ts'
import type { Condition } from '../../services/search/compiled.ts'
import { searchOf, whereOf, type EventFilter } from '../../services/search/query.ts'
import type { EventScope } from '../../services/search/event-scan.ts'
import type { Sql } from '../../services/database/sql.ts'

export const noFilter: EventFilter = { where: null, tags: [], levels: [], environments: [], releases: [], users: [] }

/** The terms of a search for events; throws when it is none. */
export function where(query: string, now = Date.now()): EventNode | null {
  const parsed = parseSearch(query, { subject: 'events', now })
  if (!parsed.ok) throw new Error(parsed.message)
  return eventNodeOf(parsed.query)
}

/** The condition of a filter that asks for nothing that sets of words hold. */
export function conditionOf(sql: Sql, filter: EventFilter, projectId = 1): Condition | null {
  return searchOf(sql, projectId, { ...filter, where: whereOf(filter) }, new Map())
}

/** A filter on project 1, which names nothing that the database would have to resolve. */
export function scopeOf(sql: Sql, asked: Partial<EventFilter>): EventScope {
  const filter = { ...noFilter, ...asked }
  return { projectId: 1, classes: [30], filter, search: conditionOf(sql, filter) }
}
