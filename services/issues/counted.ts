/**
 * The numbers of issues under the filter of their list: events, users, first and last seen, trend. Events and trends
 * come from rollups, users and what goes by release from the newest events (counted-events.ts). What is told from some
 * of the events is an estimate, and says so.
 */
import { distinctOf } from '../counts/distinct.ts'
import type { Sql } from '../database/sql.ts'
import { eventNumbers, firstEvents, type EventNumbers } from './counted-events.ts'
import { isWhole, type CountedFilter, type IssueLife } from './counted-filter.ts'
import { minuteTrends, rollupNumbers, type RollupNumbers } from './counted-rollups.ts'
import { trendBuckets, type TrendRange } from './trend-range.ts'

/** Times are in milliseconds. */
export type IssueNumbers = {
  events: number
  users: number
  firstSeen: number
  lastSeen: number
  trend: number[]
  isEstimated: boolean
  areUsersEstimated: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** An issue that has no event under the filter (any more) has 0 events, and is seen when it was in its life. */
export async function numbersOf(
  sql: Sql,
  projectId: number,
  filter: CountedFilter,
  issues: readonly IssueLife[],
  trend: TrendRange
): Promise<Map<string, IssueNumbers>> {
  const ids = issues.map(({ id }) => id)
  const isByMinutes = trend.unitMs < hourMs
  const partial = issues.filter(issue => !isWhole(filter, issue))
  const [rollups, minutes, events] = await Promise.all([
    rollupNumbers(sql, projectId, filter, ids, trend),
    isByMinutes ? minuteTrends(sql, projectId, filter.range, ids, trend) : new Map<string, number[]>(),
    eventNumbers(sql, projectId, filter, partial, trend)
  ])
  const areAny = filter.environments.length === 0 && filter.releases.length === 0
  const probed = partial.flatMap(({ id }) => {
    const rollup = rollups.get(id)
    return areAny && rollup !== undefined && events.get(id)?.isAll === false
      ? [{ id, from: Math.max(filter.range.from, rollup.firstHour) }]
      : []
  })
  const first = await firstEvents(sql, projectId, probed, dayMs)
  return new Map(
    issues.map(issue => {
      const rollup = rollups.get(issue.id) ?? nothing()
      const known = { ...rollup, trend: (areAny ? minutes.get(issue.id) : undefined) ?? rollup.trend }
      const looked = events.get(issue.id)
      if (isWhole(filter, issue)) return [issue.id, wholeLife(issue, known.trend)]
      if (looked === undefined) return [issue.id, withoutEvents(filter, issue, known)]
      return [issue.id, looked.isAll ? fromAll(looked) : fromSome(filter, issue, known, looked, first.get(issue.id))]
    })
  )
}

/** The numbers of its whole life. */
export function wholeLife({ events, users, firstSeen, lastSeen }: IssueLife, trend: number[]): IssueNumbers {
  return { events, users, firstSeen, lastSeen, trend, isEstimated: false, areUsersEstimated: false }
}

function nothing(): RollupNumbers {
  return { events: 0, firstHour: Infinity, lastHour: 0, trend: Array<number>(trendBuckets).fill(0) }
}

function fromAll({ weights, once, several, firstSeen, lastSeen, trend }: EventNumbers): IssueNumbers {
  const exact = { isEstimated: false, areUsersEstimated: false }
  return { events: weights.matching, users: once + several, firstSeen, lastSeen, trend, ...exact }
}

/** The events are gone, by the retention or by an erasure, or were in no release: rollups remember them. */
function withoutEvents(
  { range, releases }: CountedFilter,
  { users, firstSeen, lastSeen }: IssueLife,
  { events, firstHour, lastHour, trend }: RollupNumbers
): IssueNumbers {
  if (events === 0 || releases.length > 0) {
    const isEstimated = events > 0
    const none = trend.map(() => 0)
    return { events: 0, users: 0, firstSeen, lastSeen, trend: none, isEstimated, areUsersEstimated: isEstimated }
  }
  return {
    events,
    users: Math.min(users, events),
    firstSeen: Math.max(firstSeen, range.from, firstHour),
    lastSeen: Math.min(lastSeen, lastHour + hourMs),
    trend,
    isEstimated: true,
    areUsersEstimated: true
  }
}

/** The share of a release among the newest events is taken for its share of all. */
function fromSome(
  { range, environments, releases }: CountedFilter,
  issue: IssueLife,
  rollup: RollupNumbers,
  looked: EventNumbers,
  first: number | undefined
): IssueNumbers {
  const { weights, matching } = looked
  const share = releases.length === 0 ? 1 : weights.matching / weights.looked
  const events = Math.max(weights.matching, Math.round(rollup.events * share))
  // Users are those of events that were stored.
  const stored = weights.matching === 0 ? 0 : (events * matching) / weights.matching
  const users = Math.min(distinctOf({ ...looked, looked: matching }, stored), issue.users, events)
  const firstHour = Math.max(issue.firstSeen, range.from, rollup.firstHour)
  return {
    events,
    users: Math.max(users, looked.once + looked.several),
    firstSeen: Math.min(first ?? firstHour, looked.firstSeen),
    lastSeen: looked.lastSeen === 0 ? Math.min(issue.lastSeen, rollup.lastHour + hourMs) : looked.lastSeen,
    trend: rollup.trend.map(count => Math.round(count * share)),
    // Of an environment the hour of the first event is known.
    isEstimated: range.isEstimated || environments.length > 0 || releases.length > 0,
    areUsersEstimated: true
  }
}
