/** Releases as pages show them: lists with numbers, one with its issues and commits, deploys, and two side by side. */
import * as v from 'valibot'
import {
  comparedIssueList,
  comparedIssuesQuery,
  comparisonQuery,
  releaseChange,
  releaseComparison,
  releaseDetail,
  releaseIssueList,
  releaseIssuesQuery,
  releaseListQuery,
  releaseQuery,
  releaseSummaryList,
  version
} from '../../schema/api/release-pages.ts'
import { exactRange } from '../../services/counts/exact-range.ts'
import type { Sql } from '../../services/database/sql.ts'
import { issueItems } from '../../services/issues/items.ts'
import { summariesOf } from '../../services/issues/summaries.ts'
import { issuesOfSet, ratesOf, sharedIssues, type ReleaseRate } from '../../services/releases/comparison.ts'
import { environmentsOf, releaseAbout } from '../../services/releases/about.ts'
import { issuesOfRelease } from '../../services/releases/issue-counts.ts'
import { eventsInReleases } from '../../services/releases/issue-events.ts'
import { namedReleases } from '../../services/releases/named.ts'
import { putRelease } from '../../services/releases/registered.ts'
import { releaseSummaries, releaseSummary, type Counted } from '../../services/releases/summaries.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { notFound, problem } from '../problems.ts'
import { rangeOf } from '../ranges.ts'
import { projectTarget } from '../targets.ts'

const facts = {
  ...plain,
  tag: 'Releases and environments',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: projectTarget,
  method: 'get'
} as const

const numbers =
  'Numbers of events are exact for any range, and behind by about a second; with `estimated`, an hour that the range ' +
  'cuts counts its share, and with `extrapolated` sampling kept a share of the events, each standing for several. ' +
  'Users of up to 5,000 events that were kept are counted; of more they are estimated from some of them.'

const list = operation({
  ...facts,
  id: 'listReleaseSummaries',
  path: '/api/v1/projects/:project/stats/releases',
  summary: 'Releases with their numbers: events and users of a range, issues, commits, deploys, uploads',
  description:
    `Those that events have named and those that builds have made; archived ones only with \`archived=true\`. ` +
    `${numbers} ` +
    'With environments, releases that had events there in the range or were deployed there. Issues are those of the ' +
    'whole life of the release.',
  query: releaseListQuery,
  responses: { 200: { description: 'A page of releases', schema: releaseSummaryList } },
  handle: async ({ sql, context, target: { projectId }, query }) => {
    const counted = await countedOf(sql, projectId, query, context.now())
    const offset = offsetOf(query.cursor)
    const { sort, limit } = query
    const archived = query.archived === 'true'
    const { items, found, hasAny, totals } = await releaseSummaries(sql, projectId, {
      ...counted,
      sort,
      query: query.query,
      archived,
      offset,
      limit
    })
    return {
      status: 200,
      body: {
        data: items,
        next_cursor: offset + limit < found ? cursorOf(offset + limit) : null,
        ...boundsOf(counted),
        found,
        has_any: hasAny,
        totals
      }
    }
  }
})

const read = operation({
  ...facts,
  id: 'getRelease',
  path: '/api/v1/projects/:project/releases/:version',
  summary: 'One release with its numbers, environments and authors',
  description: numbers,
  params: { version },
  query: releaseQuery,
  responses: { 200: { description: 'The release', schema: releaseDetail } },
  handle: async ({ sql, context, target: { projectId }, params: { version: release }, query }) => {
    const counted = await countedOf(sql, projectId, query, context.now())
    const [summary, { deploys, ...about }] = await Promise.all([
      releaseSummary(sql, projectId, release, counted),
      releaseAbout(sql, projectId, release)
    ])
    if (summary === null) throw notFound()
    const { item, totals, environments } = summary
    const body = {
      ...item,
      totals,
      ...boundsOf(counted),
      ...about,
      environments: environmentsOf(environments, deploys)
    }
    return { status: 200, body }
  }
})

const change = operation({
  ...facts,
  id: 'changeRelease',
  method: 'patch',
  path: '/api/v1/projects/:project/releases/:version',
  summary: 'Archive a release, which hides it in lists, or open it again',
  access: { who: 'role', role: 'member', scope: 'write' },
  params: { version },
  body: releaseChange,
  responses: { 204: { description: 'Changed' } },
  refusals: { 409: 'The project has as many releases as one may have.' },
  handle: async ({ sql, target: { projectId }, params: { version: release }, body: { status } }) => {
    if ((await namedReleases(sql, projectId, { release })).length === 0) throw notFound()
    if (!(await putRelease(sql, projectId, release, { status }))) {
      throw problem(409, 'This project has as many releases as one may have: delete some.')
    }
    return { status: 204 }
  }
})

