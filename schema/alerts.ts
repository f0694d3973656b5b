/**
 * The words of alerting: conditions, filters and actions of rules as callers give them and as they are kept, and what a
 * notification says.
 */
import * as v from 'valibot'
import { emailGiven } from './api/accounts.ts'
import { tagForm } from './api/events.ts'
import { levels } from './pipeline.ts'
import { limits } from './limits.ts'

export const alertKinds = ['threshold', 'new_issue', 'regression', 'escalation'] as const
export type AlertKind = (typeof alertKinds)[number]

export const alertStatuses = ['active', 'acknowledged', 'resolved'] as const
export type AlertStatus = (typeof alertStatuses)[number]

/** Minutes are kept 25 h. */
const windowMinutesMax = 24 * 60
const recipientsMax = 20

const whole = (least: number, greatest: number) =>
  v.pipe(
    v.number(`must be a whole number from ${least} to ${greatest}`),
    v.integer(`must be a whole number from ${least} to ${greatest}`),
    v.minValue(least, `must be a whole number from ${least} to ${greatest}`),
    v.maxValue(greatest, `must be a whole number from ${least} to ${greatest}`)
  )

export const condition = v.variant(
  'type',
  [
    v.strictObject({
      type: v.literal('threshold'),
      count: whole(0, 1_000_000_000),
      window_minutes: whole(1, windowMinutesMax),
      scope: v.optional(v.picklist(['project', 'issue'], 'must be project or issue'), 'project'),
      /** Events of archived and discarded issues count too. */
      include_archived: v.optional(v.boolean('must be true or false'), false)
    }),
    v.strictObject({ type: v.literal('new_issue') }),
    v.strictObject({ type: v.literal('regression') }),
    v.strictObject({ type: v.literal('escalation') })
  ],
  `must have a type: ${alertKinds.join(', ')}`
)
export type Condition = v.InferOutput<typeof condition>

/** `level` is the least severe that counts. All of them must hold. */
export const filters = v.strictObject({
  level: v.optional(v.picklist(levels, `must be one of ${levels.join(', ')}`)),
  environment: v.optional(
    v.pipe(
      v.string('must be a string'),
      v.minLength(1, 'must not be empty'),
      v.maxLength(limits.nameCharsMax, `must have at most ${limits.nameCharsMax} characters`)
    )
  ),
  tag: v.optional(
    v.pipe(
      v.string('must be a string'),
      v.maxLength(233, 'is too long for a tag'),
      v.regex(tagForm, 'must be key:value')
    )
  )
})
export type Filters = v.InferOutput<typeof filters>

const target = v.pipe(
  v.string('must be a string'),
  v.maxLength(2_000, 'must have at most 2000 characters'),
  v.check(
    text => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol),
    'must be an http or https URL'
  ),
  v.check(
    text => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
    'must not hold a user name or password'
  )
)

/** In requests and answers alike; in answers secrets are masked. */
export const action = v.variant(
  'type',
  [
    v.strictObject({
      type: v.literal('webhook'),
      url: target,
      secret: v.optional(
        v.pipe(
          v.string('must be a string'),
          v.minLength(1, 'must not be empty'),
          v.maxLength(200, 'must have at most 200 characters')
        )
      )
    }),
    v.strictObject({ type: v.literal('slack'), url: target }),
    v.strictObject({ type: v.literal('discord'), url: target }),
    v.strictObject({
      type: v.literal('email'),
      to: v.pipe(
        v.array(emailGiven, 'must be a list'),
        v.minLength(1, 'must name somebody'),
        v.maxLength(recipientsMax, `must name at most ${recipientsMax}`)
      )
    })
  ],
  'must have a type: webhook, slack, discord or email'
)
export type Action = v.InferOutput<typeof action>

/** One alert in a notification. */
export type NotifiedAlert = {
  id: string
  kind: AlertKind
  value: number | null
  threshold: number | null
  windowMinutes: number | null
  firedAt: Date
  issue: { id: string; shortId: string; title: string; culprit: string; level: string; eventCount: number } | null
}

/**
 * What is delivered: alerts of one rule that fired together. `alerts` are the first of them, `alertCount` is how many
 * there are.
 */
export type Notification = {
  /** Of the delivery: a target that gets it twice can tell. */
  deliveryId: string
  isTest: boolean
  project: { id: string; slug: string; name: string; organization: string }
  rule: { id: string; name: string; kind: AlertKind }
  alerts: NotifiedAlert[]
  alertCount: number
}

/** How a delivery ended; `detail` is for the log that people see. */
export type DeliveryResult = {
  ok: boolean
  detail: string
  /** Trying again is no use. */
  isFinal: boolean
  /** The only recipients of a mail who did not get it: the next attempt goes to them. */
  recipients?: string[]
}
