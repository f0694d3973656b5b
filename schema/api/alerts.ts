/** What the operations on alerts take and return: rules, alerts, deliveries. */
import * as v from 'valibot'
import { action, alertKinds, alertStatuses, condition, filters } from '../alerts.ts'
import { channelIds } from '../channels.ts'
import { emailGiven } from './accounts.ts'
import { listOf, pageEntries, time, uuid } from './common.ts'
import { issueSummary } from './issue-summary.ts'

const actionsMax = 10
const cooldownMinutesMax = 30 * 24 * 60

const ruleName = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(200, 'must have at most 200 characters')
)
const enabled = v.boolean('must be true or false')
const actions = v.pipe(
  v.array(action, 'must be a list'),
  v.maxLength(actionsMax, `must have at most ${actionsMax} entries`)
)
const cooldown = v.pipe(
  v.number('must be a whole number of minutes'),
  v.integer('must be a whole number of minutes'),
  v.minValue(0, 'must not be negative'),
  v.maxValue(cooldownMinutesMax, `must be at most ${cooldownMinutesMax}`)
)

export const newRuleBody = v.strictObject({
  name: ruleName,
  enabled: v.optional(enabled, true),
  condition,
  filters: v.optional(filters, {}),
  actions: v.optional(actions, []),
  cooldown_minutes: v.optional(cooldown, 60)
})
export type NewRule = v.InferOutput<typeof newRuleBody>

export const ruleChange = v.strictObject({
  name: v.optional(ruleName),
  enabled: v.optional(enabled),
  condition: v.optional(condition),
  filters: v.optional(filters),
  actions: v.optional(actions),
  cooldown_minutes: v.optional(cooldown)
})
export type RuleChange = v.InferOutput<typeof ruleChange>

/** `waiting` for an answer; with `asked_at` null the address was not asked yet. */
export const recipientSchema = v.object({
  email: v.string(),
  state: v.picklist(['ready', 'waiting', 'declined']),
  asked_at: v.nullable(time)
})

export const askBody = v.strictObject({ email: emailGiven })

/** What the link in a question by mail shows to its holder, and what they say. `organization` is its slug. */
export const askedSchema = v.object({
  email: v.string(),
  organization: v.string(),
  state: v.picklist(['waiting', 'confirmed', 'declined'])
})
export const answerBody = v.strictObject({ wants: v.boolean('must be true or false') })

export const ruleSchema = v.object({
  id: uuid,
  name: v.string(),
  enabled: v.boolean(),
  condition,
  filters,
  actions: v.array(action),
  cooldown_minutes: v.number(),
  created_at: time,
  updated_at: time,
  last_fired_at: v.nullable(time),
  /** Each address of the actions once. Only those that are ready get mail. */
  recipients: v.array(recipientSchema),
  /** The newest failure of those targets whose last delivery that was tried did not succeed. */
  delivery_error: v.nullable(v.object({ at: time, target: v.string(), detail: v.string(), given_up: v.boolean() }))
})
export type Rule = v.InferOutput<typeof ruleSchema>

export const ruleList = listOf(ruleSchema)
export const ruleListQuery = v.strictObject(pageEntries)

export const testResults = v.object({
  data: v.array(
    v.object({
      type: v.picklist(channelIds),
      target: v.string(),
      ok: v.boolean(),
      detail: v.string()
    })
  )
})

export const previewBody = v.strictObject({
  actions,
  condition: v.optional(condition, { type: 'new_issue' })
})
/** `method` is `MAIL` for mail, with the recipients in the place of the address. */
export const previewedRequests = v.object({
  data: v.array(
    v.object({
      type: v.picklist(channelIds),
      method: v.string(),
      url: v.string(),
      headers: v.record(v.string(), v.string()),
      body: v.string()
    })
  )
})

const person = v.object({ id: uuid, name: v.string(), email: v.string() })

export const alertSchema = v.object({
  id: uuid,
  project: v.string(),
  rule: v.object({ id: uuid, name: v.string() }),
  type: v.picklist(alertKinds),
  status: v.picklist(alertStatuses),
  value: v.nullable(v.number()),
  threshold: v.nullable(v.number()),
  window_minutes: v.nullable(v.number()),
  /** What a threshold has counted. */
  of: v.nullable(v.picklist(['events', 'users'])),
  issue: v.nullable(issueSummary),
  event_id: v.nullable(v.string()),
  fired_at: time,
  acknowledged_at: v.nullable(time),
  acknowledged_by: v.nullable(person),
  resolved_at: v.nullable(time),
  /** null with a `resolved_at`: it resolved by itself. */
  resolved_by: v.nullable(person)
})
export type AlertItem = v.InferOutput<typeof alertSchema>

const bulkAlertsMax = 1_000

/** Without `ids`, all alerts of the project that are open. */
export const alertsBulkBody = v.strictObject({
  act: v.picklist(['acknowledge', 'resolve'], 'must be acknowledge or resolve'),
  ids: v.optional(
    v.pipe(
      v.array(uuid, 'must be a list'),
      v.minLength(1, 'must name an alert'),
      v.maxLength(bulkAlertsMax, `must name at most ${bulkAlertsMax}`)
    )
  )
})
/** With `more`, there are more than one call changes: ask again. */
export const alertsBulkAnswer = v.object({ changed: v.number(), more: v.boolean() })

/** Which rules tell whom, project by project. A project without an enabled rule tells nobody. */
export const notificationList = listOf(
  v.object({
    project: v.object({ id: v.string(), slug: v.string(), name: v.string() }),
    rules: v.array(ruleSchema)
  })
)

export const alertList = listOf(alertSchema)
export const alertListQuery = v.strictObject({
  status: v.optional(v.picklist(alertStatuses, `must be one of ${alertStatuses.join(', ')}`)),
  ...pageEntries
})

export const deliverySchema = v.object({
  id: uuid,
  type: v.picklist(channelIds),
  /** Of incidents: that the alert is resolved. Everything else tells that alerts have fired. */
  about: v.picklist(['firing', 'resolution']),
  target: v.string(),
  /** `dropped`: the rule was turned off, changed or deleted while it waited. */
  state: v.picklist(['waiting', 'delivered', 'failed', 'dropped']),
  /** How many alerts went into the one notification. */
  alert_count: v.number(),
  attempts: v.array(v.object({ at: time, ok: v.boolean(), detail: v.string() })),
  next_attempt_at: v.nullable(time),
  created_at: time,
  settled_at: v.nullable(time)
})
export type DeliveryItem = v.InferOutput<typeof deliverySchema>

export const deliveryList = listOf(deliverySchema)
export const deliveryListQuery = v.strictObject(pageEntries)
