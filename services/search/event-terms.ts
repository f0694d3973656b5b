/**
 * Terms of a search as conditions on events: a tsquery where the index of words can narrow them down, and conditions on
 * the rows for the rest. A value that ends in a star is a prefix in the index; other stars are matched on the rows.
 */
import type { Comparison, EventTerm, Pattern, Span } from '../../events/search/query.ts'
import type { EventField } from '../../schema/search-keys.ts'
import { errorTextCondition, errorTextQuery, isIndexed } from './error-text.ts'
import { facet, lexemeOf, quoted, setLexeme, stackLexeme } from './lexemes.ts'
import { isLatest } from './latest-release.ts'
import { isExact, isSimple, likeOf } from './patterns.ts'
import { exact, not, opposite, queryOfAny, type Compiled, type Condition } from './compiled.ts'
import { isWholeWords, wordsCompiled } from './text-words.ts'
import type { Queryable } from '../database/sql.ts'

type LevelTerm = EventTerm & { kind: 'level' }
type FieldTerm = EventTerm & { kind: 'field' | 'tag' }
type ColumnTerm = EventTerm & { kind: 'field'; field: 'environment' | 'release' }

/** With more values of a column, looking each up in the index costs more than reading the rows. */
const indexedValuesMax = 200

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

/**
 * The sets of words in which a term is found: their ids, or a query of them where they are many. Undefined for a term
 * that is in no set.
 */
export type MatchingSets = { ids: readonly number[] } | { among: Condition }

/** The tsquery and the condition on a row `e` that the term is. */
export function termCompiled(sql: Queryable, term: EventTerm, sets: MatchingSets | undefined): Compiled {
  if (term.kind === 'level' || isColumn(term)) return columnCompiled(sql, term)
  const own = positiveOf(sql, term, sql`e.search`)
  const positive = sets === undefined ? own : orInSets(sql, own, sets)
  return term.negated ? opposite(sql, positive, query => matchesQuery(sql, query)) : positive
}

export function matchesQuery(sql: Queryable, query: string): Condition {
  return sql`e.search @@ ${query}::tsquery`
}

/** A column decides by itself; the index narrows what has one of its values, as a tag may have the name of a column. */
function columnCompiled(sql: Queryable, term: LevelTerm | ColumnTerm): Compiled {
  if (term.kind === 'level') {
    const query = term.negated ? null : term.levels.map(level => quoted(facet('level', level))).join(' | ')
    return { query, condition: not(sql, term.negated, sql`e.level = any (${term.levels})`) }
  }
  const condition = not(sql, term.negated, matchesAny(sql, sql`e.${sql(term.field)}`, term.patterns))
  const isFew = !term.negated && term.patterns.length > 0 && term.patterns.length <= indexedValuesMax
  return { query: isFew ? valuesQuery(term) : null, condition }
}

/** What is true of rows that have the term in their own words, or have one of the sets; never null. */
function orInSets(sql: Queryable, own: Compiled, sets: MatchingSets): Compiled {
  const isOwn = exact(sql, own, { matching: query => matchesQuery(sql, query) })
  const either = (isInSet: Condition) => sql`(${isOwn} or (e.word_set is not null and ${isInSet}))`
  if ('among' in sets) return { query: null, condition: either(sql`e.word_set in (${sets.among})`) }
  const { ids } = sets
  if (ids.length === 0) return own
  return {
    query: own.query === null ? null : queryOfAny([own.query, ...ids.map(id => quoted(setLexeme(id)))]),
    condition: own.condition === null ? null : either(sql`e.word_set = any (${ids}::integer[])`)
  }
}

/** The term without its negation, where `vector` are the words of a row. */
export function positiveOf(sql: Queryable, term: EventTerm, vector: Condition): Compiled {
  switch (term.kind) {
    case 'words':
      return wordsCompiled(sql, term, vector)
    case 'has':
      return { query: presentQuery(term.key), condition: null }
    case 'event':
      return { query: null, condition: sql`e.id = any (${term.ids}::uuid[])` }
    case 'timestamp':
      return { query: null, condition: within(sql, sql`e.occurred_at`, term) }
    case 'error_text':
      return { query: errorTextQuery(term.patterns), condition: errorTextCondition(sql, term.patterns) }
    case 'tag_number':
      return { query: presentQuery(term.key), condition: tagCompared(sql, term, vector) }
    case 'release_order':
      throw new Error('releases are compared before a statement is made')
    case 'level':
    case 'field':
    case 'tag':
      return {
        query: valuesQuery(term),
        condition: term.kind === 'level' || term.patterns.every(isSimple) ? null : lexemeLike(sql, term, vector)
      }
  }
}

