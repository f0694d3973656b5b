/**
 * The filters of a rule as one question to the index of words. All events are asked it as they come, so it must be
 * answered by the index alone: a term that also needs the rows is refused. What it finds, lists of events find too.
 */
import { eventNodeOf, termNodes } from '../../events/search/nodes.ts'
import { parseSearch, type ParsedSearch } from '../../events/search/parse.ts'
import type { EventNode } from '../../events/search/query.ts'
import { SearchError } from '../../events/search/reader.ts'
import type { Filters } from '../../schema/alerts.ts'
import { levels } from '../../schema/pipeline.ts'
import { queryOfAll, queryOfAny } from '../search/compiled.ts'
import { exactTermQuery } from '../search/event-terms.ts'
import { withNames } from '../search/names.ts'
import { searchQueryOf, whereOf } from '../search/query.ts'
import { tagsAmong } from '../search/tag-names.ts'
import type { Sql } from '../database/sql.ts'

/** `filter` is a tsquery, null when every event passes; a message is about the query. */
export type RuleFilter = { ok: true; filter: string | null } | { ok: false; message: string }

/** The names in the query that are those of tags of the project. */
export async function ruleTags(sql: Sql, projectId: number, filters: Filters): Promise<ReadonlySet<string>> {
  const parsed = parsedQuery(filters)
  const names = parsed.ok ? termNodes(parsed.query).flatMap(({ unknown }) => unknown?.name ?? []) : []
  return names.length === 0 ? new Set() : await tagsAmong(sql, projectId, names)
}

/** `tags` are from `ruleTags`; with null every name is one of a tag. */
export function ruleFilter(projectId: number, filters: Filters, tags: ReadonlySet<string> | null): RuleFilter {
  const parsed = parsedQuery(filters)
  if (!parsed.ok) return { ok: false, message: parsed.message }
  const { level, environment, tag } = filters
  try {
    const { query } = parsed
    const where = whereOf({
      where: eventNodeOf(query === null || tags === null ? query : withNames(query, tags)),
      tags: tag === undefined ? [] : [tag]
    })
    const filter = searchQueryOf(
      projectId,
      {
        levels: level === undefined ? [] : levels.slice(0, levels.indexOf(level) + 1),
        environments: environment === undefined ? [] : [environment],
        releases: [],
        users: []
      },
      where === null ? null : exactQuery(where)
    )
    return { ok: true, filter }
  } catch (error) {
    if (error instanceof SearchError) return { ok: false, message: error.message }
    throw error
  }
}

/** No relative time passes, so it does not matter from when they count. */
function parsedQuery({ query = '' }: Filters): ParsedSearch {
  return parseSearch(query, { subject: 'events', now: 0 })
}

function exactQuery(node: EventNode): string {
  if (node.op !== 'term') {
    const queries = node.parts.map(exactQuery)
    return node.op === 'and' ? queryOfAll(queries) : queryOfAny(queries)
  }
  const query = exactTermQuery(node.term)
  if (query !== null) return query
  throw new SearchError(
    node.column,
    'asks for what a rule cannot: only whole words, whole values or * at their end, no comparisons, ids of events or ' +
      'latest release'
  )
}
