/**
 * StreamRelay sends dashboards on other nodes what was committed and changed here, and gives this node what happened
 * there. Each node joins a room for every project that is followed on it, so a project that is not followed elsewhere
 * costs one look-up. A link keeps the order and loses nothing while it is up. Where something may be missing (a link
 * was lost or full, or a follower was known too late) the StreamManager gets a gap, and dashboards read again
 * what is stored.
 */
import type { MeshNode, Room } from '../../mesh/index.ts'
import type { Behaviour, Pid, ProcessName, Self, Signal } from '../../mesh/types.ts'
import type { IssueAction, StreamEvent } from '../../schema/stream.ts'
import type { CommittedBatch } from '../../services/commit/committed-batch.ts'
import type { RelayedMessage, StreamManagerMessage, StreamRelayMessage } from './messages.ts'
import { shown } from './stream-changes.ts'

type Node = Pick<MeshNode, 'rooms' | 'monitorNodes'>

type State = {
  followed: Set<number>
  /** When something last happened to a project here. */
  touched: Map<number, number>
  /** Nodes whose relay must still be asked what was missed. */
  toAsk: Set<string>
  /** By node: the projects of which it has missed something while it could not be reached. */
  owed: Map<string, Set<number>>
  /** Nodes that have said farewell. */
  gone: Set<string>
}

export type StreamRelayOptions = {
  node: () => Node | null
  name: string
  manager: ProcessName<StreamManagerMessage>
  /**
   * The relay of another node. It is known after it has sent everything, and so after it knows what is followed here.
   */
  relayOf: (node: string) => Pid<StreamRelayMessage> | undefined
  room: Room<RelayedMessage>
  roomOf: (projectId: number) => Room<RelayedMessage>
  now: () => number
}

type Relay = Self<StreamRelayMessage>

const tickMs = 200
/** Longer than all nodes need to know of a room. */
const settleMs = 30_000
/** The batches that a lost node was about to commit are committed by the first or the second of these times. */
const bereavedMs = [1_000, 7_000] as const

export function streamRelay(options: StreamRelayOptions): Behaviour<StreamRelayMessage, State> {
  return {
    init: self => {
      const node = options.node()
      if (node === null) throw new Error('a relay needs its node')
      node.rooms.join(options.room, self.pid)
      node.monitorNodes(self.pid)
      self.sendEvery({ type: 'tick' }, tickMs)
      // After a crash: messages of the time in between were lost.
      node.rooms.publish(options.room, { type: 'missed', projectIds: null }, { except: self.pid })
      self.cast(options.manager, { type: 'gap', projectIds: null })
      self.cast(options.manager, { type: 'tell_followed' })
      return { followed: new Set(), touched: new Map(), toAsk: new Set(), owed: new Map(), gone: new Set() }
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'committed':
          return committed(state, message.batches, options, self)
        case 'issues_changed':
          return tell(
            state,
            message.projectId,
            [],
            message.issueIds.map(id => [id, message.action]),
            options,
            self
          )
        case 'told':
          self.cast(options.manager, message)
          return state
        case 'follow':
          return follow(state, [message.projectId], options, self)
        case 'followed':
          return followed(state, message.projectIds, options, self)
        case 'ask':
          return answer(state, message, options, self)
        case 'missed':
          return gap(state, message.projectIds ?? [...state.followed], options, self)
        case 'bereaved':
          return gap(state, [...state.followed], options, self)
        case 'farewell':
          state.gone.add(message.node)
          return state
        case 'tick':
          return tick(state, options, self)
      }
    },
    info: (state, signal, self) => nodeChanged(state, signal, self),
    terminate: () => {
      options.node()?.rooms.publish(options.room, { type: 'farewell', node: options.name })
    }
  }
}

function nodeChanged(state: State, signal: Signal, self: Relay): State {
  if (signal.type === 'nodeup') {
    state.gone.delete(signal.node.name)
    state.toAsk.add(signal.node.name)
  }
  if (signal.type === 'nodedown') {
    state.toAsk.delete(signal.node.name)
    state.owed.delete(signal.node.name)
    if (!state.gone.has(signal.node.name)) for (const ms of bereavedMs) self.sendAfter({ type: 'bereaved' }, ms)
  }
  return state
}