/** The tsquery that the rows matching the term fulfil and no others; null when the index cannot tell. */
export function exactTermQuery(term: EventTerm): string | null {
  const query = exactQuery(term)
  return query !== null && term.negated ? `!(${query})` : query
}

function exactQuery(term: EventTerm): string | null {
  switch (term.kind) {
    case 'words':
      return isWholeWords(term) ? term.words.map(([word]) => quoted(word)).join(' <-> ') : null
    case 'has':
      return presentQuery(term.key)
    case 'error_text':
      return term.patterns.every(isIndexed) ? errorTextQuery(term.patterns) : null
    case 'level':
      return valuesQuery(term)
    case 'field':
    case 'tag':
      return term.patterns.every(isSimple) && !(isColumn(term) && term.patterns.some(isLatest))
        ? valuesQuery(term)
        : null
    case 'event':
    case 'timestamp':
    case 'tag_number':
    case 'release_order':
      return null
  }
}

function presentQuery(key: string): string {
  return startsOfPresent(key)
    .map(start => `${quoted(start)}:*`)
    .join(' | ')
}

function startsOfPresent(key: string): readonly string[] {
  return presentStarts.get(key) ?? [facet(key, '')]
}

function valuesQuery(term: LevelTerm | FieldTerm): string {
  if (term.kind === 'level') return term.levels.map(level => quoted(facet('level', level))).join(' | ')
  return startsOfValues(term)
    .flatMap(start => term.patterns.map(pattern => patternQuery(start, pattern)))
    .join(' | ')
}

function lexemeLike(sql: Queryable, term: FieldTerm, vector: Condition): Condition {
  const forms = startsOfValues(term).flatMap(start => term.patterns.map(pattern => likeOf(start, pattern)))
  return sql`exists (select from unnest(tsvector_to_array(${vector})) as lexeme where lexeme like any (${forms}))`
}

/** Values that are no numbers are not compared. */
function tagCompared(
  sql: Queryable,
  { key, comparison }: EventTerm & { kind: 'tag_number' },
  vector: Condition
): Condition {
  const start = facet(key, '')
  const value = sql`substr(lexeme, ${start.length + 1})`
  const isMeant = compared(sql, sql`${value}::numeric`, comparison)
  return sql`exists (select from unnest(tsvector_to_array(${vector})) as lexeme where starts_with(lexeme, ${start})
    and case when ${value} ~ '^-?[0-9]{1,15}([.][0-9]{1,6})?$' then ${isMeant} end)`
}

/** Whether a number is greater, less, or equal. */
export function compared(sql: Queryable, number: Condition, { operator, value }: Comparison): Condition {
  switch (operator) {
    case '=':
      return sql`${number} = ${value}`
    case '>':
      return sql`${number} > ${value}`
    case '>=':
      return sql`${number} >= ${value}`
    case '<':
      return sql`${number} < ${value}`
    case '<=':
      return sql`${number} <= ${value}`
  }
}

export function within(sql: Queryable, time: Condition, { from, to }: Span): Condition {
  return sql`true ${from === null ? sql`` : sql`and ${time} >= ${new Date(from)}`}
    ${to === null ? sql`` : sql`and ${time} < ${new Date(to)}`}`
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

/** Fields that have columns of their own: a tag of the same name does not count. */
function isColumn(term: EventTerm): term is ColumnTerm {
  return term.kind === 'field' && (term.field === 'environment' || term.field === 'release')
}

/** How the lexemes begin that the term asks for by key and value; none for other terms. */
export function startsOf(term: EventTerm): readonly string[] {
  if (term.kind === 'has') return startsOfPresent(term.key)
  if (term.kind === 'tag_number') return [facet(term.key, '')]
  return term.kind === 'field' || term.kind === 'tag' ? startsOfValues(term) : []
}

function startsOfValues(term: FieldTerm): readonly string[] {
  return term.kind === 'field' ? fieldStarts[term.field] : [facet(term.key, '')]
}

function patternQuery(start: string, [first, ...others]: Pattern): string {
  return `${quoted(lexemeOf(start, first))}${others.length === 0 ? '' : ':*'}`
}
