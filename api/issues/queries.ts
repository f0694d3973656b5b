/**
 * The query of a list of issues: filters of the query string become terms of the search, like the terms of the search
 * text.
 */
import { allNodes } from '../../events/search/nodes.ts'
import { parseSearch } from '../../events/search/parse.ts'
import { statuses, type SearchTerm, type Status } from '../../events/search/query.ts'
import type { Level } from '../../schema/pipeline.ts'
import type { IssueScope } from '../../services/issues/conditions.ts'
import type { IssueQuery } from '../../services/issues/search.ts'
import { invalidSearch } from '../problems.ts'
import { rangeOf } from '../ranges.ts'

export type IssueFilters = {
  status?: readonly (Status | 'all')[] | undefined
  level?: readonly Level[] | undefined
  assignee?: readonly string[] | undefined
  environment?: readonly string[] | undefined
  release?: readonly string[] | undefined
  query?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
}

/**
 * 400 for a search that cannot be parsed and for an empty range. `sinceMs` is where the range of an earlier page began.
 */
export function issueQueryOf(
  scope: IssueScope,
  filters: IssueFilters,
  now: number,
  sinceMs: number | null = null
): IssueQuery {
  const { status, query = '' } = filters
  const parsed = parseSearch(query, { subject: 'issues', now })
  if (!parsed.ok) throw invalidSearch(parsed)
  const range = rangeOf(filters, now)
  return {
    scope,
    search: allNodes([...filterTerms(filters).map(term => ({ op: 'term', column: 1, term }) as const), parsed.query]),
    statuses: status === undefined ? null : statuses.filter(name => status.includes('all') || status.includes(name)),
    seen: {
      from: filters.from?.getTime() ?? sinceMs ?? range.from.getTime(),
      to: filters.to === undefined ? null : range.to.getTime()
    },
    now
  }
}

function filterTerms({ level = [], assignee = [], environment = [], release = [] }: IssueFilters): SearchTerm[] {
  const field = (name: 'environment' | 'release', values: readonly string[]): SearchTerm[] =>
    values.length === 0
      ? []
      : [{ kind: 'field', negated: false, field: name, patterns: values.map(value => [value] as const) }]
  return [
    ...(level.length === 0 ? [] : [{ kind: 'level', negated: false, levels: level } as const]),
    ...(assignee.length === 0 ? [] : [{ kind: 'assigned', negated: false, to: assignee } as const]),
    ...field('environment', environment),
    ...field('release', release)
  ]
}
