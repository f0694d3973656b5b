/**
 * The messages of the cluster. The LoadMonitors of all nodes send each other reports; each one also sends its report to
 * the NodeDirectory, which writes it to the database. Leader and WorkerProcess get messages from themselves only,
 * except `stop`, which comes from the process that started the workers.
 */
import type { Pid, ReplyTo } from '../../mesh/types.ts'
import type { NodeReport } from '../../schema/nodes.ts'
import type { Lease } from '../../services/database/leases.ts'

export type ClusterServicesMessage = { type: 'look' }

export type FiguresTellerMessage =
  { type: 'tell'; replyTo: ReplyTo<string> } | { type: 'told'; replyTo: ReplyTo<string>; text: string }

export type LoadMonitorMessage =
  | { type: 'tick' }
  /** From another node. The room also delivers a node's own reports to it; they are ignored. */
  | { type: 'report'; report: NodeReport }
  | { type: 'leave' }
  | { type: 'nodes'; replyTo: ReplyTo<NodeReport[]> }

export type DirectoryEntry = { name: string; incarnation: number; address: string | null }

export type NodeDirectoryMessage =
  | { type: 'report'; report: NodeReport }
  | { type: 'noted'; nodes: DirectoryEntry[] }
  | { type: 'failed'; error: unknown }

export type LeaderMessage =
  | { type: 'tick' }
  | { type: 'taken'; lease: Lease | null; askedAt: number }
  | { type: 'renewed'; epoch: number; isHeld: boolean; askedAt: number }
  | { type: 'failed'; error: unknown }
  | { type: 'work_started'; epoch: number; pid: Pid }
  | { type: 'work_failed'; error: unknown }

export type WorkerProcessMessage = { type: 'stop' } | { type: 'kill' } | { type: 'ended'; how: string }
