/** The filter of a list of events: its query parameters together with the terms of its search text. */
import { parseSearch } from '../events/search/parse.ts'
import { isEventTerm } from '../events/search/query.ts'
import { queryOfText, type EventFilter } from '../services/search/query.ts'
import { invalidField } from './problems.ts'

type Asked = {
  query?: string | undefined
  tag?: readonly string[] | undefined
  level?: readonly string[] | undefined
  environment?: readonly string[] | undefined
  release?: readonly string[] | undefined
  user?: readonly string[] | undefined
}

/** 400 for a search that cannot be understood. */
export function eventFilterOf(
  { query = '', tag = [], level = [], environment = [], release = [], user = [] }: Asked,
  now: number
): EventFilter {
  const parsed = parseSearch(query, { subject: 'events', now })
  if (!parsed.ok) throw invalidField('query', parsed.message)
  const { text, terms } = parsed.query
  if (text !== null && queryOfText(text) === null) throw invalidField('query', 'holds no word to search for')
  return {
    text,
    terms: terms.filter(isEventTerm),
    tags: tag,
    levels: level,
    environments: environment,
    releases: release,
    users: user
  }
}
