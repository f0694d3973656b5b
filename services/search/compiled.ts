/**
 * A tree of terms as one tsquery and one condition, both of which must hold: the tsquery is what an index can narrow
 * down to, the condition the rest, on the rows. Of alternatives the index finds the rows of all, where it can find
 * those of each.
 */
import type { SearchNode } from '../../events/search/query.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'

export type Condition = PendingQuery<Record<string, unknown>>

/** Null where there is nothing to ask. */
export type Compiled = { query: string | null; condition: Condition | null }

export type CompileOptions<Term> = {
  leaf: (term: Term) => Compiled
  /** That a row matches the tsquery. */
  matching: (query: string) => Condition
}

export function compiled<Term>(sql: Queryable, node: SearchNode<Term>, options: CompileOptions<Term>): Compiled {
  if (node.op === 'term') return options.leaf(node.term)
  const parts = node.parts.map(part => compiled(sql, part, options))
  const queries = parts.map(({ query }) => query).filter(query => query !== null)
  const conditions = parts.map(({ condition }) => condition).filter(condition => condition !== null)
  if (node.op === 'and') {
    return {
      query: queries.length === 0 ? null : queryOfAll(queries),
      condition: conditions.length === 0 ? null : allOf(sql, conditions)
    }
  }
  return {
    query: queries.length < parts.length ? null : queryOfAny(queries),
    condition:
      conditions.length === 0 && queries.length === parts.length
        ? null
        : anyOf(
            sql,
            parts.map(part => exact(sql, part, options))
          )
  }
}

/** The tsquery and the condition as one condition. */
export function exact<Term>(
  sql: Queryable,
  { query, condition }: Compiled,
  { matching }: Pick<CompileOptions<Term>, 'matching'>
): Condition {
  if (query === null) return condition ?? sql`true`
  return condition === null ? matching(query) : sql`(${matching(query)} and (${condition}))`
}

/** The opposite, which an index narrows down only where it decides all by itself. */
export function opposite(sql: Queryable, given: Compiled, matching: (query: string) => Condition): Compiled {
  return given.condition === null && given.query !== null
    ? { query: `!(${given.query})`, condition: null }
    : { query: null, condition: sql`not (${exact(sql, given, { matching })})` }
}

export function queryOfAll(queries: readonly string[]): string {
  return queries.map(query => `(${query})`).join(' & ')
}

export function queryOfAny(queries: readonly string[]): string {
  return queries.map(query => `(${query})`).join(' | ')
}

export function not(sql: Queryable, negated: boolean, condition: Condition): Condition {
  return negated ? sql`not (${condition})` : condition
}

/** True when all are true; without any, always. */
export function allOf(sql: Queryable, conditions: readonly Condition[]): Condition {
  return conditions.reduce((all, next) => sql`${all} and (${next})`, sql`true`)
}

export function anyOf(sql: Queryable, conditions: readonly Condition[]): Condition {
  return conditions.reduce((any, next) => sql`${any} or (${next})`, sql`false`)
}
