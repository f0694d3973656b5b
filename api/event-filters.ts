/** The filter of a list of events: its query parameters together with the terms of its search text. */
import { eventNodeOf } from '../events/search/nodes.ts'
import { parseSearch } from '../events/search/parse.ts'
import type { EventFilter } from '../services/search/query.ts'
import { invalidSearch } from './problems.ts'

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
  if (!parsed.ok) throw invalidSearch(parsed)
  return {
    where: eventNodeOf(parsed.query),
    tags: tag,
    levels: level,
    environments: environment,
    releases: release,
    users: user
  }
}
