/**
 * Alert rules of a project. Responses mask secrets; a mask that is sent back leaves the stored secret as it is. Targets
 * must be public.
 */
import { addressOf, restoredActions } from '../../events/alert-actions.ts'
import { parseTemplate } from '../../events/channels/webhook-template.ts'
import { comparedMinutesMax, type Action, type Condition, type Filters } from '../../schema/alerts.ts'
import { newRuleBody, ruleChange, ruleList, ruleListQuery, ruleSchema } from '../../schema/api/alerts.ts'
import { uuid } from '../../schema/api/common.ts'
import { changeRule, createRule, deleteRule, listRules } from '../../services/alerts/rules.ts'
import { ruleFilter, ruleTags } from '../../services/alerts/rule-filter.ts'
import { refusalOfUrl } from '../../services/machine/public-address.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import type { ApiContext } from '../types.ts'
import { invalidField, problem } from '../problems.ts'
import { projectTarget } from '../targets.ts'
import { askNewRecipients } from './recipients.ts'
import { ruleBodies, ruleBodyOf } from './rule-body.ts'
import { ruleTarget } from './rule-target.ts'

const facts = { ...plain, tag: 'Alerts' } as const
const read = { who: 'role', role: 'member', scope: 'read' } as const
const write = { who: 'role', role: 'member', scope: 'write' } as const

const list = operation({
  ...facts,
  id: 'listAlertRules',
  method: 'get',
  path: '/api/v1/projects/:project/alert-rules',
  summary: 'Alert rules of a project, newest first',
  access: read,
  target: projectTarget,
  query: ruleListQuery,
  responses: { 200: { description: 'A page of rules', schema: ruleList } },
  handle: async ({ sql, caller, target: { projectId, organizationId }, query: { cursor, limit } }) => {
    const after = cursor === undefined ? null : positionOf(uuid, cursor)
    const rules = await listRules(sql, { projectId, after, limit: limit + 1 })
    const data = await ruleBodies({ sql, caller }, organizationId, rules.slice(0, limit))
    return { status: 200, body: { data, next_cursor: rules.length > limit ? cursorOf(data.at(-1)?.id) : null } }
  }
})

const create = operation({
  ...facts,
  id: 'createAlertRule',
  method: 'post',
  path: '/api/v1/projects/:project/alert-rules',
  summary: 'Make an alert rule',
  description:
    'A `threshold` fires when more than `count` events came within `window_minutes`, or (`of`: `users`) events of so ' +
    'many different users, in the whole project or (`scope`: `issue`) in one issue; those ' +
    'of archived and discarded issues count with `include_archived`. With `increase_percent` there must also be so ' +
    'many percent more than in the window before. ' +
    '`filters.query` is a search for events. Webhooks are signed: ' +
    '`X-Mesher-Signature: t=<seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of `<t>.<body>` under `secret`.',
  access: write,
  target: projectTarget,
  body: newRuleBody,
  responses: { 201: { description: 'The rule', schema: ruleSchema } },
  refusals: { 409: 'The project has as many rules as one may have' },
  handle: async ({ sql, context, caller, target: { projectId, organizationId }, body }) => {
    const tags = await ruleTags(sql, projectId, body.filters)
    consistent(body.condition, body.filters, tags)
    const fields = {
      name: body.name,
      isEnabled: body.enabled,
      condition: body.condition,
      filters: body.filters,
      actions: allowed(context, restored(body.actions, [])),
      cooldownMinutes: body.cooldown_minutes
    }
    const rule = await createRule(sql, projectId, fields, context.now(), tags)
    if (rule === null) throw problem(409, 'This project has as many alert rules as one may have: delete one first.')
    await askNewRecipients({ sql, context, caller }, organizationId, rule)
    return { status: 201, body: await ruleBodyOf({ sql, caller }, organizationId, rule) }
  }
})

const get = operation({
  ...facts,
  id: 'getAlertRule',
  method: 'get',
  path: '/api/v1/projects/:project/alert-rules/:rule',
  summary: 'One alert rule',
  access: read,
  target: ruleTarget,
  responses: { 200: { description: 'The rule', schema: ruleSchema } },
  handle: async ({ sql, caller, target: { organizationId, rule } }) => ({
    status: 200,
    body: await ruleBodyOf({ sql, caller }, organizationId, rule)
  })
})

