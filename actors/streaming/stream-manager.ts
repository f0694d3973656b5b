/**
 * StreamManager sends dashboards what was committed. It collects committed events and sends them at most every
 * `frameMs`: every distinct filter is evaluated once and every frame is encoded once, however many sockets share it.
 * Changed issues are read from the database at most every `readMs`, in one query per project, so that dashboards show
 * what is stored. Projects without followers cost nothing. Events that a reconnecting follower may have missed are kept
 * for a few minutes; beyond that it gets a gap.
 */
import type { Behaviour, Pid } from '../../mesh/types.ts'
import type { ServerMessage } from '../../schema/stream.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { DashboardMessage, StreamManagerMessage } from './messages.ts'
import { shown } from './stream-changes.ts'
import { filterKey, matcherOf } from './stream-filters.ts'
import { issuesChanged, issuesRead, issuesUnread, read } from './stream-issues.ts'
import {
  eventsMessage,
  publish,
  push,
  startProject,
  type Group,
  type Manager,
  type Project,
  type State,
  type StreamManagerOptions
} from './stream-state.ts'

const sweepMs = 60_000

export function streamManager(options: StreamManagerOptions): Behaviour<StreamManagerMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'sweep' }, sweepMs)
      return follow(
        {
          projects: new Map(),
          logs: 0,
          monitored: new Set(),
          flushing: false,
          readTimer: false,
          isFailing: false,
          shortage: null
        },
        null,
        options,
        self
      )
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'committed':
          return committed(state, message.batches, options, self)
        case 'issues_changed':
          return issuesChanged(
            state,
            message.projectId,
            message.issueIds.map(id => [id, message.action] as const),
            options,
            self
          )
        case 'told':
          return told(state, message, options, self)
        case 'gap':
          return gap(state, message.projectIds, self)
        case 'tell_followed':
          return follow(state, null, options, self)
        case 'publish':
          publish(state.projects.get(message.projectId), message.message, self)
          return state
        case 'storage':
          return storage(state, message.isLow, message.detail, self)
        case 'subscribe':
          return subscribe(state, message, options, self)
        case 'unsubscribe':
          return leave(state, message.pid.serial, message.projectId, options)
        case 'flush':
          return flush(state, options, self)
        case 'read':
          return read({ ...state, readTimer: false }, options, self)
        case 'issues_read':
          return issuesRead(state, message, options, self)
        case 'issues_unread':
          return issuesUnread(state, message, options, self)
        case 'sweep':
          return sweep(state, options, self)
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

function committed(state: State, batches: CommittedBatch[], options: StreamManagerOptions, self: Manager): State {
  if (state.projects.size === 0) return state
  let next = state
  for (const { stored, changes } of batches) {
    for (const row of stored) state.projects.get(row.event.projectId)?.waiting.push(shown(row))
    for (const { projectId, issueId, kind } of changes) {
      next = issuesChanged(next, projectId, [[issueId, kind]], options, self)
    }
  }
  if (!next.flushing) self.sendAfter({ type: 'flush' }, options.frameMs)
  return { ...next, flushing: true }
}

function told(
  state: State,
  { projectId, events, changes }: Extract<StreamManagerMessage, { type: 'told' }>,
  options: StreamManagerOptions,
  self: Manager
): State {
  const next = issuesChanged(state, projectId, changes, options, self)
  const project = next.projects.get(projectId)
  if (project === undefined || events.length === 0) return next
  project.waiting.push(...events)
  if (!next.flushing) self.sendAfter({ type: 'flush' }, options.frameMs)
  return { ...next, flushing: true }
}

/** Followers read again what is stored; positions from before this one are no longer valid. */
function gap(state: State, projectIds: readonly number[] | null, self: Manager): State {
  for (const projectId of projectIds ?? state.projects.keys()) {
    const project = state.projects.get(projectId)
    if (project === undefined) continue
    const seq = project.log.interrupt()
    publish(project, { type: 'subscribed', project: String(projectId), seq, gap: true }, self)
  }
  return state
}

/** Tells the relay of one more project, or of all that are followed. */
function follow(state: State, added: number | null, { relay }: StreamManagerOptions, self: Manager): State {
  if (relay === undefined) return state
  self.cast(
    relay,
    added === null ? { type: 'followed', projectIds: [...state.projects.keys()] } : { type: 'follow', projectId: added }
  )
  return state
}

function flush(state: State, { now }: StreamManagerOptions, self: Manager): State {
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

/** Sent when the shortage begins and when it ends. Sockets that subscribe in between get it too. */
function storage(state: State, isLow: boolean, detail: string, self: Manager): State {
  const message: ServerMessage = { type: 'storage', low: isLow, detail }
  if (isLow !== (state.shortage !== null)) publishToAll(state, message, self)
  return { ...state, shortage: isLow ? message : null }
}

/** Once for each socket, however many projects it follows. */
function publishToAll({ projects }: State, message: ServerMessage, self: Manager): void {
  const members = new Map<number, Pid<DashboardMessage>>()
  for (const { groups } of projects.values()) {
    for (const group of groups.values()) {
      for (const [serial, pid] of group.members) members.set(serial, pid)
    }
  }
  push(members.values(), message, self)
}

function subscribe(
  state: State,
  { pid, projectId, filters, after }: Extract<StreamManagerMessage, { type: 'subscribe' }>,
  options: StreamManagerOptions,
  self: Manager
): State {
  const known = state.projects.get(projectId)
  if (known !== undefined && known.keys.size >= options.subscribersOfProjectMax && !known.keys.has(pid.serial)) {
    push(
      [pid],
      { type: 'error', status: 503, detail: 'Too many dashboards follow this project. Try again later.' },
      self
    )
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

/** Events that wait for the next frame are sent with it, to this socket too. */
function resume(
  project: Project,
  { matches }: Group,
  pid: Pid<DashboardMessage>,
  after: string | undefined,
  self: Manager
): void {
  const seq = project.log.position()
  const missed = after === undefined ? [] : project.log.after(after)
  const subscribed: ServerMessage = { type: 'subscribed', project: String(project.projectId), seq }
  push([pid], missed === null ? { ...subscribed, gap: true } : subscribed, self)
  const wanted = missed?.filter(matches) ?? []
  if (wanted.length > 0) push([pid], eventsMessage(project, seq, wanted), self)
}

function leave(state: State, serial: number, projectId: number, { now }: StreamManagerOptions): State {
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

/** A project without followers is kept as long as one of them may reconnect and resume, however much is sent to it. */
function sweep(state: State, options: StreamManagerOptions, self: Manager): State {
  const { now, keep } = options
  const before = state.projects.size
  for (const [projectId, { keys, leftAt }] of state.projects) {
    if (keys.size === 0 && leftAt < now() - keep.ageMsMax) state.projects.delete(projectId)
  }
  return state.projects.size < before ? follow(state, null, options, self) : state
}
