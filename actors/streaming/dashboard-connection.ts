/**
 * DashboardConnection is the process of one dashboard's socket. It handles the subscriptions, lets the client follow
 * only what its user may see, and queues frames while the client is slow. A full queue drops its oldest frames and
 * tells the client how many; other clients are not affected. It ends with its socket, with the edge, and when the
 * access of the user ends.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName, Self, Target } from '../../mesh/types.ts'
import type { SocketMessage } from '../../schema/sockets.ts'
import type { ClientMessage, ServerMessage, StreamFilters } from '../../schema/stream.ts'
import { frameOf } from './frames.ts'
import type { Asked, DashboardMessage, SeenProject, StreamGuardMessage, StreamManagerMessage } from './messages.ts'

/** The user behind the socket; `credentialId` is the session or token that opened it. */
export type Viewer = { credentialId: string; userId: string; isInstanceAdmin: boolean }

/** A frame, and how many events are in it. */
type Queued = { frame: Uint8Array; events: number }

type State = {
  followed: Map<number, SeenProject>
  asking: number
  congested: boolean
  queue: Queued[]
  queuedBytes: number
  /** Since the client was last told; null when nothing was dropped. */
  droppedEvents: number | null
}

export type DashboardConnectionOptions = {
  socket: number
  viewer: Viewer
  edge: Target<SocketMessage>
  manager: ProcessName<StreamManagerMessage>
  guard: ProcessName<StreamGuardMessage>
  parse: (frame: Uint8Array) => { ok: true; message: ClientMessage } | { ok: false; detail: string }
  find: (viewer: Viewer, project: string) => Promise<SeenProject | null>
  followSystem: (pid: Pid<DashboardMessage>, on: boolean) => void
  subscriptionsMax: number
  queueFramesMax: number
  queueBytesMax: number
}

type Connection = Self<DashboardMessage>

export function dashboardConnection(options: DashboardConnectionOptions): Behaviour<DashboardMessage, State> {
  return {
    init: self => {
      self.monitor(options.edge)
      // Subscriptions end with the manager: the client connects again and resumes.
      self.monitor(options.manager)
      self.cast(options.guard, { type: 'watch', pid: self.pid, credentialId: options.viewer.credentialId })
      self.cast(options.edge, { type: 'socket_ready', socket: options.socket, pid: self.pid })
      return { followed: new Map(), asking: 0, congested: false, queue: [], queuedBytes: 0, droppedEvents: null }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'frames':
          return message.frames.reduce((current, frame) => take(current, frame, options, self), state)
        case 'push':
          return send(state, message, options, self)
        case 'found':
          return follow(state, message, options, self)
        case 'find_failed':
          return say({ ...state, asking: state.asking - 1 }, unavailable, options, self)
        case 'congested':
          return { ...state, congested: true }
        case 'drained':
          return drained(state, options, self)
        case 'access':
          return access(state, message.organizationIds, options, self)
        case 'closed':
          self.exit(self.pid, 'normal')
          return state
      }
    },
    info: (state, signal, self) => {
      if (signal.type === 'down') self.exit(self.pid, 'normal')
      return state
    }
  }
}

const unavailable: ServerMessage = {
  type: 'error',
  status: 503,
  detail: 'The database does not answer. Subscribe again later.'
}

function take(state: State, frame: Uint8Array, options: DashboardConnectionOptions, self: Connection): State {
  const parsed = options.parse(frame)
  if (!parsed.ok) return say(state, { type: 'error', status: 400, detail: parsed.detail }, options, self)
  const { message } = parsed
  if (message.type === 'ping') return say(state, { type: 'pong' }, options, self)
  if ('system' in message) return followSystem(state, message.type === 'subscribe', options, self)
  return message.type === 'subscribe'
    ? ask(state, message, options, self)
    : unfollow(state, message.project, options, self)
}

