/** Rules and alerts as sentences. */
import { channels } from '../../../../schema/channels.ts'
import type { Alert, NewRuleBody } from '../../api/types.ts'
import { counted, exact } from '../../lib/format.ts'

export type Condition = NewRuleBody['condition']
export type Filters = NonNullable<NewRuleBody['filters']>
export type Action = NonNullable<NewRuleBody['actions']>[number]

/** "45 minutes", "2 hours", "3 days": the largest unit that is whole. */
export function minutesInWords(minutes: number): string {
  if (minutes > 0 && minutes % 1_440 === 0) return counted(minutes / 1_440, 'day')
  if (minutes > 0 && minutes % 60 === 0) return counted(minutes / 60, 'hour')
  return counted(minutes, 'minute')
}

/** What follows "When". */
export function conditionInWords(condition: Condition): string {
  switch (condition.type) {
    case 'new_issue':
      return 'a new issue comes up'
    case 'regression':
      return 'a resolved issue comes back'
    case 'escalation':
      return 'an issue escalates'
    case 'threshold':
      return (
        (condition.of === 'users'
          ? `more than ${counted(condition.count, 'user')} ${condition.count === 1 ? 'is' : 'are'} affected in `
          : `more than ${counted(condition.count, 'event')} come in `) +
        `${minutesInWords(condition.window_minutes)} ` +
        (condition.scope === 'issue' ? 'in one issue' : 'in the project') +
        (condition.increase_percent === undefined ? '' : `, ${condition.increase_percent} % more than before`) +
        (condition.include_archived === true ? ', archived issues included' : '')
      )
  }
}

/** '' when all events count. */
export function filtersInWords({ level, environment, tag, query, issue_older_than_minutes: age }: Filters): string {
  return [
    environment === undefined ? '' : `in ${environment}`,
    level === undefined ? '' : level === 'fatal' ? 'at level fatal' : `at level ${level} or worse`,
    tag === undefined ? '' : `tagged ${tag}`,
    query === undefined ? '' : `matching ${query}`,
    age === undefined ? '' : `of issues older than ${minutesInWords(age)}`
  ]
    .filter(part => part !== '')
    .join(', ')
}

export function actionName(type: Action['type']): string {
  return channels.find(({ id }) => id === type)?.label ?? type
}

export function actionTarget(action: Action): string {
  if (action.type === 'email') return action.to.join(', ')
  if (action.type === 'telegram') return action.chat_id
  const url = action.url ?? ''
  return action.type === 'webhook' || !URL.canParse(url) ? url : new URL(url).host
}

export function cooldownInWords(minutes: number): string {
  return minutes === 0 ? 'every time' : `at most every ${minutesInWords(minutes).replace(/^1 /, '')}`
}

export const kindNames: Readonly<Record<Alert['type'], string>> = {
  threshold: 'Threshold',
  new_issue: 'New issue',
  regression: 'Regression',
  escalation: 'Escalation'
}

/** What was measured, for alerts that measure. */
export function measured({
  type,
  value,
  threshold,
  window_minutes: minutes,
  of
}: Pick<Alert, 'type' | 'value' | 'threshold' | 'window_minutes' | 'of'>): string {
  if (type !== 'threshold' || value === null || threshold === null) return ''
  const within = minutes === null ? '' : ` in ${minutesInWords(minutes)}`
  return `${exact(value)} ${of ?? 'events'}${within}, over ${exact(threshold)}`
}
