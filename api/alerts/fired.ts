/** Alerts that have fired: listing, acknowledging and resolving them, and the deliveries of their notifications. */
import {
  alertList,
  alertListQuery,
  alertsBulkAnswer,
  alertsBulkBody,
  alertSchema,
  deliveryList,
  deliveryListQuery,
  type AlertItem
} from '../../schema/api/alerts.ts'
import { uuid } from '../../schema/api/common.ts'
import {
  acknowledgeAlert,
  changeAlerts,
  changedAtOnce,
  findAlert,
  getAlert,
  listAlerts,
  resolveAlert,
  type VisibleAlert
} from '../../services/alerts/fired.ts'
import { listDeliveries } from '../../services/alerts/deliveries.ts'
import type { Sql } from '../../services/database/sql.ts'
import { afterOf, pageOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import type { Target } from '../types.ts'
import { problem } from '../problems.ts'
import { maskFor } from './rule-body.ts'
import { projectTarget } from '../targets.ts'

const facts = { ...plain, tag: 'Alerts' } as const
const read = { who: 'role', role: 'member', scope: 'read' } as const
const write = { who: 'role', role: 'member', scope: 'write' } as const

const alertTarget: Target<VisibleAlert> = {
  params: { alert: uuid },
  find: (sql, { userId }, { alert = '' }) => findAlert(sql, userId, alert)
}

const list = operation({
  ...facts,
  id: 'listAlerts',
  method: 'get',
  path: '/api/v1/projects/:project/alerts',
  summary: 'Alerts of a project, newest first',
  access: read,
  target: projectTarget,
  query: alertListQuery,
  responses: { 200: { description: 'A page of alerts', schema: alertList } },
  handle: async ({ sql, target: { projectId }, query: { status = null, cursor, limit } }) => {
    const alerts = await listAlerts(sql, { projectId, status, after: afterOf(cursor), limit: limit + 1 })
    return { status: 200, body: pageOf(alerts, limit, alert => alert.id) }
  }
})

const get = operation({
  ...facts,
  id: 'getAlert',
  method: 'get',
  path: '/api/v1/alerts/:alert',
  summary: 'One alert',
  access: read,
  target: alertTarget,
  responses: { 200: { description: 'The alert', schema: alertSchema } },
  handle: async ({ sql, target }) => ({ status: 200, body: await shownAlert(sql, target) })
})

const acknowledge = operation({
  ...facts,
  id: 'acknowledgeAlert',
  method: 'post',
  path: '/api/v1/alerts/:alert/acknowledge',
  summary: 'Say that somebody looks after it; a threshold that stays exceeded is not told again until it is resolved',
  access: write,
  target: alertTarget,
  responses: { 200: { description: 'The alert', schema: alertSchema } },
  refusals: { 409: 'It is resolved already' },
  handle: async ({ sql, context, caller, target }) => {
    if (!(await acknowledgeAlert(sql, target, caller.userId, context.now()))) {
      throw problem(409, 'This alert is resolved already.')
    }
    return { status: 200, body: await shownAlert(sql, target) }
  }
})

const resolve = operation({
  ...facts,
  id: 'resolveAlert',
  method: 'post',
  path: '/api/v1/alerts/:alert/resolve',
  summary: 'Say that it is over',
  access: write,
  target: alertTarget,
  responses: { 200: { description: 'The alert', schema: alertSchema } },
  handle: async ({ sql, context, caller, target }) => {
    await resolveAlert(sql, target, caller.userId, context.now())
    return { status: 200, body: await shownAlert(sql, target) }
  }
})

const bulk = operation({
  ...facts,
  id: 'changeAlerts',
  method: 'post',
  path: '/api/v1/projects/:project/alerts/bulk',
  summary: 'Acknowledge or resolve many alerts at once: those of a list, or all that are open',
  description: 'Alerts that are in that state already, or resolved, stay as they are.',
  access: write,
  target: projectTarget,
  body: alertsBulkBody,
  responses: { 200: { description: 'How many have changed', schema: alertsBulkAnswer } },
  handle: async ({ sql, context, caller, target: { projectId }, body: { act, ids = null } }) => {
    const changed = await changeAlerts(sql, { projectId, act, ids }, caller.userId, context.now())
    return { status: 200, body: { changed, more: ids === null && changed === changedAtOnce } }
  }
})

const deliveries = operation({
  ...facts,
  id: 'listDeliveries',
  method: 'get',
  path: '/api/v1/alerts/:alert/deliveries',
  summary: 'What was sent, or is still to be sent, about an alert, with every attempt',
  access: read,
  target: alertTarget,
  query: deliveryListQuery,
  responses: { 200: { description: 'A page of deliveries, one for each action of the rule', schema: deliveryList } },
  handle: async ({ sql, caller, target: { projectId, alertId }, query: { cursor, limit } }) => {
    const masked = maskFor(caller)
    const found = await listDeliveries(sql, { projectId, alertId, after: afterOf(cursor), limit: limit + 1, masked })
    return { status: 200, body: pageOf(found, limit, delivery => delivery.id) }
  }
})

async function shownAlert(sql: Sql, { projectId, alertId }: VisibleAlert): Promise<AlertItem> {
  const alert = await getAlert(sql, projectId, alertId)
  if (alert === null) throw problem(404, 'There is nothing at this address.')
  return alert
}

export const alertOperations: Operation[] = [list, get, acknowledge, resolve, bulk, deliveries]