function committed(state: State, batches: CommittedBatch[], options: StreamRelayOptions, self: Relay): State {
  const told = new Map<number, { events: StreamEvent[]; changes: [string, IssueAction][] } | null>()
  const listOf = (projectId: number) => {
    let list = told.get(projectId)
    if (list === undefined) {
      told.set(projectId, (list = isFollowedElsewhere(projectId, options) ? { events: [], changes: [] } : null))
    }
    return list
  }
  for (const { stored, changes } of batches) {
    for (const row of stored) listOf(row.event.projectId)?.events.push(shown(row))
    for (const { projectId, issueId, kind } of changes) listOf(projectId)?.changes.push([issueId, kind])
  }
  for (const [projectId, list] of told) tell(state, projectId, list?.events ?? [], list?.changes ?? [], options, self)
  return state
}

function isFollowedElsewhere(projectId: number, { node, roomOf }: StreamRelayOptions): boolean {
  return (node()?.rooms.elsewhere(roomOf(projectId)).length ?? 0) > 0
}

function tell(
  state: State,
  projectId: number,
  events: StreamEvent[],
  changes: [string, IssueAction][],
  options: StreamRelayOptions,
  self: Relay
): State {
  state.touched.set(projectId, options.now())
  if (events.length + changes.length === 0) return state
  const missed =
    options
      .node()
      ?.rooms.publish(options.roomOf(projectId), { type: 'told', projectId, events, changes }, { except: self.pid }) ??
    []
  for (const name of missed) state.owed.set(name, (state.owed.get(name) ?? new Set()).add(projectId))
  return state
}

function follow(state: State, projectIds: number[], options: StreamRelayOptions, self: Relay): State {
  const node = options.node()
  const added = projectIds.filter(projectId => !state.followed.has(projectId))
  if (node === null || added.length === 0) return state
  for (const projectId of added) {
    node.rooms.join(options.roomOf(projectId), self.pid)
    state.followed.add(projectId)
  }
  const missed = node.rooms.publish(
    options.room,
    { type: 'ask', from: self.pid, projectIds: added, sinceMs: settleMs },
    { except: self.pid }
  )
  for (const name of missed) state.toAsk.add(name)
  return state
}

function followed(state: State, projectIds: number[], options: StreamRelayOptions, self: Relay): State {
  const wanted = new Set(projectIds)
  for (const projectId of state.followed) {
    if (wanted.has(projectId)) continue
    options.node()?.rooms.leave(options.roomOf(projectId), self.pid)
    state.followed.delete(projectId)
  }
  return follow(state, projectIds, options, self)
}

/** What happened here before this reply is told by it; what happens after is told in the room. */
function answer(
  state: State,
  { from, projectIds, sinceMs }: Extract<RelayedMessage, { type: 'ask' }>,
  { now }: StreamRelayOptions,
  self: Relay
): State {
  const since = sinceMs === null ? -Infinity : now() - sinceMs
  const touched = projectIds.filter(projectId => {
    const at = state.touched.get(projectId)
    return at !== undefined && at >= since
  })
  if (touched.length > 0) self.cast(from, { type: 'missed', projectIds: touched })
  return state
}

function gap(state: State, projectIds: number[], { manager }: StreamRelayOptions, self: Relay): State {
  if (projectIds.length > 0) self.cast(manager, { type: 'gap', projectIds })
  return state
}

function tick(state: State, { relayOf }: StreamRelayOptions, self: Relay): State {
  for (const name of state.toAsk) {
    const relay = relayOf(name)
    if (
      relay !== undefined &&
      self.cast(relay, { type: 'ask', from: self.pid, projectIds: [...state.followed], sinceMs: null }) === 'ok'
    ) {
      state.toAsk.delete(name)
    }
  }
  for (const [name, projectIds] of state.owed) {
    const relay = relayOf(name)
    if (relay !== undefined && self.cast(relay, { type: 'missed', projectIds: [...projectIds] }) === 'ok') {
      state.owed.delete(name)
    }
  }
  return state
}
