/** What a list of events is asked: the terms of its search and its other filters, as a condition. */
import { allNodes, anyNode, conjuncts } from '../../events/search/nodes.ts'
import type { EventNode } from '../../events/search/query.ts'
import { limits } from '../../schema/limits.ts'
import type { Queryable } from '../database/sql.ts'
import { compiled, type Compiled, type Condition } from './compiled.ts'
import { isIdAlone } from './event-ids.ts'
import { matchesQuery, termCompiled } from './event-terms.ts'
import { facet, projectLexeme, quoted } from './lexemes.ts'
import { isExact } from './patterns.ts'
import type { TermSets } from './word-sets.ts'

/** An empty list and null filter nothing. `tags` are written `key:value`. */
export type EventFilter = {
  where: EventNode | null
  tags: readonly string[]
  levels: readonly string[]
  environments: readonly string[]
  releases: readonly string[]
  users: readonly string[]
}

/** A filter whose tags are terms of `where`: `whereOf`. */
export type AskedFilter = Omit<EventFilter, 'tags'>

/** The condition on a row `e`; null for no filter. The project is part of it, so that the index leaves others out. */
export function searchOf(sql: Queryable, projectId: number, filter: AskedFilter, sets: TermSets): Condition | null {
  const { where, levels, environments, releases, users } = filter
  const asked = where === null ? null : eventCompiled(sql, where, sets)
  const query = searchQueryOf(projectId, filter, asked?.query ?? null)
  if (query === null && asked === null) return null
  return sql`${matchesQuery(sql, query ?? quoted(projectLexeme(projectId)))} and ${asked?.condition ?? sql`true`}
    ${levels.length === 0 ? sql`` : sql`and e.level = any (${levels})`}
    ${environments.length === 0 ? sql`` : sql`and e.environment = any (${environments})`}
    ${releases.length === 0 ? sql`` : sql`and e.release = any (${releases})`}
    ${users.length === 0 ? sql`` : sql`and e."user" = any (${users})`}`
}

function eventCompiled(sql: Queryable, where: EventNode, sets: TermSets): Compiled {
  return compiled(sql, where, {
    leaf: term => termCompiled(sql, term, sets.get(term)),
    matching: query => matchesQuery(sql, query)
  })
}

/** The tsquery of a filter, of which `asked` is that of its terms; null when nothing is asked. */
export function searchQueryOf(
  projectId: number,
  { levels, environments, releases, users }: Omit<AskedFilter, 'where'>,
  asked: string | null
): string | null {
  const parts = [
    asked,
    anyOf(levels.map(value => quoted(facet('level', value)))),
    anyOf(environments.map(value => quoted(facet('environment', value)))),
    anyOf(releases.map(value => quoted(facet('release', value)))),
    anyOf(users.map(value => quoted(facet('user', value))))
  ].filter(part => part !== null)
  return parts.length === 0 ? null : [quoted(projectLexeme(projectId)), ...parts.map(part => `(${part})`)].join(' & ')
}

/** Whether the filter is the id of one event, and nothing else. */
export function isNothingButId({ where, tags, levels, environments, releases, users }: EventFilter): boolean {
  const others = [tags, levels, environments, releases, users]
  return others.every(list => list.length === 0) && isIdAlone(where)
}

/** The releases that matching events can have; null when the filter does not name them exactly. */
export function releasesOf({ releases, where }: EventFilter): string[] | null {
  if (releases.length > 0) return [...releases]
  for (const part of conjuncts(where)) {
    if (part.op !== 'term') continue
    const { term } = part
    if (term.kind === 'field' && term.field === 'release' && !term.negated && term.patterns.every(isExact)) {
      return term.patterns.map(([name]) => name)
    }
  }
  return null
}

/** The terms of a filter and those that its tags are. */
export function whereOf({ where, tags }: Pick<EventFilter, 'where' | 'tags'>): EventNode | null {
  return allNodes([where, ...tagNodes(tags)])
}

/**
 * Tags of one key are alternatives. A key may hold colons, and where it ends cannot be told from `a:b:c`: every way to
 * read it counts.
 */
function tagNodes(tags: readonly string[]): (EventNode | null)[] {
  const byKey = new Map<string, EventNode[]>()
  for (const tag of tags) {
    const key = tag.slice(0, tag.indexOf(':'))
    const terms = byKey.get(key) ?? []
    byKey.set(key, terms)
    for (
      let colon = tag.indexOf(':');
      colon !== -1 && colon <= limits.tagKeyCharsMax;
      colon = tag.indexOf(':', colon + 1)
    ) {
      if (colon > 0) terms.push(tagNode(tag.slice(0, colon), tag.slice(colon + 1)))
    }
  }
  return [...byKey.values()].map(anyNode)
}

function tagNode(key: string, value: string): EventNode {
  return { op: 'term', column: 1, term: { kind: 'tag', negated: false, key, patterns: [[value]] } }
}

function anyOf(queries: readonly string[]): string | null {
  return queries.length === 0 ? null : queries.join(' | ')
}