const change = operation({
  ...facts,
  id: 'changeAlertRule',
  method: 'patch',
  path: '/api/v1/projects/:project/alert-rules/:rule',
  summary: 'Change an alert rule; `condition`, `filters` and `actions` are replaced whole',
  access: write,
  target: ruleTarget,
  body: ruleChange,
  responses: { 200: { description: 'The rule as it is now', schema: ruleSchema } },
  handle: async ({
    sql,
    context,
    caller,
    target: {
      projectId,
      organizationId,
      rule: { id }
    },
    body
  }) => {
    const tags = body.filters === undefined ? null : await ruleTags(sql, projectId, body.filters)
    const changed = await changeRule(
      sql,
      projectId,
      id,
      rule => {
        consistent(body.condition ?? rule.condition, body.filters ?? rule.filters, tags)
        return {
          name: body.name ?? rule.name,
          isEnabled: body.enabled ?? rule.isEnabled,
          condition: body.condition ?? rule.condition,
          filters: body.filters ?? rule.filters,
          actions: body.actions === undefined ? rule.actions : allowed(context, restored(body.actions, rule.actions)),
          cooldownMinutes: body.cooldown_minutes ?? rule.cooldownMinutes
        }
      },
      context.now(),
      tags ?? undefined
    )
    if (changed === null) throw problem(404, 'There is nothing at this address.')
    if (body.actions !== undefined) await askNewRecipients({ sql, context, caller }, organizationId, changed)
    return { status: 200, body: await ruleBodyOf({ sql, caller }, organizationId, changed) }
  }
})

const remove = operation({
  ...facts,
  id: 'deleteAlertRule',
  method: 'delete',
  path: '/api/v1/projects/:project/alert-rules/:rule',
  summary: 'Delete an alert rule; its alerts stay',
  access: write,
  target: ruleTarget,
  responses: { 204: { description: 'Deleted' } },
  handle: async ({ sql, context, target: { projectId, rule } }) => {
    if (!(await deleteRule(sql, projectId, rule.id, context.now()))) {
      throw problem(404, 'There is nothing at this address.')
    }
    return { status: 204 }
  }
})

function restored(given: readonly Action[], stored: readonly Action[]): Action[] {
  const result = restoredActions(given, stored)
  if (!result.ok) {
    throw invalidField(
      `actions.${result.index}`,
      'has a mask in the place of a secret that is not stored: give it whole'
    )
  }
  return result.actions
}

/** What the parts of a rule ask of one another. */
function consistent(condition: Condition, filters: Filters, tags: ReadonlySet<string> | null): void {
  const parsed = ruleFilter(0, filters, tags)
  if (!parsed.ok) throw invalidField('filters.query', parsed.message)
  if (condition.type === 'new_issue' && filters.issue_older_than_minutes !== undefined) {
    throw invalidField('filters.issue_older_than_minutes', 'is nothing that a new issue can be')
  }
  if (condition.type === 'threshold' && condition.increase_percent !== undefined) {
    if (condition.of === 'users') throw invalidField('condition.increase_percent', 'goes with events, not with users')
    if (condition.window_minutes <= comparedMinutesMax) return
    throw invalidField('condition.window_minutes', `must be at most ${comparedMinutesMax} with increase_percent`)
  }
}

/** Checks what can be checked without resolving names; the target is checked again whenever something is sent. */
export function allowed({ alerting: { allowPrivate } }: ApiContext, actions: Action[]): Action[] {
  for (const [index, action] of actions.entries()) {
    const parsed = action.type === 'template' ? parseTemplate(action.template) : null
    if (parsed?.ok === false) {
      const { line, column, message } = parsed
      throw invalidField(`actions.${index}.template`, `line ${line}, column ${column}: ${message}`)
    }
  }
  if (allowPrivate) return actions
  for (const [index, action] of actions.entries()) {
    const refusal = action.type === 'email' ? null : refusalOfUrl(new URL(addressOf(action)))
    if (refusal !== null) throw invalidField(`actions.${index}.url`, refusal)
  }
  return actions
}

export const alertRuleOperations: Operation[] = [list, create, get, change, remove]
