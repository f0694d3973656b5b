/**
 * Terms of a search as conditions on events: a tsquery where the index of words can narrow them down, and conditions on
 * the rows for the rest. A value that ends in a star is a prefix in the index; other stars are matched on the rows.
 */
import type { EventTerm, Pattern } from '../../events/search/query.ts'
import { levels } from '../../schema/pipeline.ts'
import type { EventField } from '../../schema/search-keys.ts'
import { errorTextCondition, errorTextQuery, isIndexed } from './error-text.ts'
import { facet, lexemeOf, quoted, stackLexeme } from './lexemes.ts'
import { isLatest } from './latest-release.ts'
import { isExact, isSimple, likeOf } from './patterns.ts'
import type { PendingQuery, Queryable } from '../database/sql.ts'

export type Condition = PendingQuery<Record<string, unknown>>

/**
 * How lexemes of a field begin. A user without an id is identified by the next name there is, see `identityOf`, and a
 * user who has nothing else by the address.
 */
const fieldStarts: Readonly<Record<EventField, readonly string[]>> = {
  environment: [facet('environment', '')],
  release: [facet('release', '')],
  user: ['user', 'user.email', 'user.username'].map(key => facet(key, '')),
  'user.id': [facet('user', '')],
  'user.email': ['user.email', 'user'].map(key => facet(key, '')),
  'user.username': ['user.username', 'user'].map(key => facet(key, '')),
  'user.ip': ['user.ip', 'user'].map(key => facet(key, '')),
  url: [facet('url', '')],
  'error.type': [facet('error.type', ''), stackLexeme('cause', '')],
  'stack.filename': [stackLexeme('filename', '')],
  'stack.function': [stackLexeme('function', '')],
  'stack.module': [stackLexeme('module', '')]
}

/** How lexemes begin that stand for a name in `has`, where that is not the lexeme of the name. */
const presentStarts: ReadonlyMap<string, readonly string[]> = new Map([
  ['user.id', fieldStarts['user.id']],
  ['user.ip', fieldStarts['user.ip']],
  ['error.value', [facet('error.type', '')]],
  ['error.handled', [facet('handled', '')]],
  ['stack.filename', fieldStarts['stack.filename']],
  ['stack.function', fieldStarts['stack.function']],
  ['stack.module', fieldStarts['stack.module']]
])

/** The tsquery that all rows matching the term fulfil; null when the index cannot narrow them down. */
export function termQuery(term: EventTerm): string | null {
  switch (term.kind) {
    case 'has': {
      const present = (presentStarts.get(term.key) ?? [facet(term.key, '')])
        .map(start => `${quoted(start)}:*`)
        .join(' | ')
      return term.negated ? `!(${present})` : present
    }
    case 'event':
      return null
    case 'error_text':
      return errorTextQuery(term.patterns, term.negated)
    case 'level':
      return term.negated ? null : term.levels.map(level => quoted(facet('level', level))).join(' | ')
    case 'field':
    case 'tag': {
      if (term.negated && (!term.patterns.every(isSimple) || isColumn(term))) return null
      const query = startsOf(term)
        .flatMap(start => term.patterns.map(pattern => patternQuery(start, pattern)))
        .join(' | ')
      return term.negated ? `!(${query})` : query
    }
  }
}

/** The tsquery that the rows matching the term fulfil and no others; null when the index cannot tell. */
export function exactTermQuery(term: EventTerm): string | null {
  switch (term.kind) {
    case 'has':
      return termQuery(term)
    case 'event':
      return null
    case 'error_text':
      return term.patterns.every(isIndexed) ? termQuery(term) : null
    case 'level': {
      const counted = term.negated ? levels.filter(level => !term.levels.includes(level)) : term.levels
      return counted.length === 0 ? null : termQuery({ ...term, negated: false, levels: counted })
    }
    case 'field':
    case 'tag': {
      if (!term.patterns.every(isSimple) || (isColumn(term) && term.patterns.some(isLatest))) return null
      const query = termQuery({ ...term, negated: false })
      return term.negated && query !== null ? `!(${query})` : query
    }
  }
}

/** The further condition on a row `e`; null when the tsquery is enough. */
export function termCondition(sql: Queryable, term: EventTerm): Condition | null {
  switch (term.kind) {
    case 'has':
      return null
    case 'event':
      return not(sql, term.negated, sql`e.id = any (${term.ids}::uuid[])`)
    case 'error_text': {
      const condition = errorTextCondition(sql, term.patterns)
      return condition === null ? null : not(sql, term.negated, condition)
    }
    case 'level':
      return not(sql, term.negated, sql`e.level = any (${term.levels})`)
    case 'field':
    case 'tag': {
      if (isColumn(term)) return not(sql, term.negated, matchesAny(sql, sql`e.${sql(term.field)}`, term.patterns))
      if (term.patterns.every(isSimple)) return null
      const forms = startsOf(term).flatMap(start => term.patterns.map(pattern => likeOf(start, pattern)))
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

/** Fields that have columns of their own: a tag of the same name does not count. */
function isColumn(term: EventTerm): term is EventTerm & { kind: 'field'; field: 'environment' | 'release' } {
  return term.kind === 'field' && (term.field === 'environment' || term.field === 'release')
}

function startsOf(term: EventTerm & { kind: 'field' | 'tag' }): readonly string[] {
  return term.kind === 'field' ? fieldStarts[term.field] : [facet(term.key, '')]
}

function patternQuery(start: string, [first, ...others]: Pattern): string {
  return `${quoted(lexemeOf(start, first))}${others.length === 0 ? '' : ':*'}`
}
