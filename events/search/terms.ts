/**
 * Makes a term of a key and its values. Each kind of key decides which values it takes; any other value throws a
 * `SearchError` that says what was expected.
 */
import { eventIdForm } from '../../schema/event.ts'
import { levels, type Level } from '../../schema/pipeline.ts'
import type { EventField, SearchKeyKind } from '../../schema/search-keys.ts'
import { statuses, substatuses, type Pattern, type SearchTerm, type State, type WordsTerm } from './query.ts'
import { expected, type Key, type Value } from './reader.ts'
import { comparisonOf, numberComparisonOf, releaseComparisonOf, spanOf } from './values.ts'
import { wordPatternsOf, wordsOf } from './words.ts'

const states: readonly State[] = [...statuses, ...substatuses, 'assigned', 'unassigned']
/** Names that Sentry uses. */
const stateAliases: Readonly<Record<string, State>> = { ignored: 'archived', muted: 'archived' }
const levelAliases: Readonly<Record<string, Level>> = { critical: 'fatal', warn: 'warning', log: 'info' }
const tagForm = /^[\w.:-]{1,200}$/
const assigneeForm = /^[^\s@]+@[^\s@]+$|^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|^(?:me|none)$/i
const issueForm = /^(?:.+-)?\d{1,15}$|^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** `now` is what relative times count from. */
export function termOf(
  asked: Exclude<SearchKeyKind, { kind: 'message' }>,
  key: Key,
  values: readonly Value[],
  negated: boolean,
  now: number
): SearchTerm {
  const patterns = values.map(value => value.pattern)
  switch (asked.kind) {
    case 'is':
      return { kind: 'is', negated, states: values.map(value => choice(value, states, stateAliases)) }
    case 'level':
      return { kind: 'level', negated, levels: values.map(value => choice(value, levels, levelAliases)) }
    case 'assigned':
      return { kind: 'assigned', negated, to: values.map(assigneeOf) }
    case 'issue':
      return { kind: 'issue', negated, ids: values.map(issueOf) }
    case 'has':
      return { kind: 'has', negated, key: judged(single(values), tagForm, 'the name of a tag') }
    case 'field':
      return fieldTerm(asked.field, key, values, negated)
    case 'error_text':
      return asksForNone(values)
        ? { kind: 'has', negated: !negated, key: 'error.type' }
        : { kind: 'error_text', negated, patterns }
    case 'handled':
      return { kind: 'tag', negated, key: 'handled', patterns: values.map(value => [handledOf(value)] as const) }
    case 'event':
      return { kind: 'event', negated, ids: values.map(value => judged(value, eventIdForm, 'the id of an event')) }
    case 'issue_text':
      return { kind: 'text', negated, column: asked.column, patterns }
    case 'first_release': {
      const comparison = releaseComparisonOf(key, values)
      return comparison === null
        ? { kind: 'first_release', negated, patterns }
        : { kind: 'first_release_order', negated, comparison }
    }
    case 'count':
      return { kind: 'count', negated, of: asked.of, comparison: comparisonOf(key, single(values)) }
    case 'time':
      return { kind: 'time', negated, of: asked.of, ...spanOf(key, single(values), now) }
    case 'timestamp':
      return { kind: 'timestamp', negated, ...spanOf(key, single(values), now) }
  }
}

/** Without a value (`browser:""`) the event must not have the tag. */
export function tagTerm({ column, name: key }: Key, values: readonly Value[], negated: boolean): SearchTerm {
  if (!tagForm.test(key)) throw expected(column, 'the name of a tag, of at most 200 characters')
  if (asksForNone(values)) return { kind: 'has', negated: !negated, key }
  const comparison = numberComparisonOf(values)
  return comparison === null
    ? { kind: 'tag', negated, key, patterns: values.map(value => value.pattern) }
    : { kind: 'tag_number', negated, key, comparison }
}

/** Free text as it stands, with its quotes; null when no word is in it. */
export function wordsTerm(written: string, negated: boolean): WordsTerm | null {
  return written.startsWith('"')
    ? phrase(written.slice(1, -1).replaceAll(/\\([^])/g, '$1'), negated)
    : starred(written, negated)
}

/** The value of `message:` is words like free text. */
export function messageTerm({ column, text, pattern }: Value): WordsTerm {
  const term = pattern.length > 1 ? starred(text, false) : phrase(text, false)
  if (term === null) throw expected(column, 'a word of messages')
  return term
}

/**
 * What reads like a tag but is text, unless the project has the tag: a host with its port, a file with its line, an
 * error with what it says. Null for what is text in quotes only.
 */
export function textTermOf(name: string, written: string, negated: boolean): WordsTerm | null {
  const isPlace = /^[\w-]+[.-][\w.-]+$|^localhost$/i.test(name) && /^[^:]+:\d/.test(written)
  return isPlace || /(?:Error|Exception|Warning)$/.test(name) ? phrase(written, negated) : null
}

function phrase(text: string, negated: boolean): WordsTerm | null {
  const words = wordsOf(text).map(word => [word] as const)
  return words.length === 0 ? null : { kind: 'words', negated, text, words, isPhrase: true }
}

function starred(text: string, negated: boolean): WordsTerm | null {
  if (!text.includes('*')) return phrase(text, negated)
  const words = wordPatternsOf(text)
  return words.length === 0 ? null : { kind: 'words', negated, text, words, isPhrase: false }
}

function fieldTerm(field: EventField, key: Key, values: readonly Value[], negated: boolean): SearchTerm {
  const comparison = field === 'release' ? releaseComparisonOf(key, values) : null
  if (comparison !== null) return { kind: 'release_order', negated, comparison }
  if (asksForNone(values)) return { kind: 'has', negated: !negated, key: field }
  const patterns = values.map(value => value.pattern)
  return { kind: 'field', negated, field, patterns: field === 'url' ? patterns.flatMap(withoutQuery) : patterns }
}

/** Addresses are known without their queries, tags of clients as they were sent. */
function withoutQuery(pattern: Pattern): Pattern[] {
  const [address] = pattern
  const end = address.search(/[?#]/)
  return pattern.length === 1 && end > 0 ? [pattern, [address.slice(0, end)]] : [pattern]
}

function handledOf({ column, text }: Value): 'yes' | 'no' {
  const lower = text.toLowerCase()
  if (['true', 'yes', '1'].includes(lower)) return 'yes'
  if (['false', 'no', '0'].includes(lower)) return 'no'
  throw expected(column, 'true or false')
}

function asksForNone(values: readonly Value[]): boolean {
  return values.length === 1 && values[0]?.text === ''
}

function assigneeOf(value: Value): string {
  return judged(value, assigneeForm, 'me, none, an e-mail address or the id of a user').toLowerCase()
}

function issueOf(value: Value): string {
  return judged(value, issueForm, 'the id of an issue, like WEB-17').toLowerCase()
}

function choice<const Name extends string>(
  { column, text }: Value,
  names: readonly Name[],
  aliases: Readonly<Record<string, Name>>
): Name {
  const lower = text.toLowerCase()
  const found = names.find(name => name === lower) ?? (Object.hasOwn(aliases, lower) ? aliases[lower] : undefined)
  if (found === undefined) throw expected(column, `one of ${names.join(', ')}`)
  return found
}

function judged({ column, text }: Value, form: RegExp, what: string): string {
  if (!form.test(text)) throw expected(column, what)
  return text
}

function single(values: readonly Value[]): Value {
  const [first, second] = values
  if (second !== undefined) throw expected(second.column, 'a single value: this key takes no list')
  if (first === undefined) throw expected(1, 'a value')
  return first
}
