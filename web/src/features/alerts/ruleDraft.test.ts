import { expect, test } from 'vitest'
import type { Rule } from '../../api/types.ts'
import {
  actionTarget,
  conditionInWords,
  cooldownInWords,
  filtersInWords,
  measured,
  minutesInWords
} from './words/alertWords.ts'
import { bodyOf, draftOf, newDraft } from './ruleDraft.ts'

const rule: Rule = {
  id: '0190b3a0-0000-7000-8000-000000000001',
  name: 'Checkout',
  enabled: false,
  condition: {
    type: 'threshold',
    count: 20,
    window_minutes: 120,
    scope: 'issue',
    increase_percent: 50,
    include_archived: false
  },
  filters: {
    environment: 'production',
    level: 'warning',
    tag: 'team:shop',
    query: 'region:eu',
    issue_older_than_minutes: 2_880
  },
  actions: [
    { type: 'webhook', url: 'https://hooks.example.com/x', secret: '********' },
    { type: 'slack', url: 'https://hooks.slack.com/********' },
    { type: 'email', to: ['a@example.com', 'b@example.com'] },
    { type: 'telegram', token: '********', chat_id: '-100' },
    { type: 'template', url: 'https://a.example.com/********', template: '{"a": "{{ title }}"}' }
  ],
  cooldown_minutes: 2_880,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
  last_fired_at: null,
  recipients: [],
  delivery_error: null
}

test('a rule that is edited and saved without a change is the same rule, masks included', () => {
  const { name, enabled, condition, filters, actions, cooldown_minutes: cooldown } = rule
  expect(bodyOf(draftOf(rule))).toEqual({ name, enabled, condition, filters, actions, cooldown_minutes: cooldown })
  expect(draftOf(rule)).toMatchObject({ window: 2, windowUnit: 'hours', cooldown: 2, cooldownUnit: 'days' })
})

test('a pause of nothing stays nothing, and what is not asked for is not sent', () => {
  expect(draftOf({ ...rule, cooldown_minutes: 0 })).toMatchObject({ cooldown: 0, cooldownUnit: 'minutes' })
  const body = bodyOf({ ...newDraft(), name: 'New', kind: 'new_issue' })
  expect(body.condition).toEqual({ type: 'new_issue' })
  expect(body.filters).toEqual({})
})

test('recipients are told apart by commas, semicolons and spaces', () => {
  const draft = draftOf(rule)
  const mail = draft.actions.find(({ type }) => type === 'email')
  if (mail !== undefined) mail.fields.to = 'a@example.com; b@example.com,\n c@example.com,'
  expect(bodyOf(draft).actions?.[2]).toEqual({ type: 'email', to: ['a@example.com', 'b@example.com', 'c@example.com'] })
})

test('rules and alerts read as sentences', () => {
  expect(conditionInWords(rule.condition)).toBe(
    'more than 20 events come in 2 hours in one issue, 50 % more than before'
  )
  expect(filtersInWords(rule.filters)).toBe(
    'in production, at level warning or worse, tagged team:shop, matching region:eu, of issues older than 2 days'
  )
  expect(filtersInWords({ level: 'fatal' })).toBe('at level fatal')
  expect([0, 60, 90].map(cooldownInWords)).toEqual(['every time', 'at most every hour', 'at most every 90 minutes'])
  expect([1, 90, 60, 1_440].map(minutesInWords)).toEqual(['1 minute', '90 minutes', '1 hour', '1 day'])
  expect(rule.actions.map(actionTarget)).toEqual([
    'https://hooks.example.com/x',
    'hooks.slack.com',
    'a@example.com, b@example.com',
    '-100',
    'a.example.com'
  ])
  expect(measured({ type: 'threshold', value: 1_200, threshold: 100, window_minutes: 5, of: 'events' })).toBe(
    '1,200 events in 5 minutes, over 100'
  )
  expect(measured({ type: 'new_issue', value: null, threshold: null, window_minutes: null, of: null })).toBe('')
})
