/**
 * Decides which events and issue messages a subscription gets. Filters with the same key are evaluated once for all
 * their sockets.
 */
import type { StreamEvent, StreamFilters } from '../../schema/stream.ts'

export type Matcher = (event: StreamEvent) => boolean

/** Equal for filters that mean the same. */
export function filterKey({ level = [], environment = [], release = '', issue = '' }: StreamFilters): string {
  return JSON.stringify([[...new Set(level)].sort(), [...new Set(environment)].sort(), release, issue])
}

export function matcherOf({ level = [], environment = [], release, issue }: StreamFilters): Matcher {
  const [levels, environments] = [new Set<string>(level), new Set(environment)]
  return event =>
    (levels.size === 0 || levels.has(event.level)) &&
    (environments.size === 0 || environments.has(event.environment)) &&
    (release === undefined || event.release === release) &&
    (issue === undefined || event.issue_id === issue)
}