function followSystem(state: State, on: boolean, options: DashboardConnectionOptions, self: Connection): State {
  if (!options.viewer.isInstanceAdmin) {
    return say(state, { type: 'error', status: 403, detail: 'This is for instance admins.' }, options, self)
  }
  options.followSystem(self.pid, on)
  return say(state, { type: on ? 'subscribed' : 'unsubscribed', system: true }, options, self)
}

function ask(
  state: State,
  { project: name, filters, after }: { project: string; filters: StreamFilters; after?: string | undefined },
  options: DashboardConnectionOptions,
  self: Connection
): State {
  if (state.followed.size + state.asking >= options.subscriptionsMax) {
    return say(
      state,
      { type: 'error', status: 400, detail: `A socket may follow ${options.subscriptionsMax} projects.` },
      options,
      self
    )
  }
  const asked: Asked = { name, filters, after }
  pipeToSelf(
    self,
    options.find(options.viewer, name),
    project => ({ type: 'found', asked, project }),
    () => ({ type: 'find_failed', asked })
  )
  return { ...state, asking: state.asking + 1 }
}

function follow(
  state: State,
  { asked, project }: Extract<DashboardMessage, { type: 'found' }>,
  options: DashboardConnectionOptions,
  self: Connection
): State {
  const next = { ...state, asking: state.asking - 1 }
  if (project === null) {
    return say(next, { type: 'error', status: 404, detail: `There is no project ${asked.name}.` }, options, self)
  }
  next.followed.set(project.projectId, project)
  self.cast(options.manager, {
    type: 'subscribe',
    pid: self.pid,
    projectId: project.projectId,
    filters: asked.filters,
    after: asked.after
  })
  return next
}

/** By id: a subscription by slug was confirmed with the id of the project. */
function unfollow(
  state: State,
  project: string,
  { manager, ...options }: DashboardConnectionOptions,
  self: Connection
): State {
  const projectId = Number(project)
  if (state.followed.delete(projectId)) self.cast(manager, { type: 'unsubscribe', pid: self.pid, projectId })
  return say(state, { type: 'unsubscribed', project }, { manager, ...options }, self)
}

function access(
  state: State,
  organizationIds: ReadonlySet<string> | null,
  options: DashboardConnectionOptions,
  self: Connection
): State {
  if (organizationIds === null) {
    self.cast(options.edge, {
      type: 'socket_close',
      socket: options.socket,
      code: 1008,
      reason: 'the session has ended'
    })
    return state
  }
  for (const { projectId, organizationId } of state.followed.values()) {
    if (organizationIds.has(organizationId)) continue
    unfollow(state, String(projectId), options, self)
  }
  return state
}

function say(state: State, message: ServerMessage, options: DashboardConnectionOptions, self: Connection): State {
  return send(state, { frame: frameOf(message), events: 0 }, options, self)
}

function send(
  state: State,
  { frame, events }: Queued,
  { edge, socket, queueFramesMax, queueBytesMax }: DashboardConnectionOptions,
  self: Connection
): State {
  if (!state.congested) {
    self.cast(edge, { type: 'socket_send', socket, data: [frame] })
    return state
  }
  state.queue.push({ frame, events })
  state.queuedBytes += frame.byteLength
  while (state.queue.length > queueFramesMax || state.queuedBytes > queueBytesMax) {
    const oldest = state.queue.shift()
    state.queuedBytes -= oldest?.frame.byteLength ?? 0
    state.droppedEvents = (state.droppedEvents ?? 0) + (oldest?.events ?? 0)
  }
  return state
}

function drained(state: State, { edge, socket }: DashboardConnectionOptions, self: Connection): State {
  const { droppedEvents: count } = state
  const notice: Uint8Array[] = count === null ? [] : [frameOf({ type: 'dropped', count })]
  const data = [...notice, ...state.queue.map(({ frame }) => frame)]
  if (data.length > 0) self.cast(edge, { type: 'socket_send', socket, data })
  return { ...state, congested: false, queue: [], queuedBytes: 0, droppedEvents: null }
}
