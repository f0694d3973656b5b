/** What the preview of rules for grouping takes and returns. */
import * as v from 'valibot'
import { rulesText } from './settings.ts'

export const previewAsked = v.strictObject({ fingerprint_rules: rulesText, stack_rules: rulesText })

const count = v.pipe(v.number(), v.integer())

/** For how many events the rule on this line would do something. */
const ruleCount = v.object({ line: count, events: count })

/**
 * What events of an issue would be grouped into: `events` are of that issue, `events_in_all` of all issues that would
 * be joined here. `is_new` when no event that was looked at is grouped like this now.
 */
const previewedGroup = v.object({
  title: v.string(),
  events: count,
  events_in_all: count,
  issues_joined: count,
  is_new: v.boolean()
})
export type PreviewedGroup = v.InferOutput<typeof previewedGroup>

/** `issue_id` is null where the issue is gone. At most ten groups are listed; `groups_count` are all. */
const previewedIssue = v.object({
  issue_id: v.nullable(v.string()),
  title: v.string(),
  events: count,
  events_changed: count,
  split: v.boolean(),
  joined: v.boolean(),
  groups_count: count,
  groups: v.array(previewedGroup)
})

/**
 * `ended_by` is what ended the reading before the last event of the project: null when all were looked at. At most 50
 * issues are listed, those with the most events.
 */
export const groupingPreview = v.object({
  events: count,
  ended_by: v.nullable(v.picklist(['events', 'bytes', 'time'])),
  events_changed: count,
  issues_now: count,
  issues_then: count,
  issues_split: count,
  issues_joined: count,
  fingerprint_rules: v.array(ruleCount),
  stack_rules: v.array(ruleCount),
  issues: v.array(previewedIssue)
})
export type GroupingPreview = v.InferOutput<typeof groupingPreview>
