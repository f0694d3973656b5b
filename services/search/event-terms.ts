/**
 * Terms of a search as conditions on events: a tsquery where the index of words can narrow them down, and conditions on
 * the rows for the rest. A value that ends in a star is a prefix in the index; other stars are matched on the rows.
 */
import type { EventTerm, Pattern } from '../../events/search/query.ts'
import type { EventField } from '../../schema/search-keys.ts'
import { facet } from './lexemes.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'

export type Condition = PendingQuery<Record<string, unknown>>

/** The keys of a field in the index. A user without an id is identified by the next name there is: see `identityOf`. */
const fieldKeys: Readonly<Record<EventField, readonly string[]>> = {
  environment: ['environment'],
  release: ['release'],
  user: ['user', 'user.email', 'user.username'],
  'user.id': ['user'],
  'user.email': ['user.email', 'user'],
  'user.username': ['user.username', 'user'],
  'user.ip': ['user']
}

/** The tsquery that all rows matching the term fulfil; null when the index cannot narrow them down. */
export function termQuery(term: EventTerm): string | null {
  switch (term.kind) {
    case 'has': {
      const present = keysOf(term.key)
        .map(key => `${quoted(facet(key, ''))}:*`)
        .join(' | ')
      return term.negated ? `!(${present})` : present
    }
    case 'level':
      return term.negated ? null : term.levels.map(level => quoted(facet('level', level))).join(' | ')
    case 'field':
    case 'tag': {
      if (term.negated && (!term.patterns.every(isSimple) || isColumn(term))) return null
      const query = facetKeys(term)
        .flatMap(key => term.patterns.map(pattern => patternQuery(key, pattern)))
        .join(' | ')
      return term.negated ? `!(${query})` : query
    }
  }
}

/** The further condition on a row `e`; null when the tsquery is enough. */
export function termCondition(sql: Queryable, term: EventTerm): Condition | null {
  switch (term.kind) {
    case 'has':
      return null
    case 'level':
      return not(sql, term.negated, sql`e.level = any (${term.levels})`)
    case 'field':
    case 'tag': {
      if (isColumn(term)) return not(sql, term.negated, matchesAny(sql, sql`e.${sql(term.field)}`, term.patterns))
      if (term.patterns.every(isSimple)) return null
      const forms = facetKeys(term).flatMap(key => term.patterns.map(pattern => likeOf(facet(key, ''), pattern)))
      return not(
        sql,
        term.negated,
        sql`exists (select from unnest(tsvector_to_array(e.search)) as lexeme where lexeme like any (${forms}))`
      )
    }
  }
}

/** True of a column that has one of these values. */
export function matchesAny(
  sql: Queryable,
  column: Condition,
  patterns: readonly Pattern[],
  { ignoreCase = false } = {}
): Condition {
  if (ignoreCase) return sql`${column} ilike any (${patterns.map(pattern => likeOf('', pattern))})`
  return patterns.every(isExact)
    ? sql`${column} = any (${patterns.map(([value]) => value)})`
    : sql`${column} like any (${patterns.map(pattern => likeOf('', pattern))})`
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

export function isExact(pattern: Pattern): boolean {
  return pattern.length === 1
}

/** An exact value or a prefix. */
function isSimple(pattern: Pattern): boolean {
  return isExact(pattern) || (pattern.length === 2 && pattern[1] === '')
}

/** Fields that have columns of their own: a tag of the same name does not count. */
function isColumn(term: EventTerm): term is EventTerm & { kind: 'field'; field: 'environment' | 'release' } {
  return term.kind === 'field' && (term.field === 'environment' || term.field === 'release')
}

function facetKeys(term: EventTerm & { kind: 'field' | 'tag' }): readonly string[] {
  return term.kind === 'field' ? fieldKeys[term.field] : [term.key]
}

function keysOf(key: string): readonly string[] {
  return key === 'user.id' || key === 'user.ip' ? ['user'] : [key]
}

function patternQuery(key: string, [first, ...others]: Pattern): string {
  return `${quoted(facet(key, first))}${others.length === 0 ? '' : ':*'}`
}

function likeOf(start: string, pattern: Pattern): string {
  return pattern.map((part, index) => (index === 0 ? start + part : part).replaceAll(/[\\%_]/g, '\\$&')).join('%')
}

/** A lexeme as it stands in a tsquery. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
