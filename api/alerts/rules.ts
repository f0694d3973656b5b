/**
 * Alert rules of a project. Responses mask secrets; a mask that is sent back leaves the stored secret as it is. Targets
 * must be public.
 */
import type * as v from 'valibot'
import { addressOf, maskedAction, restoredActions, targetOf } from '../../events/alert-actions.ts'
import { requestsOf } from '../../events/channel-requests.ts'
import { mailOf } from '../../events/notification-texts.ts'
import { parseTemplate } from '../../events/webhook-template.ts'
import { channelNamed } from '../../schema/channels.ts'
import { comparedMinutesMax, type Action, type Condition, type Filters, type Notification } from '../../schema/alerts.ts'
import {
  newRuleBody,
  previewBody,
  previewedRequests,
  ruleChange,
  ruleList,
  ruleListQuery,
  ruleSchema,
  testResults,
  type Rule
} from '../../schema/api/alerts.ts'
import { uuid } from '../../schema/api/common.ts'
import {
  beginTest,
  changeRule,
  createRule,
  deleteRule,
  findRule,
  listRules,
  type StoredRule
} from '../../services/alerts/rules.ts'
import { ruleFilter } from '../../services/alerts/rule-filter.ts'
import { refusalOfUrl } from '../../services/machine/public-address.ts'
import { previewNotification, testNotification } from '../../services/alerts/test-notification.ts'
import { cursorOf, positionOf } from '../cursors.ts'
import { operation, plain, type Operation } from '../operation.ts'
import type { ApiContext, Target } from '../types.ts'
import { invalidField, problem } from '../problems.ts'
import { projectTarget, type ProjectTarget } from '../targets.ts'

const facts = { ...plain, tag: 'Alerts' } as const
const read = { who: 'role', role: 'member', scope: 'read' } as const
const write = { who: 'role', role: 'member', scope: 'write' } as const
const testPauseMs = 3_000

type RuleTarget = ProjectTarget & { rule: StoredRule }

