/** What instance admins see of the node: its supervision tree, its pipeline and the nodes of the cluster. */
import * as v from 'valibot'
import { time } from './common.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** A process or a supervisor with what runs under it. `pid` is null while it is down. */
export type ProcessNode = {
  /** Its id under its supervisor. */
  name: string
  /** What it is registered under, in this node and in the whole cluster. */
  registered: string[]
  pid: string | null
  type: 'worker' | 'supervisor'
  state: string
  mailbox: number
  restarts: number
  /** Why it ended last, unless it was asked to; null when it never did. */
  last_exit: { reason: string; at: string } | null
  /** Whether it may be restarted by hand: its supervisor starts it again. */
  restartable: boolean
  /** Seconds. */
  uptime: number
  children: ProcessNode[]
  /** Children that a long list leaves out. */
  omitted: number
}

export const processNode: v.GenericSchema<ProcessNode> = v.pipe(
  v.object({
    name: v.string(),
    registered: v.array(v.string()),
    pid: v.nullable(v.string()),
    type: v.picklist(['worker', 'supervisor']),
    state: v.string(),
    mailbox: count,
    restarts: count,
    last_exit: v.nullable(v.object({ reason: v.string(), at: time })),
    restartable: v.boolean(),
    uptime: v.pipe(v.number(), v.minValue(0)),
    children: v.array(v.lazy(() => processNode)),
    omitted: count
  }),
  v.title('Process')
)

export const processList = v.object({ data: v.array(processNode) })

/** As a pid is written: the node, its incarnation and a serial. */
export const processPid = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,63}\.\d{1,16}\.\d{1,16}$/))

export const restartedProcess = v.object({ name: v.string(), pid: v.string() })
export type RestartedProcess = v.InferOutput<typeof restartedProcess>

export const nodeItem = v.object({
  name: v.string(),
  address: v.nullable(v.string()),
  incarnation: v.number(),
  links: v.array(v.string()),
  load: v.number(),
  /** Nodes that process a share of its batches. */
  routes: v.array(v.object({ to: v.string(), share: v.number() })),
  /** Nodes that do not link with it, and why: another database, release or cookie. */
  refused: v.array(v.object({ name: v.nullable(v.string()), address: v.nullable(v.string()), why: v.string() })),
  self: v.boolean()
})
export type NodeItem = v.InferOutput<typeof nodeItem>

export const nodeList = v.object({ data: v.array(nodeItem) })

/**
 * What the pipeline of the node has done since it started, and what waits in it. Counts only grow, so two readings make
 * a rate. `waiting` and `spool` are null while the process that knows does not answer.
 */
export const pipelineFigures = v.object({
  at: time,
  /** Events whose fate was committed, by outcome. */
  committed: v.record(v.string(), count),
  /** Requests, or events of a request, by reason. */
  refused: v.record(v.string(), count),
  commits: v.object({ transactions: count, events: count, seconds: v.pipe(v.number(), v.minValue(0)) }),
  waiting: v.nullable(v.object({ batches: count, oldest_seconds: v.pipe(v.number(), v.minValue(0)) })),
  spool: v.nullable(v.object({ database_down: v.boolean(), accepting: v.boolean(), files: count, bytes: count }))
})
export type PipelineFigures = v.InferOutput<typeof pipelineFigures>
