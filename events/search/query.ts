/**
 * What a search text asks: terms like `level:error` and words, put together by `and` and `or`. Plain data, made by
 * parse.ts, which validates it as far as that is possible without a database; services turn it into conditions. What is
 * negated is negated at its terms: there is no `not` in the tree. The values of one term are alternatives.
 */
import type { Level } from '../../schema/pipeline.ts'
import type { EventField } from '../../schema/search-keys.ts'

/** Literal parts of a value with anything between them: `1.2.*` is ['1.2.', '']. One part is the value itself. */
export type Pattern = readonly [string, ...string[]]

export const statuses = ['unresolved', 'resolved', 'archived', 'discarded'] as const
export type Status = (typeof statuses)[number]
export const substatuses = ['new', 'ongoing', 'regressed', 'escalating'] as const
export type Substatus = (typeof substatuses)[number]

export type State = Status | Substatus | 'assigned' | 'unassigned'

export type Operator = '=' | '>' | '>=' | '<' | '<='
export type Comparison = { operator: Operator; value: number }
/** `name` is a release that holds a version. */
export type ReleaseComparison = { operator: Exclude<Operator, '='>; name: string }

/** Times are milliseconds since the epoch, `from` inclusive, `to` exclusive; either may be open. */
export type Span = { from: number | null; to: number | null }

/**
 * Free text as it was written, without its quotes, and its words in lower case: as they stand in a phrase, else all of
 * them, with stars for anything.
 */
export type WordsTerm = { kind: 'words'; negated: boolean; text: string; words: readonly Pattern[]; isPhrase: boolean }

/** What an event must be like. */
export type EventTerm =
  | WordsTerm
  | ({ negated: boolean } & (
      | { kind: 'level'; levels: readonly Level[] }
      | { kind: 'field'; field: EventField; patterns: readonly Pattern[] }
      | { kind: 'tag'; key: string; patterns: readonly Pattern[] }
      | { kind: 'tag_number'; key: string; comparison: Comparison }
      | { kind: 'release_order'; comparison: ReleaseComparison }
      | { kind: 'error_text'; patterns: readonly Pattern[] }
      | { kind: 'has'; key: string }
      /** When it happened, by the clock of the client. */
      | ({ kind: 'timestamp' } & Span)
      /** Ids of events as they were written: Mesher's or those of clients. */
      | { kind: 'event'; ids: readonly string[] }
    ))

/** What an issue must be like. */
export type IssueTerm = { negated: boolean } & (
  | { kind: 'is'; states: readonly State[] }
  | { kind: 'assigned'; to: readonly string[] }
  | { kind: 'issue'; ids: readonly string[] }
  | { kind: 'text'; column: 'title' | 'culprit' | 'platform'; patterns: readonly Pattern[] }
  | { kind: 'first_release'; patterns: readonly Pattern[] }
  | { kind: 'first_release_order'; comparison: ReleaseComparison }
  | { kind: 'count'; of: 'events' | 'users'; comparison: Comparison }
  | ({ kind: 'time'; of: 'first_seen' | 'last_seen' } & Span)
)

export type SearchTerm = EventTerm | IssueTerm

/**
 * A tree of terms. `column` is where the term stands, from 1. A term with `unknown` is of a name that is no key: it is
 * one of a tag of the project, else the text, where it may be one.
 */
export type SearchNode<Term = SearchTerm> =
  | { op: 'and' | 'or'; parts: readonly SearchNode<Term>[] }
  | { op: 'term'; column: number; term: Term; unknown?: { name: string; asText: WordsTerm | null } }

export type EventNode = SearchNode<EventTerm>
export type IssueNode = SearchNode<IssueTerm>

const eventKinds: ReadonlySet<SearchTerm['kind']> = new Set<EventTerm['kind']>([
  'words',
  'level',
  'field',
  'tag',
  'tag_number',
  'release_order',
  'error_text',
  'has',
  'timestamp',
  'event'
])

/** Whether a list of events can be asked this; the others are about issues. */
export function isEventTerm(term: SearchTerm): term is EventTerm {
  return eventKinds.has(term.kind)
}
