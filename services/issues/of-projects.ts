/**
 * A page of the issues of several projects in one order. The projects are asked one after another, in the order of the
 * greatest value that an issue of each can have, a few at once, until the page has more than any other project can add:
 * of a thousand projects the few that were busy lately are read. A search that one project cannot understand, because
 * it names a tag that only others have, finds nothing there; where none understands it, the refusal is thrown.
 */
import * as v from 'valibot'
import { priorityKey } from '../../schema/priority.ts'
import { statuses } from '../../events/search/query.ts'
import { SearchError } from '../../events/search/reader.ts'
import type { Sql } from '../database/sql.ts'
import type { CountedFilter } from './counted-filter.ts'
import { listIssueIds, type IssuePage, type IssuePosition, type IssueSort } from './list.ts'
import type { IssueQuery } from './search.ts'

export type ProjectIssue = IssuePosition & { projectId: number }

export type ProjectsPage = {
  issues: ProjectIssue[]
  next: IssuePosition | null
  isComplete: boolean
  isOrdered: boolean
}

type NamedProject = { id: number; slug: string; name: string }

export type ProjectsOptions = {
  sort: IssueSort
  after: IssuePosition | null
  limit: number
  /** Issues that were seen last before this are not asked for; in milliseconds. */
  since: number
  /** How many days rates are of (schema/priority.ts). */
  rateDays: number
  /** What is asked of a project, and under which filter its issues are counted; null counts their whole lives. */
  asked: (project: NamedProject) => Promise<{ query: IssueQuery; filter: CountedFilter | null }>
}

const atOnce = 4
const hourMs = 3_600_000

export async function listIssuesOfProjects(
  sql: Sql,
  projects: readonly NamedProject[],
  options: ProjectsOptions
): Promise<ProjectsPage> {
  const { after, limit } = options
  const bounds = await boundsOf(sql, projects, options)
  const found: ProjectIssue[] = []
  const refusals: SearchError[] = []
  let [isComplete, isOrdered, understood] = [true, true, 0]
  for (let at = 0; at < bounds.length; at += atOnce) {
    const last = found.at(limit)
    const best = bounds[at]?.bound ?? -Infinity
    if (last !== undefined && last.value > best) break
    const pages = await Promise.all(
      bounds.slice(at, at + atOnce).map(async ({ project }) => ({ project, page: await pageOf(sql, project, options) }))
    )
    for (const { project, page } of pages) {
      if (page instanceof SearchError) {
        refusals.push(page)
        continue
      }
      understood++
      isComplete &&= page.isComplete
      isOrdered &&= page.isOrdered
      found.push(...page.positions.map(position => ({ ...position, projectId: project.id })))
    }
    found.sort((a, b) => b.value - a.value || (a.id < b.id ? 1 : -1))
  }
  const [refusal] = refusals
  if (understood === 0 && refusal !== undefined && after === null) throw refusal
  const issues = found.slice(0, limit)
  const last = issues.at(-1)
  return {
    issues,
    next: found.length > limit && last !== undefined ? { value: last.value, id: last.id } : null,
    isComplete,
    isOrdered
  }
}

/** One more than the page holds, so that it is known whether there is a next one. */
async function pageOf(
  sql: Sql,
  project: NamedProject,
  { sort, after, limit, asked }: ProjectsOptions
): Promise<IssuePage | SearchError> {
  const { query, filter } = await asked(project)
  try {
    return await listIssueIds(sql, { ...query, filter, sort, after, limit: limit + 1 })
  } catch (error) {
    if (error instanceof SearchError) return error
    throw error
  }
}

const boundRow = v.strictObject({ id: v.number(), seen: v.date(), events: v.number(), users: v.number() })

type Bounded = { project: NamedProject; bound: number }

/**
 * The projects that had an event since then, the one with the greatest possible value first. Each index gives its
 * greatest value with one look; of numbers it has the magnitude, whose upper end is the bound, with a step of room for
 * events that are not folded yet.
 */
async function boundsOf(
  sql: Sql,
  projects: readonly NamedProject[],
  { sort, since, rateDays }: ProjectsOptions
): Promise<Bounded[]> {
  const byId = new Map(projects.map(project => [project.id, project]))
  const rows = await sql.rows(boundRow)`
    select p.id, max(seen.hour) as seen, coalesce(max(events.bound), 0)::bigint as events,
      coalesce(max(users.bound), 0)::bigint as users
    from unnest(${[...byId.keys()]}::bigint[]) as p (id) cross join unnest(${statuses}::text[]) as s (status)
      cross join lateral (
        select last_seen_hour as hour from issues where project_id = p.id and status = s.status
          and merged_into is null order by last_seen_hour desc limit 1) seen
      cross join lateral (
        select exp((event_magnitude + 2) / 4.0) as bound from issues
        where project_id = p.id and status = s.status and merged_into is null order by event_magnitude desc limit 1
      ) events
      cross join lateral (
        select exp((user_magnitude + 2) / 4.0) as bound from issues
        where project_id = p.id and status = s.status and merged_into is null order by user_magnitude desc limit 1
      ) users
    group by p.id having max(seen.hour) >= ${new Date(since - hourMs)}`
  return rows
    .flatMap(row => {
      const project = byId.get(row.id)
      return project === undefined ? [] : [{ project, bound: boundOf(sort, row, rateDays) }]
    })
    .sort((a, b) => b.bound - a.bound || a.project.id - b.project.id)
}

function boundOf(sort: IssueSort, { seen, events, users }: v.InferOutput<typeof boundRow>, days: number): number {
  switch (sort) {
    case 'last_seen':
    case 'first_seen':
      return seen.getTime() + 2 * hourMs
    case 'events':
    case 'trend':
      return events
    case 'users':
      return users
    case 'priority':
      return priorityKey({ events, users, level: 'fatal', lastSeen: seen.getTime() + 2 * hourMs }, days)
  }
}
