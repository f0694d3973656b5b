/** The settings of a project. What changes here holds on every node within 5 s, a retention at once. */
import type * as v from 'valibot'
import { settings, settingsChange } from '../schema/api/settings.ts'
import { changeSettings, readSettings, type Settings, type SettingsChange } from '../services/accounts/settings.ts'
import { checkRules } from './grouping.ts'
import { operation, plain, type Operation } from './operation.ts'
import { projectTarget } from './targets.ts'

const facts = { ...plain, tag: 'Projects', path: '/api/v1/projects/:project/settings', target: projectTarget } as const

const read = operation({
  ...facts,
  id: 'getSettings',
  method: 'get',
  summary: 'Read the settings of a project',
  access: { who: 'role', role: 'member', scope: 'read' },
  responses: { 200: { description: 'The settings', schema: settings } },
  handle: async ({ sql, target: { projectId } }) => ({
    status: 200,
    body: settingsBody(await readSettings(sql, projectId))
  })
})

const change = operation({
  ...facts,
  id: 'changeSettings',
  method: 'patch',
  summary: 'Change the settings of a project',
  description:
    'What is not named stays. A new retention holds for every event that is accepted after this was ' +
    'answered, on every node; a shorter one also has ' +
    'older events removed, in the background. Rules for grouping hold for events from then on.',
  access: { who: 'role', role: 'admin', scope: 'admin' },
  body: settingsChange,
  responses: { 200: { description: 'All settings, changed', schema: settings } },
  handle: async ({ sql, context, caller: { userId }, target: { projectId }, body }) => {
    const {
      retention_days: retentionDays,
      sample_rate: sampleRate,
      rate_limit_per_minute: rateLimitPerMinute,
      scrub,
      grouping
    } = body
    if (grouping !== undefined) checkRules(grouping, 'grouping.')
    const changed = await changeSettings(
      sql,
      projectId,
      { retentionDays, sampleRate, rateLimitPerMinute, scrub: scrubChange(scrub), grouping: groupingChange(grouping) },
      { userId, now: context.now() }
    )
    return { status: 200, body: settingsBody(changed) }
  }
})

function scrubChange(scrub: v.InferOutput<typeof settingsChange>['scrub']): SettingsChange['scrub'] {
  if (scrub === undefined) return undefined
  const { safe_fields: safeFields, ...others } = scrub
  return { ...others, safeFields }
}

function groupingChange(grouping: v.InferOutput<typeof settingsChange>['grouping']): SettingsChange['grouping'] {
  if (grouping === undefined) return undefined
  const { fingerprint_rules: fingerprintRules, stack_rules: stackRules } = grouping
  return {
    ...(fingerprintRules !== undefined && { fingerprintRules }),
    ...(stackRules !== undefined && { stackRules })
  }
}

function settingsBody({ retentionDays, sampleRate, rateLimitPerMinute, scrub, grouping }: Settings) {
  const { safeFields, ...others } = scrub
  return {
    retention_days: retentionDays,
    sample_rate: sampleRate,
    rate_limit_per_minute: rateLimitPerMinute,
    scrub: { ...others, safe_fields: safeFields ?? [] },
    grouping: { fingerprint_rules: grouping.fingerprintRules, stack_rules: grouping.stackRules }
  }
}

export const settingsOperations: Operation[] = [read, change]
