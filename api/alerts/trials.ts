/** What a rule or its actions would send: shown without sending anything, or sent as a test. */
import type * as v from 'valibot'
import { maskedAction, targetOf } from '../../events/alert-actions.ts'
import { requestsOf } from '../../events/channels/requests.ts'
import { mailOf } from '../../events/notification-texts.ts'
import type { Action, Notification } from '../../schema/alerts.ts'
import { channelNamed } from '../../schema/channels.ts'
import { previewBody, previewedRequests, testResults } from '../../schema/api/alerts.ts'
import { recipientsOf } from '../../services/alerts/recipients.ts'
import { beginTest } from '../../services/alerts/rules.ts'
import { previewNotification, testNotification } from '../../services/alerts/test-notification.ts'
import type { Sql } from '../../services/database/sql.ts'
import { operation, plain, type Operation } from '../operation.ts'
import { problem } from '../problems.ts'
import { projectTarget } from '../targets.ts'
import type { ApiContext, Caller } from '../types.ts'
import { askAddresses } from './recipients.ts'
import { ruleTarget } from './rule-target.ts'
import { allowed } from './rules.ts'

const facts = { ...plain, tag: 'Alerts' } as const
const write = { who: 'role', role: 'member', scope: 'write' } as const
const testPauseMs = 3_000

const test = operation({
  ...facts,
  id: 'testAlertRule',
  method: 'post',
  path: '/api/v1/projects/:project/alert-rules/:rule/test',
  summary: 'Send a test by every action of a rule, at once and without repetition, and tell how each ended',
  description: 'Mail goes to the caller alone, once, and to none of the recipients.',
  access: write,
  target: ruleTarget,
  responses: { 200: { description: 'How each delivery ended, in the order of the actions', schema: testResults } },
  refusals: { 429: 'A test of this rule was sent a moment ago' },
  handle: async ({ sql, context, caller, target: { projectId, organizationId, rule } }) => {
    const now = context.now()
    if (!(await beginTest(sql, projectId, rule.id, { now, pauseMs: testPauseMs }))) {
      throw problem(429, 'A test of this rule was sent a moment ago.', { retryAfterS: testPauseMs / 1_000 })
    }
    const notification = await testNotification(sql, projectId, rule, now)
    const send = async (action: Action) => {
      const { ok, detail } = await context.alerting.send(action, notification)
      if (ok && channelNamed(action.type).closes === true) {
        await context.alerting.send(action, { ...notification, isResolution: true })
      }
      return { type: action.type, target: targetOf(action), ok, detail }
    }
    const isMail = ({ type }: Action) => type === 'email'
    const mail = rule.actions.some(isMail) ? testMail({ sql, context, caller }, organizationId, send) : null
    const data = await Promise.all(rule.actions.map(action => (mail !== null && isMail(action) ? mail : send(action))))
    return { status: 200, body: { data } satisfies v.InferOutput<typeof testResults> }
  }
})

type Sent = { type: Action['type']; target: string; ok: boolean; detail: string }

/** Goes to the caller, who is asked first where their address is not confirmed. */
async function testMail(
  asking: { sql: Sql; context: ApiContext; caller: Caller },
  organizationId: string,
  send: (action: Action) => Promise<Sent>
): Promise<Sent> {
  const { email } = asking.caller
  const recipients = await recipientsOf(asking.sql, organizationId, [email])
  if (recipients.get(email)?.state !== 'waiting') return await send({ type: 'email', to: [email] })
  const { sent, failure } = await askAddresses(asking, organizationId, [email], true)
  const asked = sent > 0 ? 'a mail that asks you for it was sent' : (failure ?? 'use the link that was mailed to you')
  return { type: 'email', target: email, ok: false, detail: `your address is not confirmed yet: ${asked}` }
}

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

export const alertTrialOperations: Operation[] = [test, preview]
