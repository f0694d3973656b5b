/**
 * The live stream's protocol: what a dashboard may say, in valibot schemas, and what it is told, in types. `seq` is
 * opaque to clients: it names the node's run and a position, so that `after` can be told from one that another node
 * gave.
 */
import * as v from 'valibot'
import { limits } from './limits.ts'
import { levels, type Level } from './pipeline.ts'

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
export type StreamEvent = {
  id: string
  issue_id: string
  title: string
  level: Level
  environment: string
  release: string
  received_at: string
}

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

export type IssueCount = { issue_id: string; event_count: number; user_count: number; last_seen: string }

export type ServerMessage =
  | { type: 'subscribed'; project: string; seq: string; gap?: true }
  | { type: 'unsubscribed'; project: string }
  | { type: 'subscribed' | 'unsubscribed'; system: true }
  | { type: 'events'; project: string; seq: string; events: StreamEvent[] }
  | { type: 'issue'; project: string; action: IssueAction; issue: object }
  | { type: 'issue_counts'; project: string; issue_counts: IssueCount[]; unresolved: number }
  | { type: 'alert'; project: string; alert: object }
  | { type: 'storage'; low: boolean; detail: string }
  | { type: 'system'; processes: object; nodes: object }
  | { type: 'dropped'; count: number }
  | { type: 'pong' }
  | { type: 'error'; status: number; detail: string }
