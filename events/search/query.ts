/**
 * What a search text asks: free text, and terms like `level:error`. Plain data, made by parse.ts, which validates it as
 * far as that is possible without a database; services turn it into conditions. All terms must hold; the values of one
 * term are alternatives.
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

export type Comparison = { operator: '=' | '>' | '>=' | '<' | '<='; value: number }

/** What an event must be like. */
export type EventTerm = { negated: boolean } & (
  | { kind: 'level'; levels: readonly Level[] }
  | { kind: 'field'; field: EventField; patterns: readonly Pattern[] }
  | { kind: 'tag'; key: string; patterns: readonly Pattern[] }
  | { kind: 'error_text'; patterns: readonly Pattern[] }
  | { kind: 'has'; key: string }
  /** Ids of events as they were written: Mesher's or those of clients. */
  | { kind: 'event'; ids: readonly string[] }
)

/**
 * What an issue must be like. Times are milliseconds since the epoch, `from` inclusive, `to` exclusive; either may be
 * open.
 */
export type IssueTerm = { negated: boolean } & (
  | { kind: 'is'; states: readonly State[] }
  | { kind: 'assigned'; to: readonly string[] }
  | { kind: 'issue'; ids: readonly string[] }
  | { kind: 'text'; column: 'title' | 'culprit' | 'platform'; patterns: readonly Pattern[] }
  | { kind: 'first_release'; patterns: readonly Pattern[] }
  | { kind: 'count'; of: 'events' | 'users'; comparison: Comparison }
  | { kind: 'time'; of: 'first_seen' | 'last_seen'; from: number | null; to: number | null }
)

export type SearchTerm = EventTerm | IssueTerm

/** `text` is everything between the terms, in the syntax of web search: words, "phrases", -without, or. */
export type SearchQuery = { text: string | null; terms: readonly SearchTerm[] }

const eventKinds: ReadonlySet<SearchTerm['kind']> = new Set<EventTerm['kind']>([
  'level',
  'field',
  'tag',
  'error_text',
  'has',
  'event'
])

/** Whether a list of events can be asked this; the others are about issues. */
export function isEventTerm(term: SearchTerm): term is EventTerm {
  return eventKinds.has(term.kind)
}
