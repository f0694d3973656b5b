/**
 * What webhooks carry: the JSON that Mesher defines, signed over time and body, so that a receiver can check who sent
 * it and refuse an old one that is sent again; or the template of the action, filled in.
 */
import { createHmac } from 'node:crypto'
import type { Notification } from '../../schema/alerts.ts'
import { mask } from '../../schema/channels.ts'
import { plainText } from './messages.ts'
import { alertsUrl, alertUrl, headline, type Links } from '../notification-texts.ts'
import { filledTemplate, parseTemplate, type TemplateValues } from './webhook-template.ts'

/** The body of a webhook: `alert` is the first of `alerts`, for receivers that expect one. */
export function webhookBody(notification: Notification, links: Links, sentAt: Date): string {
  const { deliveryId, isTest, project, rule, alerts, alertCount } = notification
  const shown = alerts.map(alert => ({
    id: alert.id,
    type: alert.kind,
    value: alert.value,
    threshold: alert.threshold,
    window_minutes: alert.windowMinutes,
    of: alert.of,
    fired_at: alert.firedAt.toISOString(),
    issue:
      alert.issue === null
        ? null
        : {
            id: alert.issue.id,
            short_id: alert.issue.shortId,
            title: alert.issue.title,
            culprit: alert.issue.culprit,
            level: alert.issue.level,
            event_count: alert.issue.eventCount
          },
    url: alertUrl(notification, alert, links)
  }))
  return JSON.stringify({
    type: 'alert',
    delivery_id: deliveryId,
    test: isTest,
    sent_at: sentAt.toISOString(),
    title: headline(notification),
    project: { id: project.id, slug: project.slug, name: project.name },
    rule: { id: rule.id, name: rule.name, type: rule.kind },
    alert: shown[0] ?? null,
    alerts: shown,
    alert_count: alertCount,
    url: alertsUrl(notification, links)
  })
}

/** `t` is in seconds; what is signed is `<t>.<body>`. A masked secret gives a masked signature. */
export function webhookHeaders(
  { deliveryId }: Notification,
  secret: string | undefined,
  body: string,
  sentAt: Date
): Record<string, string> {
  const t = Math.floor(sentAt.getTime() / 1000)
  const headers = { 'X-Mesher-Delivery': deliveryId, 'X-Mesher-Timestamp': String(t) }
  if (secret === undefined) return headers
  const signature = secret === mask ? mask : createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
  return { ...headers, 'X-Mesher-Signature': `t=${t},v1=${signature}` }
}

const textCharsMax = 8_000

export function templateBody(template: string, notification: Notification, links: Links): string {
  const parsed = parseTemplate(template)
  if (!parsed.ok) throw new Error(`the template is no JSON: ${parsed.message}`)
  return filledTemplate(parsed.root, valuesOf(notification, links))
}

function valuesOf(notification: Notification, links: Links): TemplateValues {
  const { project, rule, alerts } = notification
  const [alert] = alerts
  const issue = alert?.issue ?? null
  return {
    title: headline(notification),
    text: plainText(textCharsMax, notification, links),
    url: alertsUrl(notification, links),
    delivery_id: notification.deliveryId,
    test: notification.isTest,
    'project.id': project.id,
    'project.name': project.name,
    'project.slug': project.slug,
    'rule.id': rule.id,
    'rule.name': rule.name,
    'rule.type': rule.kind,
    alert_count: notification.alertCount,
    'alert.id': alert?.id ?? null,
    'alert.value': alert?.value ?? null,
    'alert.threshold': alert?.threshold ?? null,
    'alert.window_minutes': alert?.windowMinutes ?? null,
    'alert.of': alert?.of ?? null,
    'alert.fired_at': alert?.firedAt.toISOString() ?? null,
    'alert.url': alert === undefined ? null : alertUrl(notification, alert, links),
    'issue.id': issue?.id ?? null,
    'issue.short_id': issue?.shortId ?? null,
    'issue.title': issue?.title ?? null,
    'issue.culprit': issue?.culprit ?? null,
    'issue.level': issue?.level ?? null,
    'issue.event_count': issue?.eventCount ?? null
  }
}
