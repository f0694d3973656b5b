/** How all projects of an organization are doing, in one answer. */
import { overview, overviewQuery } from '../../schema/api/stats.ts'
import { intervalMs } from '../../services/counts/buckets.ts'
import { overviewOf } from '../../services/stats/of-organization.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { rangeOf } from '../ranges.ts'
import { organizationTarget } from '../targets.ts'

/** Longer ranges are shown by days. */
const hoursRangeMsMax = 7 * intervalMs.day

const read = operation({
  ...plain,
  method: 'get',
  tag: 'Statistics',
  id: 'getOrganizationOverview',
  path: '/api/v1/orgs/:org/overview',
  summary: 'Events, issues and alerts of all projects of an organization in a range, of each and together',
  description:
    'Numbers are those of the overview of each project. `unresolved` and `active_alerts` are of now; `events` and ' +
    '`new_issues` of the range and the environments. Buckets are hours for up to 7 days, else days of `timezone`.',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: organizationTarget,
  query: overviewQuery,
  responses: { 200: { description: 'The numbers, projects by name', schema: overview } },
  handle: async ({ sql, context, target: { organizationId }, query: { environment = [], timezone, ...asked } }) => {
    const now = context.now()
    const { from, to } = rangeOf(asked, now)
    const range = { from: from.getTime(), to: to.getTime() }
    const interval = range.to - range.from <= hoursRangeMsMax ? 'hour' : 'day'
    const options = { range, environments: environment, interval, zone: timezone, now } as const
    return { status: 200, body: await overviewOf(sql, organizationId, options) }
  }
})

export const organizationOverviewOperations: Operation[] = [read]
