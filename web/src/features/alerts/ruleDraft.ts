/** A rule while it is being edited: every field of every kind, so that changing one's mind loses nothing. */
import { channels, type ChannelField } from '../../../../schema/channels.ts'
import type { Level, NewRuleBody, Rule } from '../../api/types.ts'
import type { Action, Condition, Filters } from './words/alertWords.ts'
import { inUnit, type Unit } from './words/duration.ts'

/** `fields` are those of its channel, by name. */
export type ActionDraft = { key: number; type: Action['type']; fields: Record<string, string> }

export type RuleDraft = {
  name: string
  enabled: boolean
  kind: Condition['type']
  /** '' while the field is empty. */
  count: number | ''
  of: 'events' | 'users'
  window: number | ''
  windowUnit: Unit
  scope: 'project' | 'issue'
  includeArchived: boolean
  /** '' compares nothing. */
  increase: number | ''
  environment: string
  level: Level | ''
  tag: string
  query: string
  olderThan: number | ''
  olderThanUnit: Unit
  actions: ActionDraft[]
  cooldown: number | ''
  cooldownUnit: Unit
}

const minutesOf = { minutes: 1, hours: 60, days: 1_440 } as const

let lastKey = 0

export function fieldsOf(type: Action['type']): readonly ChannelField[] {
  return channels.find(({ id }) => id === type)?.fields ?? []
}

export function newAction(type: Action['type']): ActionDraft {
  return { key: ++lastKey, type, fields: Object.fromEntries(fieldsOf(type).map(({ name }) => [name, ''])) }
}

export function newDraft(): RuleDraft {
  return {
    name: '',
    enabled: true,
    kind: 'threshold',
    count: 100,
    of: 'events',
    window: 5,
    windowUnit: 'minutes',
    scope: 'project',
    includeArchived: false,
    increase: '',
    environment: '',
    level: '',
    tag: '',
    query: '',
    olderThan: '',
    olderThanUnit: 'days',
    actions: [],
    cooldown: 1,
    cooldownUnit: 'hours'
  }
}

/** Secrets come masked, and are sent back so: the mask stands for what is stored. */
export function draftOf({ name, enabled, condition, filters, actions, cooldown_minutes: cooldown }: Rule): RuleDraft {
  const draft = newDraft()
  const window = inUnit(condition.type === 'threshold' ? condition.window_minutes : 5)
  const pause = inUnit(cooldown)
  const age = filters.issue_older_than_minutes === undefined ? undefined : inUnit(filters.issue_older_than_minutes)
  return {
    ...draft,
    name,
    enabled,
    kind: condition.type,
    ...(condition.type === 'threshold'
      ? {
          count: condition.count,
          of: condition.of ?? 'events',
          scope: condition.scope,
          includeArchived: condition.include_archived ?? false,
          increase: condition.increase_percent ?? ('' as const)
        }
      : {}),
    window: window.value,
    windowUnit: window.unit,
    environment: filters.environment ?? '',
    level: filters.level ?? '',
    tag: filters.tag ?? '',
    query: filters.query ?? '',
    ...(age === undefined ? {} : { olderThan: age.value, olderThanUnit: age.unit }),
    actions: actions.map(action => {
      const draft = newAction(action.type)
      const given = Object.entries(action).filter(([name]) => name in draft.fields)
      const texts = given.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
      return { ...draft, fields: { ...draft.fields, ...Object.fromEntries(texts) } }
    }),
    cooldown: pause.value,
    cooldownUnit: pause.unit
  }
}

/** What is empty or senseless is sent as it is: the server says what is wrong with it. */
export function bodyOf(draft: RuleDraft): NewRuleBody {
  return {
    name: draft.name,
    enabled: draft.enabled,
    condition: conditionOf(draft),
    filters: filtersOf(draft),
    actions: draft.actions.map(actionOf),
    cooldown_minutes: inMinutes(draft.cooldown, draft.cooldownUnit)
  }
}

function inMinutes(value: number | '', unit: Unit): number {
  return value === '' ? -1 : value * minutesOf[unit]
}

function conditionOf({ kind, count, of, window, windowUnit, scope, includeArchived, increase }: RuleDraft): Condition {
  return kind === 'threshold'
    ? {
        type: kind,
        count: count === '' ? -1 : count,
        ...(of === 'users' ? { of } : {}),
        window_minutes: inMinutes(window, windowUnit),
        scope,
        ...(increase === '' || of === 'users' ? {} : { increase_percent: increase }),
        include_archived: includeArchived
      }
    : { type: kind }
}

function filtersOf({ kind, environment, level, tag, query, olderThan, olderThanUnit }: RuleDraft): Filters {
  return {
    ...(environment.trim() === '' ? {} : { environment: environment.trim() }),
    ...(level === '' ? {} : { level }),
    ...(tag.trim() === '' ? {} : { tag: tag.trim() }),
    ...(query.trim() === '' ? {} : { query: query.trim() }),
    ...(olderThan === '' || kind === 'new_issue'
      ? {}
      : { issue_older_than_minutes: inMinutes(olderThan, olderThanUnit) })
  }
}

export function actionOf({ type, fields }: ActionDraft): Action {
  const text = (name: string): string => (fields[name] ?? '').trim()
  const some = <Name extends string>(name: Name): { [K in Name]?: string } | Record<never, string> =>
    text(name) === '' ? {} : { [name]: text(name) }
  switch (type) {
    case 'email':
      return {
        type,
        to: text('to')
          .split(/[\s,;]+/)
          .filter(address => address !== '')
      }
    case 'webhook':
      return { type, url: text('url'), ...some('secret') }
    case 'template':
      return { type, url: text('url'), ...some('authorization'), template: text('template') }
    case 'telegram':
      return { type, token: text('token'), chat_id: text('chat_id'), ...some('url') }
    case 'ntfy':
      return { type, topic: text('topic'), ...some('token'), ...some('url') }
    case 'pagerduty':
      return { type, routing_key: text('routing_key'), ...some('url') }
    case 'opsgenie':
      return { type, api_key: text('api_key'), ...some('url') }
    case 'slack':
    case 'discord':
    case 'teams':
    case 'mattermost':
      return { type, url: text('url') }
  }
}
