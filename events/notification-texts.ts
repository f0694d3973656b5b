/**
 * What a notification says, to each kind of target: the JSON of webhooks, messages for Slack and Discord, mail. Titles
 * come from events, so from anybody: each text escapes what its target would take for markup, and none can mention
 * people.
 */
import type { AlertKind, Notification, NotifiedAlert } from '../schema/alerts.ts'
import { cut } from './text.ts'

type Links = { publicUrl: string }

/** Alerts that a text names; the rest is a number. */
const namedMax = 10
const titleCharsMax = 200

/** One line: what has happened, and where. */
export function headline({ isTest, project, rule, alerts, alertCount }: Notification): string {
  const [first] = alerts
  if (isTest || first === undefined) return `Test of the alert rule "${oneLine(rule.name)}" in ${oneLine(project.name)}`
  const text = alertCount === 1 ? `${sentenceOf(first)}` : `${alertCount} ${plurals[rule.kind]}`
  return `${oneLine(project.name)}: ${text}`
}

const plurals: Readonly<Record<AlertKind, string>> = {
  threshold: 'thresholds are exceeded',
  new_issue: 'new issues',
  regression: 'issues have regressed',
  escalation: 'issues are escalating'
}

function sentenceOf(alert: NotifiedAlert): string {
  const { kind, issue, value, threshold, windowMinutes } = alert
  const title = issue === null ? '' : titleOf(alert)
  switch (kind) {
    case 'new_issue':
      return `New issue: ${title}`
    case 'regression':
      return `Regression: ${title}`
    case 'escalation':
      return `Escalating: ${title}`
    case 'threshold':
      return `${value} events in ${windowMinutes} min (threshold ${threshold})${title === '' ? '' : `: ${title}`}`
  }
}

function titleOf({ issue }: NotifiedAlert): string {
  return issue === null ? '' : `${issue.shortId} ${oneLine(issue.title)}`
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > titleCharsMax ? `${cut(line, titleCharsMax - 1)}…` : line
}

export function alertsUrl({ project }: Notification, { publicUrl }: Links): string {
  return `${publicUrl}/${project.organization}/${project.slug}/alerts`
}

function alertUrl(notification: Notification, { issue }: NotifiedAlert, { publicUrl }: Links): string {
  const { organization, slug } = notification.project
  return issue === null
    ? alertsUrl(notification, { publicUrl })
    : `${publicUrl}/${organization}/${slug}/issues/${issue.id}`
}

function restOf({ alerts, alertCount }: Notification, named = Math.min(alerts.length, namedMax)): string {
  return alertCount > named ? `and ${alertCount - named} more` : ''
}

/**
 * The head, a line for each alert and the number of the others. Only whole lines, so that no markup is cut in two: when
 * the next one would make the text longer than the service takes, it counts among the others.
 */
function linesWithin(
  charsMax: number,
  notification: Notification,
  head: string,
  lineOf: (alert: NotifiedAlert) => string
): string {
  let text = head
  let named = 0
  for (const alert of notification.alerts.slice(0, namedMax)) {
    const line = lineOf(alert)
    if (text.length + line.length + restOf(notification, named + 1).length + 2 > charsMax) break
    text += `\n${line}`
    named += 1
  }
  const rest = restOf(notification, named)
  return rest === '' ? text : `${text}\n${rest}`
}

/** The body of a webhook: `alert` is the first of `alerts`, for receivers that expect one. */
export function webhookBody(notification: Notification, links: Links, sentAt: Date): string {
  const { deliveryId, isTest, project, rule, alerts, alertCount } = notification
  const shown = alerts.map(alert => ({
    id: alert.id,
    type: alert.kind,
    value: alert.value,
    threshold: alert.threshold,
    window_minutes: alert.windowMinutes,
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

/** Slack splits or cuts longer texts. */
const slackCharsMax = 4_000

export function slackBody(notification: Notification, links: Links): string {
  const head = `*${slackText(headline(notification))}*`
  const text = linesWithin(
    slackCharsMax,
    notification,
    head,
    alert => `• <${alertUrl(notification, alert, links)}|${slackText(sentenceOf(alert))}>`
  )
  return JSON.stringify({ text, unfurl_links: false })
}

/** What begins a mention or a link in Slack is a `<`. */
function slackText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_~`|]/g, ' ')
}

const discordCharsMax = 2_000

export function discordBody(notification: Notification, links: Links): string {
  const content = linesWithin(
    discordCharsMax,
    notification,
    `**${discordText(headline(notification))}**`,
    alert => `- ${discordText(sentenceOf(alert))} <${alertUrl(notification, alert, links)}>`
  )
  return JSON.stringify({ content, allowed_mentions: { parse: [] } })
}

function discordText(text: string): string {
  return text.replaceAll(/[\\*_~`|<>[\]()#@:]/g, '\\$&')
}

export function mailOf(notification: Notification, links: Links): { subject: string; text: string } {
  const { rule, alerts } = notification
  const lines = alerts
    .slice(0, namedMax)
    .flatMap(alert => [sentenceOf(alert), `  ${alertUrl(notification, alert, links)}`, ''])
  const rest = restOf(notification)
  const text = [
    headline(notification),
    '',
    ...lines,
    ...(rest === '' ? [] : [rest, '']),
    `Alert rule "${oneLine(rule.name)}": ${alertsUrl(notification, links)}`,
    ''
  ].join('\n')
  return { subject: `[Mesher] ${headline(notification)}`, text }
}
