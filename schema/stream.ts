/**
 * The live stream's protocol, as schemas: what a dashboard may send, and what the server sends to it. `seq` is
 * opaque to clients: it names the node's run and a position, so that `after` can be told from one that another node
 * gave.
 */
import * as v from 'valibot'
import { alertSchema } from './api/alerts.ts'
import { time } from './api/common.ts'
import { issueSummary } from './api/issue-summary.ts'
import { issueItem } from './api/issues.ts'
import { nodeItem, processNode } from './api/system.ts'
import { limits } from './limits.ts'
import { levels } from './pipeline.ts'

const name = v.pipe(
  v.string('must be a string'),
  v.maxLength(limits.nameCharsMax, `must have at most ${limits.nameCharsMax} characters`)
)
const projectId = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.safeInteger())], 'must be the id or slug of a project'),
  v.transform(String),
  v.minLength(1, 'must not be empty'),
  v.maxLength(200, 'is too long')
)

const filtersSchema = v.strictObject({
  level: v.optional(
    v.pipe(
      v.array(v.picklist(levels, `must be one of ${levels.join(', ')}`), 'must be a list'),
      v.maxLength(levels.length, 'names a level twice')
    )
  ),
  environment: v.optional(
    v.pipe(v.array(name, 'must be a list'), v.maxLength(limits.streamEnvironmentsMax, 'has too many entries'))
  ),
  release: v.optional(name),
  issue: v.optional(v.pipe(v.string('must be a string'), v.uuid('must be a UUID'), v.toLowerCase()))
})

const subscribeProject = v.strictObject({
  type: v.literal('subscribe'),
  project: projectId,
  filters: v.optional(filtersSchema, {}),
  after: v.optional(v.pipe(v.string('must be a string'), v.maxLength(100, 'is no position of this stream')))
})

const subscribeSystem = v.strictObject({ type: v.literal('subscribe'), system: v.literal(true) })

export const clientMessageSchema = v.union([
  subscribeProject,
  subscribeSystem,
  v.strictObject({ type: v.literal('unsubscribe'), project: projectId }),
  v.strictObject({ type: v.literal('unsubscribe'), system: v.literal(true) }),
  v.strictObject({ type: v.literal('ping') })
])

export type ClientMessage = v.InferOutput<typeof clientMessageSchema>
export type StreamFilters = v.InferOutput<typeof filtersSchema>

/** An event as the stream shows it. */
const streamEvent = v.object({
  id: v.string(),
  issue_id: v.string(),
  title: v.string(),
  culprit: v.string(),
  level: v.picklist(levels),
  environment: v.string(),
  release: v.string(),
  received_at: time,
  /** How many events it counts as; absent for 1. */
  weight: v.optional(v.number())
})
export type StreamEvent = v.InferOutput<typeof streamEvent>

export const issueActions = [
  'created',
  'updated',
  'regressed',
  'escalated',
  'resolved',
  'archived',
  'unresolved',
  'assigned',
  'discarded',
  'deleted',
  'merged'
] as const
export type IssueAction = (typeof issueActions)[number]

/** An issue as lists show it, but for its trend. */
const streamIssue = v.object({ ...issueSummary.entries, assignee: issueItem.entries.assignee })
export type StreamIssue = v.InferOutput<typeof streamIssue>

const issueCount = v.object({ issue_id: v.string(), event_count: v.number(), user_count: v.number(), last_seen: time })
export type IssueCount = v.InferOutput<typeof issueCount>

const project = v.string()

export const serverMessageSchema = v.union([
  v.strictObject({
    type: v.literal('subscribed'),
    project,
    seq: v.string(),
    /** Events were missed: they are not kept any more. */
    gap: v.optional(v.literal(true))
  }),
  v.strictObject({ type: v.literal('unsubscribed'), project }),
  v.strictObject({ type: v.picklist(['subscribed', 'unsubscribed']), system: v.literal(true) }),
  v.strictObject({ type: v.literal('events'), project, seq: v.string(), events: v.array(streamEvent) }),
  v.strictObject({
    type: v.literal('issue'),
    project,
    action: v.picklist(issueActions),
    /** One that is gone has its id alone. */
    issue: v.union([streamIssue, v.strictObject({ id: v.string() })])
  }),
  v.strictObject({
    type: v.literal('issue_counts'),
    project,
    issue_counts: v.array(issueCount),
    unresolved: v.number()
  }),
  v.strictObject({ type: v.literal('alert'), project, alert: alertSchema }),
  v.strictObject({ type: v.literal('storage'), low: v.boolean(), detail: v.string() }),
  v.strictObject({ type: v.literal('system'), processes: v.array(processNode), nodes: v.array(nodeItem) }),
  /** Messages were dropped; `count` is how many events were in them, none where they told of issues or alerts alone. */
  v.strictObject({ type: v.literal('dropped'), count: v.number() }),
  v.strictObject({ type: v.literal('pong') }),
  v.strictObject({ type: v.literal('error'), status: v.number(), detail: v.string() })
])
export type ServerMessage = v.InferOutput<typeof serverMessageSchema>

/** What instance admins see of the node: its tree, and all nodes. */
export type SystemView = Omit<Extract<ServerMessage, { type: 'system' }>, 'type'>
