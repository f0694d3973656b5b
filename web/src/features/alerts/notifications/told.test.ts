// Goal: every address and channel stands once with the rules that tell it, and projects that tell nobody are named.
// Method: made-up rules of two projects.
import { expect, it } from 'vitest'
import type { ProjectNotifications, Rule } from '../../../api/types.ts'
import { silentProjects, toldOf } from './told.ts'

const rule = (name: string, more: Partial<Rule>): Rule => ({
  id: name,
  name,
  enabled: true,
  condition: { type: 'new_issue' },
  filters: {},
  actions: [],
  cooldown_minutes: 60,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
  last_fired_at: null,
  recipients: [],
  delivery_error: null,
  ...more
})
const project = (slug: string, ...rules: Rule[]): ProjectNotifications => ({
  project: { id: slug, slug, name: slug },
  rules
})
const mail = (...to: string[]): Rule['actions'] => [{ type: 'email', to }]

it('names each once, with all rules that tell it', () => {
  const told = toldOf([
    project('web', rule('new', { actions: mail('ada@example.com', 'bob@example.com') })),
    project(
      'api',
      rule('many', { actions: mail('ada@example.com') }),
      rule('off', { enabled: false, actions: mail('eve@example.com') })
    )
  ])
  expect(told.map(({ who, by }) => [who, by.map(({ rule: { name } }) => name)])).toEqual([
    ['ada@example.com', ['new', 'many']],
    ['bob@example.com', ['new']]
  ])
})

it('says who has not agreed to get mail', () => {
  const recipients = [{ email: 'on-call@example.org', state: 'waiting' as const, asked_at: null }]
  const [told] = toldOf([project('web', rule('new', { actions: mail('on-call@example.org'), recipients }))])
  expect(told?.state).toBe('waiting')
})

it('names projects whose rules tell nobody', () => {
  const all = [
    project('none'),
    project('quiet', rule('new', {})),
    project('off', rule('new', { enabled: false, actions: mail('ada@example.com') })),
    project('told', rule('new', { actions: mail('ada@example.com') }))
  ]
  expect(silentProjects(all).map(({ slug }) => slug)).toEqual(['none', 'quiet', 'off'])
})
