/**
 * Incidents at PagerDuty and Opsgenie. A rule has one open incident for each subject (the project, or an issue): its
 * key is the same at every repetition, so that sending twice opens nothing twice, and a resolution finds what is to
 * be closed. An alert that is resolved by the time it is sent opens none.
 */
import type { Notification, NotifiedAlert } from '../../schema/alerts.ts'
import { alertUrl, headline, namedMax, sentenceOf, type Links } from '../notification-texts.ts'
import { cut } from '../text.ts'

/** The alerts that open an incident each; those beyond are in the headline of none. */
export function opening({ alerts }: Notification): NotifiedAlert[] {
  return alerts.filter(({ isResolved }) => !isResolved).slice(0, namedMax)
}

function keyOf({ isTest, deliveryId, rule }: Notification, { subject }: NotifiedAlert): string {
  return isTest ? `mesher-test-${deliveryId}` : `mesher-${rule.id}-${subject}`
}

function summaryOf(notification: Notification, alert: NotifiedAlert, charsMax: number): string {
  return cut(headline({ ...notification, alerts: [alert], alertCount: 1 }), charsMax)
}

function detailsOf({ project, rule }: Notification, alert: NotifiedAlert): Record<string, string> {
  const { issue, value, threshold, windowMinutes, of } = alert
  const details = {
    rule: rule.name,
    project: project.name,
    what: sentenceOf(alert),
    issue: issue?.shortId,
    culprit: issue?.culprit,
    level: issue?.level,
    events: issue?.eventCount,
    value,
    threshold,
    window_minutes: windowMinutes,
    of
  }
  return Object.fromEntries(
    Object.entries(details).flatMap(([name, detail]) => (detail == null ? [] : [[name, String(detail)]]))
  )
}

const severities: Readonly<Record<string, string>> = { fatal: 'critical', error: 'error', warning: 'warning' }

export function pagerdutyEvent(
  routingKey: string,
  notification: Notification,
  alert: NotifiedAlert,
  links: Links
): object {
  const key = { routing_key: routingKey, dedup_key: keyOf(notification, alert) }
  if (notification.isResolution) return { ...key, event_action: 'resolve' }
  const url = alertUrl(notification, alert, links)
  return {
    ...key,
    event_action: 'trigger',
    client: 'Mesher',
    client_url: url,
    links: [{ href: url, text: 'Open in Mesher' }],
    payload: {
      summary: summaryOf(notification, alert, 1_024),
      source: notification.project.slug,
      severity: notification.isTest ? 'info' : (severities[alert.issue?.level ?? 'error'] ?? 'info'),
      timestamp: alert.firedAt.toISOString(),
      group: notification.project.slug,
      class: alert.kind,
      custom_details: detailsOf(notification, alert)
    }
  }
}

const priorities: Readonly<Record<string, string>> = { fatal: 'P1', error: 'P3', warning: 'P4' }

/** The path behind the address of the service, and the body. */
export function opsgenieCall(
  notification: Notification,
  alert: NotifiedAlert,
  links: Links
): { path: string; body: object } {
  const alias = keyOf(notification, alert)
  if (notification.isResolution) {
    return {
      path: `/v2/alerts/${encodeURIComponent(alias)}/close?identifierType=alias`,
      body: { source: 'Mesher', note: 'Resolved in Mesher' }
    }
  }
  return {
    path: '/v2/alerts',
    body: {
      message: summaryOf(notification, alert, 130),
      alias,
      description: `${sentenceOf(alert)}\n${alertUrl(notification, alert, links)}`,
      details: detailsOf(notification, alert),
      tags: ['mesher', notification.project.slug],
      source: 'Mesher',
      entity: notification.project.slug,
      priority: notification.isTest ? 'P5' : (priorities[alert.issue?.level ?? 'error'] ?? 'P5')
    }
  }
}
