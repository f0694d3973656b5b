/** The issues of all projects of an organization, or of some of them: as one list, and changed by one request. */
import { isIdAlone } from '../../services/search/event-ids.ts'
import { rateDays } from '../../schema/priority.ts'
import {
  bulkIssuesMax,
  bulkOfAllAnswer,
  bulkOfAllBody,
  issueListOfAll,
  issueListOfAllQuery
} from '../../schema/api/issues.ts'
import type { NamedProject } from '../../services/accounts/visible.ts'
import { issueItems } from '../../services/issues/items.ts'
import { issueSorts } from '../../services/issues/list.ts'
import { listIssuesOfProjects, type ProjectIssue } from '../../services/issues/of-projects.ts'
import type { CountedFilter } from '../../services/issues/counted-filter.ts'
import type { IssueQuery } from '../../services/issues/search.ts'
import type { Sql } from '../../services/database/sql.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { chosenProjects } from '../organization/projects.ts'
import { invalidField, Problem } from '../problems.ts'
import { organizationTarget } from '../targets.ts'
import type { ApiContext } from '../types.ts'
import { applyTo, type BulkChange, type Changer } from './changes.ts'
import { countedFilterOf, listPosition } from './issues.ts'
import { issueQueryOf } from './queries.ts'

const list = operation({
  ...plain,
  method: 'get',
  tag: 'Issues',
  id: 'listIssuesOfOrganization',
  path: '/api/v1/orgs/:org/issues',
  summary: 'Issues of all projects of an organization as one list, each with its project',
  description:
    'Takes what the list of one project takes, and `project` (a slug or an id, up to 50 times) to name some of them. ' +
    'A tag that only some projects have is looked for in these. Changes of single issues are made in their projects.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: organizationTarget,
  query: issueListOfAllQuery,
  responses: { 200: { description: 'A page of issues', schema: issueListOfAll } },
  handle: async ({ sql, context, caller, target: { organizationId }, query: { project: named, ...asked } }) => {
    const now = context.now()
    const { cursor, limit, sort } = asked
    const after = cursor === undefined ? null : positionOf(listPosition, cursor)
    if (after !== null && after.sort !== sort) throw invalidField('cursor', 'is of a list in another order')
    const projects = await chosenProjects(sql, organizationId, named)
    const queryOf = ({ id: projectId, slug }: NamedProject): IssueQuery =>
      issueQueryOf({ projectId, organizationId, slug, callerId: caller.userId }, asked, now, after?.from)
    const { seen, search } = queryOf({ id: 0, slug: '', name: '' })
    const filters = new Map<number, CountedFilter>()
    const page = await listIssuesOfProjects(sql, projects, {
      sort: issueSorts.find(name => name === sort) ?? 'last_seen',
      after,
      limit,
      since: isIdAlone(search) ? 0 : seen.from,
      rateDays: rateDays({ from: seen.from, to: seen.to ?? now }),
      asked: async project => {
        const query = queryOf(project)
        const filter = await countedFilterOf(sql, project.id, query, asked)
        filters.set(project.id, filter)
        return { query, filter }
      }
    })
    return {
      status: 200,
      body: {
        data: await itemsOf(sql, page.issues, { projects, filters, now }),
        next_cursor: page.next === null ? null : cursorOf({ sort, ...page.next, from: seen.from }),
        sampled: !page.isComplete,
        order_estimated: !page.isOrdered
      }
    }
  }
})

const bulk = operation({
  ...plain,
  method: 'post',
  tag: 'Issues',
  id: 'changeIssuesOfOrganization',
  path: '/api/v1/orgs/:org/issues/bulk',
  summary: `Change up to ${bulkIssuesMax} issues that a filter finds in all projects, seen last first`,
  description:
    'The filter takes what the list of all projects takes, the change what the one of a project takes, but no merge. ' +
    'In each project all are changed or none: `refused` says why none were, and the others are changed all the same. ' +
    'With `more` there are more than were taken: ask again.',
  access: { who: 'role', role: 'member', scope: 'write' },
  target: organizationTarget,
  body: bulkOfAllBody,
  responses: { 200: { description: 'What was changed in each project', schema: bulkOfAllAnswer } },
  handle: async ({ sql, context, caller, target: { organizationId }, body: { filter, change } }) => {
    const now = context.now()
    const { project: named, ...asked } = filter
    const projects = await chosenProjects(sql, organizationId, named)
    const queryOf = ({ id: projectId, slug }: NamedProject): IssueQuery =>
      issueQueryOf({ projectId, organizationId, slug, callerId: caller.userId }, asked, now)
    const { seen, search } = queryOf({ id: 0, slug: '', name: '' })
    const { issues, next } = await listIssuesOfProjects(sql, projects, {
      sort: 'last_seen',
      after: null,
      limit: bulkIssuesMax,
      since: isIdAlone(search) ? 0 : seen.from,
      rateDays: rateDays({ from: seen.from, to: seen.to ?? now }),
      asked: async project => ({ query: queryOf(project), filter: null })
    })
    const done = []
    for (const project of projects) {
      const ids = issues.filter(({ projectId }) => projectId === project.id).map(({ id }) => id)
      if (ids.length === 0) continue
      const changer = { projectId: project.id, organizationId, userId: caller.userId }
      done.push({ ...namesOf(project), matched: ids.length, ...(await changedIn(context, changer, ids, change)) })
    }
    const changed = done.reduce((sum, one) => sum + one.changed, 0)
    return { status: 200, body: { matched: issues.length, changed, projects: done, more: next !== null } }
  }
})

/** A refusal is of this project alone. */
async function changedIn(
  context: ApiContext,
  changer: Changer,
  ids: readonly string[],
  change: BulkChange
): Promise<{ changed: number; refused: string | null }> {
  try {
    return { changed: (await applyTo(context, changer, ids, change)).length, refused: null }
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    return { changed: 0, refused: error.message }
  }
}

function namesOf({ id, slug, name }: NamedProject) {
  return { id: String(id), slug, name }
}

type Known = { projects: readonly NamedProject[]; filters: ReadonlyMap<number, CountedFilter>; now: number }

/** In the order of the list, each read in its own project. */
async function itemsOf(sql: Sql, issues: readonly ProjectIssue[], { projects, filters, now }: Known) {
  const read = await Promise.all(
    projects.map(async ({ id, slug, name }) => {
      const ids = issues.filter(({ projectId }) => projectId === id).map(issue => issue.id)
      const items = await issueItems(sql, id, ids, { filter: filters.get(id) ?? null, now })
      return items.map(item => ({ ...item, project: namesOf({ id, slug, name }) }))
    })
  )
  const byId = new Map(read.flat().map(item => [item.id, item]))
  return issues.flatMap(({ id }) => byId.get(id) ?? [])
}

export const organizationIssueOperations: Operation[] = [list, bulk]