const ruleTarget: Target<RuleTarget> = {
  params: { ...projectTarget.params, rule: uuid },
  find: async (sql, caller, params) => {
    const project = await projectTarget.find(sql, caller, params)
    const rule = project === null ? null : await findRule(sql, project.projectId, params.rule ?? '')
    return project === null || rule === null ? null : { ...project, rule }
  }
}

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
  handle: async ({ sql, target: { projectId }, query: { cursor, limit } }) => {
    const after = cursor === undefined ? null : positionOf(uuid, cursor)
    const rules = await listRules(sql, { projectId, after, limit: limit + 1 })
    const data = rules.slice(0, limit).map(shown)
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
    'A `threshold` fires when more than `count` events came within `window_minutes`, in the whole ' +
    'project or (`scope`: `issue`) in one issue; those of archived and discarded issues count with ' +
    '`include_archived`. With `increase_percent` there must also be so many percent more than in the window before. ' +
    '`filters.query` is a search for events. Webhooks are signed: ' +
    '`X-Mesher-Signature: t=<seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of `<t>.<body>` under `secret`.',
  access: write,
  target: projectTarget,
  body: newRuleBody,
  responses: { 201: { description: 'The rule', schema: ruleSchema } },
  refusals: { 409: 'The project has as many rules as one may have' },
  handle: async ({ sql, context, target: { projectId }, body }) => {
    consistent(body.condition, body.filters)
    const fields = {
      name: body.name,
      isEnabled: body.enabled,
      condition: body.condition,
      filters: body.filters,
      actions: allowed(context, restored(body.actions, [])),
      cooldownMinutes: body.cooldown_minutes
    }
    const rule = await createRule(sql, projectId, fields, context.now())
    if (rule === null) throw problem(409, 'This project has as many alert rules as one may have: delete one first.')
    return { status: 201, body: shown(rule) }
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
  handle: async ({ target: { rule } }) => ({ status: 200, body: shown(rule) })
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
    target: {
      projectId,
      rule: { id }
    },
    body
  }) => {
    const changed = await changeRule(
      sql,
      projectId,
      id,
      rule => {
        consistent(body.condition ?? rule.condition, body.filters ?? rule.filters)
        return {
          name: body.name ?? rule.name,
          isEnabled: body.enabled ?? rule.isEnabled,
          condition: body.condition ?? rule.condition,
          filters: body.filters ?? rule.filters,
          actions: body.actions === undefined ? rule.actions : allowed(context, restored(body.actions, rule.actions)),
          cooldownMinutes: body.cooldown_minutes ?? rule.cooldownMinutes
        }
      },
      context.now()
    )
    if (changed === null) throw problem(404, 'There is nothing at this address.')
    return { status: 200, body: shown(changed) }
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

const test = operation({
  ...facts,
  id: 'testAlertRule',
  method: 'post',
  path: '/api/v1/projects/:project/alert-rules/:rule/test',
  summary: 'Send a test by every action of a rule, at once and without repetition, and tell how each ended',
  access: write,
  target: ruleTarget,
  responses: { 200: { description: 'How each delivery ended, in the order of the actions', schema: testResults } },
  refusals: { 429: 'A test of this rule was sent a moment ago' },
  handle: async ({ sql, context, target: { projectId, rule } }) => {
    const now = context.now()
    if (!(await beginTest(sql, projectId, rule.id, { now, pauseMs: testPauseMs }))) {
      throw problem(429, 'A test of this rule was sent a moment ago.', { retryAfterS: testPauseMs / 1_000 })
    }
    const notification = await testNotification(sql, projectId, rule, now)
    const data = await Promise.all(
      rule.actions.map(async action => {
        const { ok, detail } = await context.alerting.send(action, notification)
        if (ok && channelNamed(action.type).closes === true) {
          await context.alerting.send(action, { ...notification, isResolution: true })
        }
        return { type: action.type, target: targetOf(action), ok, detail }
      })
    )
    return { status: 200, body: { data } satisfies v.InferOutput<typeof testResults> }
  }
})

const preview = operation({
  ...facts,
  id: 'previewAlertActions',
  method: 'post',
  path: '/api/v1/projects/:project/alert-rules/preview',
  summary: 'Show the requests that actions would send, with secrets masked; nothing is sent',
  access: write,
  target: projectTarget,
  body: previewBody,
  responses: { 200: { description: 'The requests, in their order', schema: previewedRequests } },
  handle: async ({ sql, context, target: { projectId }, body: { actions, condition } }) => {
    const checked = allowed(context, actions)
    const now = context.now()
    const notification = await previewNotification(sql, projectId, condition, now)
    const data = checked.flatMap(action => previewed(maskedAction(action), notification, context.alerting, now))
    return { status: 200, body: { data } satisfies v.InferOutput<typeof previewedRequests> }
  }
})

/** Made of the masked action, so no secret can be in it. */
function previewed(
  action: Action,
  notification: Notification,
  links: { publicUrl: string },
  now: number
): v.InferOutput<typeof previewedRequests>['data'] {
  if (action.type === 'email') {
    const { subject, text } = mailOf(notification, links)
    const headers = { Subject: subject }
    return [{ type: action.type, method: 'MAIL', url: action.to.join(', '), headers, body: text }]
  }
  return requestsOf(action, notification, links, new Date(now)).map(request => ({
    type: action.type,
    method: 'POST',
    ...request
  }))
}

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
function consistent(condition: Condition, filters: Filters): void {
  const parsed = ruleFilter(0, filters)
  if (!parsed.ok) throw invalidField('filters.query', parsed.message)
  if (condition.type === 'new_issue' && filters.issue_older_than_minutes !== undefined) {
    throw invalidField('filters.issue_older_than_minutes', 'is nothing that a new issue can be')
  }
  if (condition.type === 'threshold' && condition.increase_percent !== undefined) {
    if (condition.window_minutes <= comparedMinutesMax) return
    throw invalidField('condition.window_minutes', `must be at most ${comparedMinutesMax} with increase_percent`)
  }
}

/** Checks what can be checked without resolving names; the target is checked again whenever something is sent. */
function allowed({ alerting: { allowPrivate } }: ApiContext, actions: Action[]): Action[] {
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

function shown(rule: StoredRule): Rule {
  const {
    id,
    name,
    isEnabled,
    condition,
    filters,
    actions,
    cooldownMinutes,
    createdAt,
    updatedAt,
    lastFiredAt,
    deliveryError
  } = rule
  return {
    id,
    name,
    enabled: isEnabled,
    condition,
    filters,
    actions: actions.map(maskedAction),
    cooldown_minutes: cooldownMinutes,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    last_fired_at: lastFiredAt?.toISOString() ?? null,
    delivery_error:
      deliveryError === null
        ? null
        : {
            at: deliveryError.at,
            target: deliveryError.target,
            detail: deliveryError.detail,
            given_up: deliveryError.isGivenUp
          }
  }
}

export const alertRuleOperations: Operation[] = [list, create, get, change, remove, test, preview]
