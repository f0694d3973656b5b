/**
 * What StreamManager knows, is told and tells: the projects that are followed, and for each of them who follows it with
 * which filter.
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
  /** How many issues are unresolved, and when that was last counted: it costs more than reading a few issues. */
  unresolved: number
  countedAt: number
  /** When the last follower left. */
  leftAt: number
}

export type State = {
  projects: Map<number, Project>
  /** Logs that were begun so far. */
  logs: number
  monitored: Set<number>
  flushing: boolean
  readTimer: boolean
  /** The last read failed, and that was logged. */
  isFailing: boolean
  /** What everybody has to know for as long as it is so. */
  shortage: ServerMessage | null
}

export type StreamManagerOptions = {
  /** Names this run, in positions that are told to clients. */
  run: string
  readIssues: (projectId: number, issueIds: string[], options: { unresolved: boolean }) => Promise<StreamIssues>
  now: () => number
  frameMs: number
  readMs: number
  /** Issues read at once; the rest waits for the next time. */
  readMax: number
  keep: { eventsMax: number; ageMsMax: number }
  subscribersOfProjectMax: number
  /** Asks other nodes for what happens there; absent where there are none. */
  relay?: ProcessName<StreamRelayMessage>
  log: Log
}

export type Manager = Self<StreamManagerMessage>

/** One that was forgotten has missed events since: its next log takes no position of the one before. */
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

/** Encoded once: all sockets are sent the same bytes. */
export function push(members: Iterable<Pid<DashboardMessage>>, message: ServerMessage, self: Manager): void {
  const frame = frameOf(message)
  for (const pid of members) self.cast(pid, { type: 'push', frame })
}