const issues = operation({
  ...facts,
  id: 'listReleaseIssues',
  path: '/api/v1/projects/:project/releases/:version/issues',
  summary: 'Issues that began with a release, regressed in it, or were resolved in it; those with most events first',
  params: { version },
  query: releaseIssuesQuery,
  responses: { 200: { description: 'Issues, with the numbers of their whole lives', schema: releaseIssueList } },
  handle: async ({ sql, context, target: { projectId }, params: { version: release }, query }) => {
    const { kind, limit } = query
    const offset = offsetOf(query.cursor)
    const ids = await issuesOfRelease(sql, projectId, kind, release, { offset, limit: limit + 1 })
    const data = await issueItems(sql, projectId, ids.slice(0, limit), { filter: null, now: context.now() })
    return { status: 200, body: { data, next_cursor: ids.length > limit ? cursorOf(offset + limit) : null } }
  }
})

const comparison = operation({
  ...facts,
  id: 'compareReleases',
  path: '/api/v1/projects/:project/stats/release-comparison',
  summary: 'Two releases side by side: events by hour, and how many issues had events of one or both',
  query: comparisonQuery,
  responses: { 200: { description: 'Their numbers', schema: releaseComparison } },
  handle: async ({ sql, context, target: { projectId }, query: { base, other } }) => {
    await mustBeThere(sql, projectId, [base, other])
    const [rates, shared] = await Promise.all([
      ratesOf(sql, projectId, { base, other }, context.now()),
      sharedIssues(sql, projectId, { base, other })
    ])
    const body = {
      base: rateBody(base, rates.base),
      other: rateBody(other, rates.other),
      extrapolated: rates.isExtrapolated,
      issues: shared
    }
    return { status: 200, body }
  }
})

const comparedIssues = operation({
  ...facts,
  id: 'listComparedIssues',
  path: '/api/v1/projects/:project/stats/release-comparison/issues',
  summary: 'Issues with events of one of two releases, or of both, and how many; those with most events of all first',
  query: comparedIssuesQuery,
  responses: { 200: { description: 'Issues with their events in each', schema: comparedIssueList } },
  handle: async ({ sql, target: { projectId }, query: { base, other, in: set, cursor, limit } }) => {
    await mustBeThere(sql, projectId, [base, other])
    const offset = offsetOf(cursor)
    const found = await issuesOfSet(sql, projectId, { base, other, set }, { offset, limit: limit + 1 })
    const ids = found.slice(0, limit)
    const [summaries, events] = await Promise.all([
      summariesOf(sql, projectId, ids),
      eventsInReleases(sql, projectId, ids, [...new Set([base, other])])
    ])
    const data = ids.flatMap(id => {
      const summary = summaries.get(id)
      const [before, after] = [events.get(base)?.get(id), events.get(other)?.get(id)]
      return summary === undefined
        ? []
        : {
            ...summary,
            base_events: before?.events ?? 0,
            other_events: after?.events ?? 0,
            estimated: before?.isEstimated === true || after?.isEstimated === true,
            extrapolated: before?.isExtrapolated === true || after?.isExtrapolated === true
          }
    })
    return { status: 200, body: { data, next_cursor: found.length > limit ? cursorOf(offset + limit) : null } }
  }
})

async function mustBeThere(sql: Sql, projectId: number, releases: readonly string[]): Promise<void> {
  for (const release of releases) {
    if ((await namedReleases(sql, projectId, { release })).length === 0) throw notFound()
  }
}

function rateBody(version: string, { firstHour, hours, events, perHour }: ReleaseRate) {
  return { version, first_hour: firstHour?.toISOString() ?? null, hours, events, per_hour: perHour }
}

const offsetMax = 1_000_000

function offsetOf(cursor: string | undefined): number {
  const position = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(offsetMax))
  return cursor === undefined ? 0 : positionOf(position, cursor)
}

type Asked = Parameters<typeof rangeOf>[0] & { environment?: readonly string[] | undefined }

async function countedOf(sql: Sql, projectId: number, asked: Asked, now: number): Promise<Counted> {
  const { from, to } = rangeOf(asked, now)
  const range = await exactRange(sql, projectId, { from: from.getTime(), to: to.getTime() }, now)
  return { range, isOpen: to.getTime() >= now, environments: asked.environment ?? [] }
}

function boundsOf({ range: { from, to, isEstimated, isExtrapolated } }: Counted) {
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    estimated: isEstimated,
    extrapolated: isExtrapolated
  }
}

export const releasePageOperations: Operation[] = [list, read, change, issues, comparison, comparedIssues]
