/** Why an event is in its issue, as the API tells it: what counts of each part, beside what was sent. */
import * as v from 'valibot'

/** What was left out on the way from what was sent to what counts. */
export const leftOutKinds = [
  'generated',
  'nameless',
  'folders',
  'query',
  'content_hash',
  'case',
  'spaces',
  'cut',
  'minified',
  'changing'
] as const

const names = {
  sent: v.string(),
  /** '' when nothing of it counts. */
  used: v.string(),
  left_out: v.array(v.picklist(leftOutKinds))
}

const name = v.object(names)
export type ExplainedName = v.InferOutput<typeof name>

export const frameFates = [
  'counts',
  'repeats',
  'outside_recursion',
  'beyond',
  'not_in_app',
  'machinery',
  'says_nothing',
  'left_out_by_rule'
] as const

const frame = v.object({
  /** Its place in the trace: 0 is the oldest, the crash is last. */
  index: v.number(),
  fate: v.picklist(frameFates),
  /** A rule of the project made it count. */
  by_rule: v.boolean(),
  function: v.nullable(name),
  place: v.nullable(v.object({ ...names, of: v.picklist(['module', 'file', 'image']), keeps_folder: v.boolean() })),
  source_line: v.nullable(name),
  /** What of it is hashed, '' for nothing. */
  component: v.string()
})
export type ExplainedFrame = v.InferOutput<typeof frame>

const trace = v.object({
  from: v.picklist(['exception', 'stacktrace', 'thread']),
  choice: v.picklist(['in_app', 'not_machinery', 'all']),
  frames: v.array(frame)
})
export type ExplainedTrace = v.InferOutput<typeof trace>

const exception = v.object({
  /** Its place in the event: what was thrown last is last. */
  index: v.number(),
  type: v.string(),
  fate: v.picklist(['counts', 'older', 'group', 'cause_of_member', 'same_type']),
  type_counts: v.boolean(),
  /** Its message, where no frame counts. */
  value: v.nullable(name),
  trace: v.nullable(trace)
})
export type ExplainedException = v.InferOutput<typeof exception>

const content = v.object({
  rule: v.string(),
  reason: v.string(),
  components: v.array(v.string()),
  exceptions: v.array(exception),
  trace: v.nullable(trace),
  message: v.nullable(v.object({ ...names, is_template: v.boolean() }))
})

const fingerprintPart = v.object({
  sent: v.string(),
  used: v.array(v.string()),
  is_default: v.boolean(),
  variables: v.array(v.object({ name: v.string(), value: v.string() }))
})

export const explanation = v.object({
  version: v.string(),
  rule: v.string(),
  reason: v.string(),
  fingerprint: v.string(),
  /** The parts of a fingerprint of the client, or of a rule of the project. */
  parts: v.array(fingerprintPart),
  /** What the event itself says; null where a fingerprint says it all. */
  content: v.nullable(content),
  /** The rules of the project that had a part in it. */
  rules: v.object({
    fingerprint: v.nullable(v.string()),
    stack: v.array(v.object({ rule: v.string(), frames: v.array(v.string()) }))
  })
})
export type Explanation = v.InferOutput<typeof explanation>
export type ExplainedContent = NonNullable<Explanation['content']>

export const relations = [
  'same',
  'merged',
  'adopted',
  'older_version',
  'rules_changed',
  'elsewhere',
  'unknown'
] as const

export const eventGrouping = v.object({
  ...explanation.entries,
  /** How the issue that has the event goes together with that. `issue` is the other one that it speaks of. */
  relation: v.object({
    kind: v.picklist(relations),
    text: v.string(),
    issue: v.nullable(v.object({ id: v.string(), short_id: v.string(), title: v.string() }))
  })
})
export type EventGroupingBody = v.InferOutput<typeof eventGrouping>
