/**
 * What a notification says, in words: a headline, a sentence and a link for each alert, and mail. Titles come from
 * events, so from anybody: they are cut and kept on one line here; what a service would take for markup is escaped by
 * its channel.
 */
import type { AlertKind, Notification, NotifiedAlert } from '../schema/alerts.ts'
import { cut } from './text.ts'

export type Links = { publicUrl: string }

/** Alerts that a text names; the rest is a number. */
export const namedMax = 10
const titleCharsMax = 200

/** One line: what has happened, and where. */
export function headline({ isTest, isResolution, project, rule, alerts, alertCount }: Notification): string {
  const [first] = alerts
  if (isTest || first === undefined) return `Test of the alert rule "${oneLine(rule.name)}" in ${oneLine(project.name)}`
  if (isResolution) return `${oneLine(project.name)}: Resolved: ${sentenceOf(first)}`
  const text = alertCount === 1 ? `${sentenceOf(first)}` : `${alertCount} ${plurals[rule.kind]}`
  return `${oneLine(project.name)}: ${text}`
}

const plurals: Readonly<Record<AlertKind, string>> = {
  threshold: 'thresholds are exceeded',
  new_issue: 'new issues',
  regression: 'issues have regressed',
  escalation: 'issues are escalating'
}

export function sentenceOf(alert: NotifiedAlert): string {
  const { kind, issue, value, threshold, windowMinutes, of } = alert
  const title = issue === null ? '' : titleOf(alert)
  switch (kind) {
    case 'new_issue':
      return `New issue: ${title}`
    case 'regression':
      return `Regression: ${title}`
    case 'escalation':
      return `Escalating: ${title}`
    case 'threshold': {
      const counted = `${value} ${of === 'users' ? 'users affected' : 'events'}`
      return `${counted} in ${windowMinutes} min (threshold ${threshold})${title === '' ? '' : `: ${title}`}`
    }
  }
}

function titleOf({ issue }: NotifiedAlert): string {
  return issue === null ? '' : `${issue.shortId} ${oneLine(issue.title)}`
}

export function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > titleCharsMax ? `${cut(line, titleCharsMax - 1)}…` : line
}

export function alertsUrl({ project }: Notification, { publicUrl }: Links): string {
  return `${publicUrl}/${project.organization}/${project.slug}/alerts`
}

export function alertUrl(notification: Notification, { issue }: NotifiedAlert, { publicUrl }: Links): string {
  const { organization, slug } = notification.project
  return issue === null
    ? alertsUrl(notification, { publicUrl })
    : `${publicUrl}/${organization}/${slug}/issues/${issue.id}`
}

export function restOf({ alerts, alertCount }: Notification, named = Math.min(alerts.length, namedMax)): string {
  return alertCount > named ? `and ${alertCount - named} more` : ''
}

/**
 * The head, a line for each alert and the number of the others. Only whole lines, so that no markup is cut in two: when
 * the next one would make the text longer than the service takes, it counts among the others.
 */
export function linesWithin(
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
