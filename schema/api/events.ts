/** What the operations on events take and return. `''` stands for a name that the event does not have. */
import * as v from 'valibot'
import { levels } from '../pipeline.ts'
import { listOf, pageEntries, time } from './common.ts'
import { feedbackItem } from './feedback.ts'
import { issueSummary } from './issue-summary.ts'
import { oneOrMore, rangeEntries } from './range.ts'

/** Where texts of events stand in lists, they are cut to this. */
export const messageCharsInLists = 500

export const level = v.picklist(levels, `must be one of ${levels.join(', ')}`)

/** An event in a list, with the title and culprit that it has by itself. `issue_id` is the issue that shows it. */
export const eventItem = v.object({
  id: v.string(),
  issue_id: v.string(),
  title: v.string(),
  culprit: v.string(),
  message: v.string(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  user: v.string(),
  received_at: time,
  timestamp: time
})
export type EventItem = v.InferOutput<typeof eventItem>

export const eventList = listOf(eventItem)

const once = v.string('must be given once')
const filterValue = v.pipe(once, v.minLength(1, 'must not be empty'), v.maxLength(200, 'has at most 200 characters'))
const filterValuesMax = 20

/** `key=value` is written `key:value`; the key may hold colons too. */
export const tagForm = /^[\w.:-]{1,200}:/

/** Several values of one filter mean any of them, as do several tags of one key; different filters must all hold. */
export const eventFilterEntries = {
  query: v.optional(v.pipe(once, v.maxLength(1_000, 'has at most 1,000 characters'))),
  tag: oneOrMore(
    v.pipe(v.string(), v.maxLength(233, 'is too long for a tag'), v.regex(tagForm, 'must be key:value')),
    filterValuesMax
  ),
  level: oneOrMore(level, levels.length),
  environment: oneOrMore(filterValue, filterValuesMax),
  release: oneOrMore(filterValue, filterValuesMax),
  user: oneOrMore(filterValue, filterValuesMax)
}

export const eventListQuery = v.strictObject({ ...pageEntries, ...rangeEntries, ...eventFilterEntries })

export const eventQuery = v.strictObject({
  /** `raw` and `json` are the same: the event as it was stored. */
  format: v.optional(v.picklist(['markdown', 'raw', 'json'], 'must be one of markdown, raw, json'))
})

const members = v.record(v.string(), v.unknown())
/** What has these members, and whatever its sender gave it beside them. */
function open<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.objectWithRest(entries, v.unknown())
}

const stacktrace = v.nullable(open({ frames: v.array(open({ formatted: v.string() })), formatted: v.string() }))

/**
 * Objects of the event itself are as they were sent, within its limits. Exceptions and frames stand oldest first: what
 * was thrown last is the last.
 */
export const eventDetail = v.object({
  id: v.string(),
  event_id: v.nullable(v.string()),
  project: v.object({ id: v.string(), slug: v.string() }),
  issue: issueSummary,
  issue_id: v.string(),
  title: v.string(),
  culprit: v.string(),
  received_at: time,
  timestamp: time,
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  platform: v.string(),
  dist: v.string(),
  server_name: v.string(),
  transaction: v.string(),
  logger: v.string(),
  message: v.string(),
  logentry: v.nullable(members),
  exception: v.nullable(
    v.object({
      values: v.array(open({ type: v.nullable(v.string()), value: v.nullable(v.string()), stacktrace }))
    })
  ),
  stacktrace,
  threads: v.nullable(v.object({ values: v.array(open({ stacktrace })) })),
  csp: v.nullable(members),
  breadcrumbs: v.array(members),
  tags: v.record(v.string(), v.string()),
  /** What is derived of it, and searched and counted like its tags. */
  facets: v.record(v.string(), v.string()),
  user: v.nullable(members),
  request: v.nullable(members),
  contexts: members,
  extra: members,
  modules: members,
  sdk: v.nullable(members),
  debug_meta: v.nullable(members),
  fingerprint: v.array(v.string()),
  notes: v.array(v.object({ path: v.string(), message: v.string() })),
  /** How many events it counts as: more than 1 where sampling has kept it for others. */
  weight: v.number(),
  /** Frames were stored without their source maps, which came later: they are mapped here, not in the grouping. */
  mapped_when_read: v.boolean(),
  /** What people wrote about it, oldest first. */
  feedback: v.array(feedbackItem),
  navigation: v.object({
    previous: v.nullable(v.string()),
    next: v.nullable(v.string()),
    first: v.string(),
    latest: v.string()
  })
})
export type EventDetailBody = v.InferOutput<typeof eventDetail>
