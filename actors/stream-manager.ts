/**
 * StreamManager tells dashboards what was committed. It gathers committed events and sends them at most every `frameMs`: every
 * distinct filter is evaluated once and every frame encoded once, however many sockets share it. Changed issues are read from the
 * database at most four times a second, all in one query, so that what is shown is what is stored. Projects that nobody follows cost
 * nothing; what a project's followers may have missed is kept for a few minutes.
 */
import type { Behaviour, Pid, ProcessName, Self } from '../mesh/types.ts'
import type { Log } from '../schema/log.ts'
import type { IssueAction, IssueCount, ServerMessage, StreamEvent, StreamFilters } from '../schema/stream.ts'
import type { CommittedBatch, StoredEvent } from '../services/batches.ts'
import type { DashboardMessage } from './dashboard-connection.ts'
import { changesOf, noteChange, type Change, type Changes } from './stream-changes.ts'
import { filterKey, matcherOf, type Matcher } from './stream-filters.ts'
import { streamLog, type StreamLog } from './stream-log.ts'
import type { StreamRelayMessage } from './stream-relay.ts'

/** An issue as lists show it, with what counts need. */
export type StreamIssue = { count: IssueCount, item: object }
/** `unresolved` is null when it was not asked for. */
export type StreamIssues = { issues: Map<string, StreamIssue>, unresolved: number | null }

export type StreamManagerMessage =
  | { type: 'committed', batches: CommittedBatch[] }
  /** What a person or a process did to issues. */
  | { type: 'issues_changed', projectId: number, action: IssueAction, issueIds: string[] }
  /** What another node has committed, or somebody there has done. */
  | { type: 'told', projectId: number, events: StreamEvent[], changes: [issueId: string, action: IssueAction][] }
  /** Something may have happened to these projects that this node was not told; null is all. */
  | { type: 'gap', projectIds: readonly number[] | null }
  /** Tells the relay again what is followed here. */
  | { type: 'tell_followed' }
  /** For all who follow the project. */
  | { type: 'publish', projectId: number, message: ServerMessage }
  /** Whether this node is short of disk space, said now and then. */
  | { type: 'storage', isLow: boolean, detail: string }
  | { type: 'subscribe', pid: Pid<DashboardMessage>, projectId: number, filters: StreamFilters, after: string | undefined }
  | { type: 'unsubscribe', pid: Pid<DashboardMessage>, projectId: number }
  | { type: 'flush' }
  | { type: 'read' }
  | { type: 'issues_read', projectId: number, changes: Changes, read: StreamIssues }
  | { type: 'issues_unread', projectId: number, changes: Changes, error: unknown }
  | { type: 'sweep' }

type Group = { matches: Matcher, issue: string | undefined, members: Map<number, Pid<DashboardMessage>> }

type Project = {
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

type State = {
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
  keep: { eventsMax: number, ageMsMax: number }
  subscribersOfProjectMax: number
  /** Asks other nodes for what happens there; absent where there are none. */
  relay?: ProcessName<StreamRelayMessage>
  log: Log
}

type Manager = Self<StreamManagerMessage>

const sweepMs = 60_000
const countMs = 1_000

export function streamManager (options: StreamManagerOptions): Behaviour<StreamManagerMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'sweep' }, sweepMs)
      return follow({ projects: new Map(), logs: 0, monitored: new Set(), flushing: false, readTimer: false, isFailing: false, shortage: null }, null, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'committed': return committed(state, message.batches, options, self)
        case 'issues_changed': return issuesChanged(state, message.projectId, message.issueIds.map(id => [id, message.action] as const), options, self)
        case 'told': return told(state, message, options, self)
        case 'gap': return gap(state, message.projectIds, self)
        case 'tell_followed': return follow(state, null, options, self)
        case 'publish':
          publish(state.projects.get(message.projectId), message.message, self)
          return state
        case 'storage': return storage(state, message.isLow, message.detail, self)
        case 'subscribe': return subscribe(state, message, options, self)
        case 'unsubscribe': return leave(state, message.pid.serial, message.projectId, options)
        case 'flush': return flush(state, options, self)
        case 'read': return read({ ...state, readTimer: false }, options, self)
        case 'issues_read': return issuesRead(state, message, options, self)
        case 'issues_unread': return issuesUnread(state, message, options, self)
        case 'sweep': return sweep(state, options, self)
      }
    },
    info: (state, signal) => {
      if (signal.type !== 'down') return state
      state.monitored.delete(signal.pid.serial)
      for (const projectId of state.projects.keys()) leave(state, signal.pid.serial, projectId, options)
      return state
    }
  }
}

function committed (state: State, batches: CommittedBatch[], options: StreamManagerOptions, self: Manager): State {
  if (state.projects.size === 0) return state
  let next = state
  for (const { stored, changes } of batches) {
    for (const row of stored) state.projects.get(row.event.projectId)?.waiting.push(shown(row))
    for (const { projectId, issueId, kind } of changes) next = issuesChanged(next, projectId, [[issueId, kind]], options, self)
  }
  if (!next.flushing) self.sendAfter({ type: 'flush' }, options.frameMs)
  return { ...next, flushing: true }
}

