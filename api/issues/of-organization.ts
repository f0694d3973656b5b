/** The issues of all projects of an organization, or of some of them, as one list. */
import { isIdAlone } from '../../services/search/event-ids.ts'
import { rateDays } from '../../schema/priority.ts'
import { issueListOfAll, issueListOfAllQuery } from '../../schema/api/issues.ts'
import { projectNamesOf, projectsIn, type NamedProject } from '../../services/accounts/visible.ts'
import { issueItems } from '../../services/issues/items.ts'
import { issueSorts } from '../../services/issues/list.ts'
import { listIssuesOfProjects, type ProjectIssue } from '../../services/issues/of-projects.ts'
import type { CountedFilter } from '../../services/issues/counted-filter.ts'
import type { IssueQuery } from '../../services/issues/search.ts'
import type { Sql } from '../../services/database/sql.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { invalidField } from '../problems.ts'
import { organizationTarget } from '../targets.ts'
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
    'A tag that only some projects have is looked for in these. Changes are made in the project of each issue.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: organizationTarget,
  query: issueListOfAllQuery,
  responses: { 200: { description: 'A page of issues', schema: issueListOfAll } },
  handle: async ({ sql, context, caller, target: { organizationId }, query: { project: named, ...asked } }) => {
    const now = context.now()
    const { cursor, limit, sort } = asked
    const after = cursor === undefined ? null : positionOf(listPosition, cursor)
    if (after !== null && after.sort !== sort) throw invalidField('cursor', 'is of a list in another order')
    const projects = await chosen(sql, organizationId, named)
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

async function chosen(sql: Sql, organizationId: string, named: readonly string[] = []): Promise<NamedProject[]> {
  if (named.length === 0) return await projectNamesOf(sql, { organizationId })
  const found = await projectsIn(sql, organizationId, named)
  if (found.length === 0) throw invalidField('project', 'names no project of this organization')
  return found
}

type Known = { projects: readonly NamedProject[]; filters: ReadonlyMap<number, CountedFilter>; now: number }

/** In the order of the list, each read in its own project. */
async function itemsOf(sql: Sql, issues: readonly ProjectIssue[], { projects, filters, now }: Known) {
  const read = await Promise.all(
    projects.map(async ({ id, slug, name }) => {
      const ids = issues.filter(({ projectId }) => projectId === id).map(issue => issue.id)
      const items = await issueItems(sql, id, ids, { filter: filters.get(id) ?? null, now })
      return items.map(item => ({ ...item, project: { id: String(id), slug, name } }))
    })
  )
  const byId = new Map(read.flat().map(item => [item.id, item]))
  return issues.flatMap(({ id }) => byId.get(id) ?? [])
}

export const organizationIssueOperations: Operation[] = [list]
