/**
 * The words of alerting: conditions, filters and actions of rules as callers give them and as they are kept, and what a
 * notification says.
 */
import * as v from 'valibot'
import { emailGiven } from './api/accounts.ts'
import { tagForm } from './api/events.ts'
import { channelIds } from './channels.ts'
import { levels } from './pipeline.ts'
import { limits } from './limits.ts'

export const alertKinds = ['threshold', 'new_issue', 'regression', 'escalation'] as const
export type AlertKind = (typeof alertKinds)[number]

export const alertStatuses = ['active', 'acknowledged', 'resolved'] as const
export type AlertStatus = (typeof alertStatuses)[number]

/** Minutes are kept 25 h. */
const windowMinutesMax = 24 * 60
/** Of a window that is compared with the one before it. */
export const comparedMinutesMax = windowMinutesMax / 2
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
      /** What is counted; events unless given. */
      of: v.optional(v.picklist(['events', 'users'], 'must be events or users')),
      window_minutes: whole(1, windowMinutesMax),
      scope: v.optional(v.picklist(['project', 'issue'], 'must be project or issue'), 'project'),
      /** The window must also have so many percent more than the one of the same length before it. */
      increase_percent: v.optional(whole(1, 1_000_000)),
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
  ),
  /** A search for events, as lists take it, of terms that the index answers. */
  query: v.optional(
    v.pipe(
      v.string('must be a string'),
      v.minLength(1, 'must not be empty'),
      v.maxLength(1_000, 'must have at most 1000 characters')
    )
  ),
  issue_older_than_minutes: v.optional(whole(1, 10 * 365 * 24 * 60))
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

const text = (charsMax: number) =>
  v.pipe(
    v.string('must be a string'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(charsMax, `must have at most ${charsMax} characters`)
  )
/** A part of an address or a header: no blanks and nothing that ends it. */
const word = (form: RegExp, message: string) => v.pipe(text(200), v.regex(form, message))
const key = word(/^[\w+/=:.*-]+$/, 'must be letters, digits and +/=:._- alone')

/**
 * In requests and answers alike; in answers secrets are masked. The channels, with what people read about their fields,
 * are listed in channels.ts.
 */
export const action = v.variant(
  'type',
  [
    v.strictObject({ type: v.literal('webhook'), url: target, secret: v.optional(text(200)) }),
    v.strictObject({
      type: v.literal('template'),
      url: target,
      authorization: v.optional(v.pipe(text(1_000), v.regex(/^[\x20-\x7e]+$/, 'must be ASCII on one line'))),
      template: text(10_000)
    }),
    v.strictObject({ type: v.literal('slack'), url: target }),
    v.strictObject({ type: v.literal('discord'), url: target }),
    v.strictObject({ type: v.literal('teams'), url: target }),
    v.strictObject({ type: v.literal('mattermost'), url: target }),
    v.strictObject({
      type: v.literal('telegram'),
      token: word(/^[\w:*-]+$/, 'must be the token of a bot'),
      chat_id: word(/^(-?\d+|@\w+)$/, 'must be the id of a chat, or @channel'),
      url: v.optional(target)
    }),
    v.strictObject({
      type: v.literal('ntfy'),
      topic: word(/^[\w*-]{1,64}$/, 'must be at most 64 letters, digits, - and _'),
      token: v.optional(key),
      url: v.optional(target)
    }),
    v.strictObject({ type: v.literal('pagerduty'), routing_key: key, url: v.optional(target) }),
    v.strictObject({ type: v.literal('opsgenie'), api_key: key, url: v.optional(target) }),
    v.strictObject({
      type: v.literal('email'),
      to: v.pipe(
        v.array(emailGiven, 'must be a list'),
        v.minLength(1, 'must name somebody'),
        v.maxLength(recipientsMax, `must name at most ${recipientsMax}`)
      )
    })
  ],
  `must have a type: ${channelIds.join(', ')}`
)
export type Action = v.InferOutput<typeof action>

/** One alert in a notification. */
export type NotifiedAlert = {
  id: string
  /** What it is about: the id of an issue, or `project`. A rule has one open incident for each. */
  subject: string
  isResolved: boolean
  kind: AlertKind
  value: number | null
  threshold: number | null
  windowMinutes: number | null
  /** What a threshold has counted. */
  of: 'events' | 'users' | null
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
  /** It tells that its one alert is resolved. */
  isResolution: boolean
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
  /** The target asks not to be tried again before. */
  retryAfterS?: number
}
