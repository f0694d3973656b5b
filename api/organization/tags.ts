/** The values that a tag has in the projects of an organization: what completes a search across them. */
import { tagKey, tagValues, tagValuesOfAllQuery } from '../../schema/api/stats.ts'
import { tagValuesOfProjects } from '../../services/stats/tags-of-projects.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { chosenProjects } from './projects.ts'
import { rangeOf } from '../ranges.ts'
import { organizationTarget } from '../targets.ts'

const read = operation({
  ...plain,
  method: 'get',
  tag: 'Statistics',
  id: 'getTagValuesOfOrganization',
  path: '/api/v1/orgs/:org/stats/tags/:key',
  summary: 'The most frequent values of a tag in all projects of an organization, or in those that are named',
  description:
    'Counted as in each project, in the 20 of the projects that had events last. With more of them, and where a ' +
    'project counts its newest events alone, `sampled` says so.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: organizationTarget,
  params: { key: tagKey },
  query: tagValuesOfAllQuery,
  responses: { 200: { description: 'Values with their numbers of events, greatest first', schema: tagValues } },
  handle: async ({
    sql,
    context,
    target: { organizationId },
    params: { key },
    query: { project, limit, ...asked }
  }) => {
    const now = context.now()
    const { from, to } = rangeOf(asked, now)
    const ids = (await chosenProjects(sql, organizationId, project)).map(({ id }) => id)
    const span = { from: from.getTime(), to: to.getTime() }
    const found = await tagValuesOfProjects(sql, ids, span, key, { limit, now })
    return {
      status: 200,
      body: {
        data: found.values,
        next_cursor: null,
        key,
        total: found.total,
        sampled: found.isSample,
        from: from.toISOString(),
        to: to.toISOString(),
        estimated: found.isEstimated,
        extrapolated: found.isExtrapolated
      }
    }
  }
})

export const organizationTagOperations: Operation[] = [read]
