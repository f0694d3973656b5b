/** Searches as tests write them. */
import { eventNodeOf } from '../../events/search/nodes.ts'
import { parseSearch } from '../../events/search/parse.ts'
import type { EventNode } from '../../events/search/query.ts'
import { searchOf, type EventFilter } from '../../services/search/query.ts'
import type { EventScope } from '../../services/search/event-scan.ts'
import type { Sql } from '../../services/database/sql.ts'

export const noFilter: EventFilter = { where: null, tags: [], levels: [], environments: [], releases: [], users: [] }

/** The terms of a search for events; throws when it is none. */
export function where(query: string, now = Date.now()): EventNode | null {
  const parsed = parseSearch(query, { subject: 'events', now })
  if (!parsed.ok) throw new Error(parsed.message)
  return eventNodeOf(parsed.query)
}

/** A filter on project 1, which names nothing that the database would have to resolve. */
export function scopeOf(sql: Sql, asked: Partial<EventFilter>): EventScope {
  const filter = { ...noFilter, ...asked }
  return { projectId: 1, classes: [30], filter, search: searchOf(sql, 1, filter) }
}
