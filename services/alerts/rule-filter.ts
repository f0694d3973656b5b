/**
 * The filters of a rule as one question to the index of words. All events are asked it as they come, so it must be
 * answered by the index alone: a term that also needs the rows is refused.
 */
import { parseSearch } from '../../events/search/parse.ts'
import { isEventTerm } from '../../events/search/query.ts'
import type { Filters } from '../../schema/alerts.ts'
import { levels } from '../../schema/pipeline.ts'
import { exactTermQuery } from '../search/event-terms.ts'
import { queryOfText, searchQueryOf } from '../search/query.ts'

/** `filter` is a tsquery, null when every event passes; a message is about the query. */
export type RuleFilter = { ok: true; filter: string | null } | { ok: false; message: string }

export function ruleFilter(projectId: number, { level, environment, tag, query = '' }: Filters): RuleFilter {
  // Terms about events know no relative times.
  const parsed = parseSearch(query, { subject: 'events', now: 0 })
  if (!parsed.ok) return { ok: false, message: parsed.message }
  const { text, terms } = parsed.query
  if (text !== null && queryOfText(text) === null) return { ok: false, message: 'holds no word to search for' }
  const queries = terms.filter(isEventTerm).map(exactTermQuery)
  const exact = queries.filter(one => one !== null)
  if (exact.length < queries.length) {
    return {
      ok: false,
      message: 'asks for what a rule cannot: only whole values, * at their end, no id of an event and no latest release'
    }
  }
  const filter = searchQueryOf(projectId, {
    text,
    tags: tag === undefined ? [] : [tag],
    levels: level === undefined ? [] : levels.slice(0, levels.indexOf(level) + 1),
    environments: environment === undefined ? [] : [environment],
    releases: [],
    users: [],
    queries: exact
  })
  return { ok: true, filter }
}
