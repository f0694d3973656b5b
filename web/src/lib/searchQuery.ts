/**
 * A search text while it is typed: its tokens, and what may stand where the cursor is. The server judges it; here it is
 * only taken apart well enough to complete it, colour it, and add or remove a term.
 */
export type Token = { text: string; start: number; end: number } & (
  { kind: 'term'; negated: boolean; key: string; value: string; valueStart: number } | { kind: 'text' }
)

export type SearchKey = {
  key: string
  about: string
  /** What its values are, as far as that is known without asking; `values` of the page completes the others. */
  values?: readonly string[]
  subject: 'issues' | 'both'
}

export const searchKeys: readonly SearchKey[] = [
  {
    key: 'is',
    about: 'State of the issue',
    subject: 'issues',
    values: [
      'unresolved',
      'resolved',
      'archived',
      'new',
      'ongoing',
      'regressed',
      'escalating',
      'assigned',
      'unassigned'
    ]
  },
  { key: 'level', about: 'Severity', subject: 'both', values: ['fatal', 'error', 'warning', 'info', 'debug'] },
  { key: 'assigned', about: 'Who works on it', subject: 'issues', values: ['me', 'none'] },
  { key: 'environment', about: 'Where it happened', subject: 'both' },
  { key: 'release', about: 'In which version', subject: 'both' },
  { key: 'firstRelease', about: 'The version that brought it', subject: 'issues' },
  { key: 'has', about: 'Has a tag or field', subject: 'both', values: ['user', 'release', 'environment'] },
  { key: 'user.email', about: 'E-mail address of the user', subject: 'both' },
  { key: 'user.id', about: 'Id of the user', subject: 'both' },
  { key: 'title', about: 'Title of the issue', subject: 'issues' },
  { key: 'culprit', about: 'Where in the code', subject: 'issues' },
  { key: 'platform', about: 'Language or runtime', subject: 'issues' },
  { key: 'events', about: 'Number of events, >100', subject: 'issues', values: ['>10', '>100', '>1000'] },
  { key: 'users', about: 'Number of users, >=5', subject: 'issues', values: ['>1', '>10', '>100'] },
  { key: 'firstSeen', about: 'Age, -24h for the last day', subject: 'issues', values: ['-1h', '-24h', '-7d', '+7d'] },
  {
    key: 'lastSeen',
    about: 'Last event, +7d for longer ago',
    subject: 'issues',
    values: ['-1h', '-24h', '+7d', '+30d']
  },
  { key: 'message', about: 'Words of the message', subject: 'both' }
]

const term = /^(!?)((?:tags\[[^\]\s]*\]|[\w.-]+)):(\S[^]*)?$/

/** Cuts at blanks outside of quotes and brackets. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const { 0: part, index } of text.matchAll(/(?:"[^"]*"?|\[[^\]]*\]?|[^\s"[])+/g)) {
    const span = { text: part, start: index, end: index + part.length }
    const [, sign, key, value = ''] = term.exec(part) ?? []
    tokens.push(
      key === undefined
        ? { ...span, kind: 'text' }
        : { ...span, kind: 'term', negated: sign === '!', key, value, valueStart: span.end - value.length }
    )
  }
  return tokens
}

export type Suggestion = {
  label: string
  about: string
  /** The text with it put in, and where the cursor goes. */ text: string
  cursor: number
}

export type CompletionSource = {
  subject: 'issues' | 'events'
  /** Tags that are known. */
  tags?: readonly string[]
  /** Values by key: releases, environments, members. */
  values?: Readonly<Record<string, readonly string[]>>
}

const suggestionsMax = 12

export function suggestionsFor(text: string, cursor: number, source: CompletionSource): Suggestion[] {
  const token = tokensOf(text).find(({ start, end }) => cursor > start && cursor <= end)
  if (token?.kind === 'term' && cursor >= token.valueStart) return valueSuggestions(text, token, source)
  const typed = token === undefined ? '' : text.slice(token.start, cursor).replace(/^!/, '')
  return keySuggestions(text, token ?? { start: cursor, end: cursor, text: '' }, typed, source)
}

function keySuggestions(
  text: string,
  { start, end, text: whole }: Pick<Token, 'start' | 'end' | 'text'>,
  typed: string,
  { subject, tags = [] }: CompletionSource
): Suggestion[] {
  const known = searchKeys.filter(key => key.subject === 'both' || subject === 'issues')
  const keys = [
    ...known,
    ...tags.filter(tag => !known.some(({ key }) => key === tag)).map(key => ({ key, about: 'Tag' }))
  ]
  const sign = whole.startsWith('!') ? '!' : ''
  return ranked(keys, typed, ({ key }) => key).map(({ key, about }) => ({
    label: `${sign}${key}:`,
    about,
    ...putIn(text, start, end, `${sign}${key}:`)
  }))
}

function valueSuggestions(
  text: string,
  { key, value, valueStart, end }: Extract<Token, { kind: 'term' }>,
  { values = {} }: CompletionSource
): Suggestion[] {
  const known = searchKeys.find(one => one.key.toLowerCase() === key.toLowerCase())
  const options = [...(known?.values ?? []), ...(values[key] ?? [])]
  return ranked(options, value.replaceAll('"', ''), option => option).map(option => ({
    label: option,
    about: known?.about ?? 'Value',
    ...putIn(text, valueStart, end, `${quoted(option)} `)
  }))
}

/** What begins with what was typed, then what holds it. */
function ranked<Option>(options: readonly Option[], typed: string, name: (option: Option) => string): Option[] {
  const wanted = typed.toLowerCase()
  const rank = (option: Option): number => {
    const at = name(option).toLowerCase().indexOf(wanted)
    return at === -1 ? 2 : at === 0 ? 0 : 1
  }
  return options
    .map(option => ({ option, rank: rank(option) }))
    .filter(one => one.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, suggestionsMax)
    .map(({ option }) => option)
}

function putIn(text: string, start: number, end: number, what: string): { text: string; cursor: number } {
  return {
    text: text.slice(0, start) + what + text.slice(end).replace(/^\s+/, what.endsWith(' ') ? '' : ' '),
    cursor: start + what.length
  }
}

/** A value as it must be written. */
export function quoted(value: string): string {
  return value === '' || /[\s"[\]]/.test(value) ? `"${value.replaceAll('"', ' ')}"` : value
}

/** The text with a term more; the same term is not added twice. */
export function withTerm(text: string, key: string, value: string, negated = false): string {
  const added = `${negated ? '!' : ''}${key}:${quoted(value)}`
  if (tokensOf(text).some(token => token.text === added)) return text
  return text.trim() === '' ? added : `${text.trim()} ${added}`
}

export function withoutKey(text: string, key: string): string {
  return tokensOf(text)
    .filter(token => token.kind === 'text' || token.key !== key)
    .map(token => token.text)
    .join(' ')
}
