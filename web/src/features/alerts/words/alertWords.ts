/** Rules and alerts as sentences. */
import { channels } from '../../../../../schema/channels.ts'
import type { Alert, NewRuleBody } from '../../../api/types.ts'
import { inUnit } from './duration.ts'
import { texts } from './texts.ts'

export type Condition = NewRuleBody['condition']
export type Filters = NonNullable<NewRuleBody['filters']>
export type Action = NonNullable<NewRuleBody['actions']>[number]

/** "45 minutes", "2 hours", "3 days". */
export function minutesInWords(minutes: number): string {
  const { value, unit } = inUnit(minutes)
  return texts.duration[unit](value)
}

/** What follows "When". */
export function conditionInWords(condition: Condition): string {
  if (condition.type !== 'threshold') return texts.condition[condition.type]
  const { of = 'events', count, window_minutes: minutes, scope = 'project', increase_percent: increase } = condition
  return [
    texts.threshold[of](count, minutesInWords(minutes), texts.threshold.where[scope]),
    increase === undefined ? '' : texts.threshold.increase(increase),
    condition.include_archived === true ? texts.threshold.includeArchived : ''
  ]
    .filter(part => part !== '')
    .join(', ')
}

/** '' when all events count. */
export function filtersInWords({ level, environment, tag, query, issue_older_than_minutes: age }: Filters): string {
  return [
    environment === undefined ? '' : texts.filters.environment(environment),
    level === undefined ? '' : level === 'fatal' ? texts.filters.fatal : texts.filters.level(level),
    tag === undefined ? '' : texts.filters.tag(tag),
    query === undefined ? '' : texts.filters.query(query),
    age === undefined ? '' : texts.filters.olderThan(minutesInWords(age))
  ]
    .filter(part => part !== '')
    .join(', ')
}

/** What a rule looks for: what follows "When", and of which events. */
export function ruleInWords({ condition, filters }: { condition: Condition; filters: Filters }): string {
  return [conditionInWords(condition), filtersInWords(filters)].filter(part => part !== '').join(', ')
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
  if (minutes === 0) return texts.everyTime
  const { value, unit } = inUnit(minutes)
  return texts.atMostEvery[unit](value)
}

export const kindNames: Readonly<Record<Alert['type'], string>> = texts.kinds

/** What was measured, for alerts that measure. */
export function measured({
  type,
  value,
  threshold,
  window_minutes: minutes,
  of
}: Pick<Alert, 'type' | 'value' | 'threshold' | 'window_minutes' | 'of'>): string {
  if (type !== 'threshold' || value === null || threshold === null) return ''
  return minutes === null
    ? texts.measured.value(value, of ?? 'events', threshold)
    : texts.measured.inTime(value, of ?? 'events', minutesInWords(minutes), threshold)
}