function told (state: State, { projectId, events, changes }: Extract<StreamManagerMessage, { type: 'told' }>, options: StreamManagerOptions, self: Manager): State {
  const next = issuesChanged(state, projectId, changes, options, self)
  const project = next.projects.get(projectId)
  if (project === undefined || events.length === 0) return next
  project.waiting.push(...events)
  if (!next.flushing) self.sendAfter({ type: 'flush' }, options.frameMs)
  return { ...next, flushing: true }
}

/** Whoever follows reads again what is stored; positions before this one are no good any more. */
function gap (state: State, projectIds: readonly number[] | null, self: Manager): State {
  for (const projectId of projectIds ?? state.projects.keys()) {
    const project = state.projects.get(projectId)
    if (project === undefined) continue
    const seq = project.log.interrupt()
    publish(project, { type: 'subscribed', project: String(projectId), seq, gap: true }, self)
  }
  return state
}

/** One project more, or those that there are. */
function follow (state: State, added: number | null, { relay }: StreamManagerOptions, self: Manager): State {
  if (relay === undefined) return state
  self.cast(relay, added === null ? { type: 'followed', projectIds: [...state.projects.keys()] } : { type: 'follow', projectId: added })
  return state
}

export function shown ({ event, issueId }: StoredEvent): StreamEvent {
  const { id, title, level, environment, release, receivedAt } = event
  return { id, issue_id: issueId, title, level, environment, release, received_at: new Date(receivedAt).toISOString() }
}

function issuesChanged (state: State, projectId: number, changes: readonly Change[], { readMs }: StreamManagerOptions, self: Manager): State {
  const project = state.projects.get(projectId)
  if (project === undefined || project.keys.size === 0) return state
  for (const change of changes) noteChange(project.changes, change)
  if (!state.readTimer) self.sendAfter({ type: 'read' }, readMs)
  return { ...state, readTimer: true }
}

function flush (state: State, { now }: StreamManagerOptions, self: Manager): State {
  for (const project of state.projects.values()) {
    if (project.waiting.length === 0) continue
    const events = project.waiting
    project.waiting = []
    const seq = project.log.add(events, now())
    for (const { matches, members } of project.groups.values()) {
      const wanted = events.filter(matches)
      if (wanted.length > 0) push(members.values(), eventsMessage(project, seq, wanted), self)
    }
  }
  return { ...state, flushing: false }
}

function eventsMessage ({ projectId }: Project, seq: string, events: StreamEvent[]): ServerMessage {
  return { type: 'events', project: String(projectId), seq, events }
}

function publish (project: Project | undefined, message: ServerMessage, self: Manager): void {
  for (const { members } of project?.groups.values() ?? []) push(members.values(), message, self)
}

/** Told when it begins and when it is over; who comes in between is told too. */
function storage (state: State, isLow: boolean, detail: string, self: Manager): State {
  const message: ServerMessage = { type: 'storage', low: isLow, detail }
  if (isLow !== (state.shortage !== null)) publishToAll(state, message, self)
  return { ...state, shortage: isLow ? message : null }
}

/** To each socket once, however many projects it follows. */
function publishToAll ({ projects }: State, message: ServerMessage, self: Manager): void {
  const members = new Map<number, Pid<DashboardMessage>>()
  for (const { groups } of projects.values()) {
    for (const group of groups.values()) {
      for (const [serial, pid] of group.members) members.set(serial, pid)
    }
  }
  push(members.values(), message, self)
}

/** Encoded once: all sockets are sent the same bytes. */
function push (members: Iterable<Pid<DashboardMessage>>, message: ServerMessage, self: Manager): void {
  const frame = Buffer.from(JSON.stringify(message))
  for (const pid of members) self.cast(pid, { type: 'push', frame })
}

function subscribe (state: State, { pid, projectId, filters, after }: Extract<StreamManagerMessage, { type: 'subscribe' }>, options: StreamManagerOptions, self: Manager): State {
  const known = state.projects.get(projectId)
  if (known !== undefined && known.keys.size >= options.subscribersOfProjectMax && !known.keys.has(pid.serial)) {
    push([pid], { type: 'error', status: 503, detail: 'Too many dashboards follow this project. Try again later.' }, self)
    return state
  }
  leave(state, pid.serial, projectId, options)
  const next = known === undefined ? { ...state, logs: state.logs + 1 } : state
  const project = known ?? startProject(projectId, next.logs, options)
  state.projects.set(projectId, project)
  if (known === undefined) follow(state, projectId, options, self)
  const key = filterKey(filters)
  const group = project.groups.get(key) ?? { matches: matcherOf(filters), issue: filters.issue, members: new Map() }
  project.groups.set(key, group)
  group.members.set(pid.serial, pid)
  project.keys.set(pid.serial, key)
  if (!state.monitored.has(pid.serial)) self.monitor(pid)
  state.monitored.add(pid.serial)
  resume(project, group, pid, after, self)
  if (state.shortage !== null) push([pid], state.shortage, self)
  return next
}

