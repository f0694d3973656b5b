/**
 * The state and the options of StreamManager, and how it sends: the followed projects, and for each of them the
 * followers by filter.
 */
import type { Pid, ProcessName, Self } from '../../mesh/types.ts'
import type { Log } from '../../schema/log.ts'
import type { ServerMessage, StreamEvent } from '../../schema/stream.ts'
import { frameOf } from './frames.ts'
import type { DashboardMessage, StreamIssues, StreamManagerMessage, StreamRelayMessage } from './messages.ts'
import type { Changes } from './stream-changes.ts'
import type { Matcher } from './stream-filters.ts'
import { streamLog, type StreamLog } from './stream-log.ts'

export type Group = { matches: Matcher; issue: string | undefined; members: Map<number, Pid<DashboardMessage>> }

export type Project = {
  projectId: number
  log: StreamLog
  groups: Map<string, Group>
  /** The key of each member's group, by the serial of its process. */
  keys: Map<number, string>
  waiting: StreamEvent[]
  /** Issues that changed since they were last read. */
  changes: Changes
  reading: boolean
  /** How many issues are unresolved, and when they were last counted: counting costs more than reading a few issues. */
  unresolved: number
  countedAt: number
  /** When the last follower left. */
  leftAt: number
}

export type State = {
  projects: Map<number, Project>
  /** How many logs have been started. */
  logs: number
  monitored: Set<number>
  flushing: boolean
  readTimer: boolean
  /** The last read failed, which was logged. */
  isFailing: boolean
  /** The message about a shortage of disk space while there is one. */
  shortage: ServerMessage | null
}

export type StreamManagerOptions = {
  /** Identifies this run in the positions that clients get. */
  run: string
  readIssues: (projectId: number, issueIds: string[], options: { unresolved: boolean }) => Promise<StreamIssues>
  now: () => number
  frameMs: number
  readMs: number
  /** The most issues that are read at once; the others are read the next time. */
  readMax: number
  keep: { eventsMax: number; ageMsMax: number }
  subscribersOfProjectMax: number
  /** The relay to other nodes; absent without other nodes. */
  relay?: ProcessName<StreamRelayMessage>
  log: Log
}

export type Manager = Self<StreamManagerMessage>

/** A project that was forgotten has missed events, so its next log accepts no position of the earlier one. */
export function startProject(projectId: number, logNumber: number, { run, keep }: StreamManagerOptions): Project {
  return {
    projectId,
    log: streamLog(`${run}.${logNumber}`, keep),
    groups: new Map(),
    keys: new Map(),
    waiting: [],
    changes: new Map(),
    reading: false,
    unresolved: 0,
    countedAt: -Infinity,
    leftAt: -Infinity
  }
}

export function eventsMessage({ projectId }: Project, seq: string, events: StreamEvent[]): ServerMessage {
  return { type: 'events', project: String(projectId), seq, events }
}

export function publish(project: Project | undefined, message: ServerMessage, self: Manager): void {
  for (const { members } of project?.groups.values() ?? []) push(members.values(), message, self)
}

/** Encoded once: all sockets get the same bytes. */
export function push(members: Iterable<Pid<DashboardMessage>>, message: ServerMessage, self: Manager): void {
  const frame = frameOf(message)
  const events = message.type === 'events' ? message.events.length : 0
  for (const pid of members) self.cast(pid, { type: 'push', frame, events })
}
