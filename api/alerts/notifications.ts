/** Who is told what in an organization: the alert rules of all its projects, with the state of every address. */
import * as v from 'valibot'
import { notificationList } from '../../schema/api/alerts.ts'
import { page } from '../../schema/api/organizations.ts'
import { listProjectsOf } from '../../services/accounts/projects.ts'
import { rulesOfProjects } from '../../services/alerts/rules.ts'
import { pageOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { organizationTarget } from '../targets.ts'
import { ruleBodies } from './rule-body.ts'

const position = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))

const list = operation({
  ...plain,
  tag: 'Alerts',
  id: 'listNotifications',
  method: 'get',
  path: '/api/v1/orgs/:org/notifications',
  summary: 'Who is told what: the alert rules of every project of an organization',
  access: { who: 'role', role: 'member', scope: 'read' },
  target: organizationTarget,
  query: page,
  responses: { 200: { description: 'Projects with all their rules, oldest first', schema: notificationList } },
  handle: async ({ sql, caller, target: { organizationId }, query: { cursor, limit } }) => {
    const after = cursor === undefined ? 0 : positionOf(position, cursor)
    const projects = await listProjectsOf(sql, { organizationId, after, limit: limit + 1 })
    const rules = await rulesOfProjects(
      sql,
      projects.slice(0, limit).map(({ id }) => id)
    )
    const body = pageOf(projects, limit, ({ id }) => String(id))
    const data = await Promise.all(
      body.data.map(async ({ id, slug, name }) => ({
        project: { id: String(id), slug, name },
        rules: await ruleBodies({ sql, caller }, organizationId, rules.get(id) ?? [])
      }))
    )
    return { status: 200, body: { data, next_cursor: body.next_cursor } }
  }
})

export const notificationOperations: Operation[] = [list]