/** One that was forgotten has missed events since: its next log takes no position of the one before. */
function startProject (projectId: number, logNumber: number, { run, keep }: StreamManagerOptions): Project {
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

/** What waits for the next frame is sent with it, to this socket too. */
function resume (project: Project, { matches }: Group, pid: Pid<DashboardMessage>, after: string | undefined, self: Manager): void {
  const seq = project.log.position()
  const missed = after === undefined ? [] : project.log.after(after)
  const subscribed: ServerMessage = { type: 'subscribed', project: String(project.projectId), seq }
  push([pid], missed === null ? { ...subscribed, gap: true } : subscribed, self)
  const wanted = missed?.filter(matches) ?? []
  if (wanted.length > 0) push([pid], eventsMessage(project, seq, wanted), self)
}

function leave (state: State, serial: number, projectId: number, { now }: StreamManagerOptions): State {
  const project = state.projects.get(projectId)
  const key = project?.keys.get(serial)
  if (project === undefined || key === undefined) return state
  project.keys.delete(serial)
  if (project.keys.size === 0) project.leftAt = now()
  const group = project.groups.get(key)
  group?.members.delete(serial)
  if (group?.members.size === 0) project.groups.delete(key)
  return state
}

function read (state: State, options: StreamManagerOptions, self: Manager): State {
  for (const project of state.projects.values()) {
    if (project.reading || project.changes.size === 0) continue
    if (project.keys.size === 0) {
      project.changes.clear()
      continue
    }
    const changes = new Map([...project.changes].slice(0, options.readMax))
    for (const issueId of changes.keys()) project.changes.delete(issueId)
    project.reading = true
    const { projectId, countedAt } = project
    const unresolved = countedAt <= options.now() - countMs || [...changes.values()].some(actions => actions.size > 0)
    if (unresolved) project.countedAt = options.now()
    options.readIssues(projectId, [...changes.keys()], { unresolved }).then(
      read => self.cast(self.pid, { type: 'issues_read', projectId, changes, read }),
      (error: unknown) => self.cast(self.pid, { type: 'issues_unread', projectId, changes, error })
    )
  }
  return state
}

function issuesRead (state: State, { projectId, changes, read }: Extract<StreamManagerMessage, { type: 'issues_read' }>, options: StreamManagerOptions, self: Manager): State {
  if (state.isFailing) options.log.info('dashboards are told again how issues have changed')
  const project = state.projects.get(projectId)
  if (project !== undefined) tellIssues(project, changes, read, self)
  return readOn({ ...state, isFailing: false }, projectId, [], options, self)
}

/** What could not be read is tried again: counts are absolute, so nothing is lost by waiting. */
function issuesUnread (state: State, { projectId, changes, error }: Extract<StreamManagerMessage, { type: 'issues_unread' }>, options: StreamManagerOptions, self: Manager): State {
  if (!state.isFailing) options.log.warn({ err: error }, 'dashboards cannot be told how issues have changed')
  return readOn({ ...state, isFailing: true }, projectId, changesOf(changes), options, self)
}

function readOn (state: State, projectId: number, unread: readonly Change[], options: StreamManagerOptions, self: Manager): State {
  const project = state.projects.get(projectId)
  if (project === undefined) return state
  project.reading = false
  const waiting = [...unread, ...changesOf(project.changes)]
  return waiting.length === 0 ? state : issuesChanged(state, projectId, waiting, options, self)
}

function tellIssues (project: Project, changes: Changes, { issues, unresolved }: StreamIssues, self: Manager): void {
  const id = String(project.projectId)
  project.unresolved = unresolved ?? project.unresolved
  for (const [issueId, actions] of changes) {
    const issue = issues.get(issueId)?.item ?? { id: issueId }
    for (const action of actions) {
      for (const group of project.groups.values()) {
        if (group.issue === undefined || group.issue === issueId) push(group.members.values(), { type: 'issue', project: id, action, issue }, self)
      }
    }
  }
  const counts = [...issues.values()].map(({ count }) => count)
  publish(project, { type: 'issue_counts', project: id, issue_counts: counts, unresolved: project.unresolved }, self)
}

/** A project that nobody follows any more is remembered only as long as somebody may come back to resume, however much is sent to it. */
function sweep (state: State, options: StreamManagerOptions, self: Manager): State {
  const { now, keep } = options
  const before = state.projects.size
  for (const [projectId, { keys, leftAt }] of state.projects) {
    if (keys.size === 0 && leftAt < now() - keep.ageMsMax) state.projects.delete(projectId)
  }
  return state.projects.size < before ? follow(state, null, options, self) : state
}
