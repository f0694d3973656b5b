/**
 * Rooms: each member gets what is published in a room, on every node. Nodes announce the rooms in which they have
 * members, so a message is sent once to each node with members, and to no other. Mail to a room is ordinary mail: in
 * order from one sender, and lost with a link or at a full mailbox. An application that must notice a loss numbers its
 * messages.
 */
import assert from 'node:assert/strict'
import { encode } from './codec.ts'
import { deliver } from '../process/delivery.ts'
import { addToEstate } from '../process/ending.ts'
import { isName, kind, nameCharsMax } from './items.ts'
import type { RoomItem } from './items.ts'
import type { NodeLimits } from './node-types.ts'
import type { Peer, Peers, Service } from './peers.ts'
import { samePid } from '../process/pid.ts'
import { whyLost } from './remote-sending.ts'
import { countDeadLetter, findProcess } from '../process/runtime.ts'
import type { Process, Runtime } from '../process/runtime.ts'
import type { Pid, ProcessName } from '../types.ts'

/** A room with the protocol of its members. Made by `processName`, as names are. */
export type Room<Message> = ProcessName<Message>

export type Rooms = {
  /** The process is a member until it leaves or ends. Joining twice is joining once. */
  join: <Message>(room: Room<Message>, pid: Pid<Message>) => void
  leave: <Message>(room: Room<Message>, pid: Pid<Message>) => void
  /**
   * Sends to every member but `except`. Returns the names of the nodes with members that were not reached because their
   * links are full.
   */
  publish: <Message>(room: Room<Message>, message: Message, options?: { readonly except?: Pid<Message> }) => string[]
  /** The names of the other nodes with members. */
  elsewhere: <Message>(room: Room<Message>) => string[]
  /** The members on this node. */
  members: <Message>(room: Room<Message>) => Pid<Message>[]
}

type House = {
  readonly runtime: Runtime
  readonly peers: Peers
  readonly limits: NodeLimits
  /** For each room its members here, each with a function that takes it out at its end. */
  readonly here: Map<string, Map<Process, () => void>>
  /** The rooms of each peer, and the peers of each room. */
  readonly there: Map<Peer, Set<string>>
  readonly interested: Map<string, Set<Peer>>
}

export function createRooms(
  runtime: Runtime,
  peers: Peers,
  limits: NodeLimits
): { rooms: Rooms; service: Service<RoomItem> } {
  const house: House = { runtime, peers, limits, here: new Map(), there: new Map(), interested: new Map() }
  return {
    rooms: {
      join: (room, pid) => join(house, room, pid),
      leave: (room, pid) => {
        const process = findProcess(runtime, pid)
        if (process !== undefined) leave(house, room, process)
      },
      publish: (room, message, { except } = {}) => {
        tellMembers(house, room, message, except)
        return tellNodes(house, room, message)
      },
      elsewhere: room => [...(house.interested.get(room) ?? [])].map(({ node }) => node.name),
      members: room => [...(house.here.get(room)?.keys() ?? [])].map(({ pid }) => pid)
    },
    service: {
      linkUp: peer => {
        house.there.set(peer, new Set())
        for (const room of house.here.keys()) peer.link.signal([kind.interest, room, true])
      },
      receive: (peer, item) => receive(house, peer, item),
      linkDown: peer => {
        for (const room of house.there.get(peer) ?? []) loseInterest(house, room, peer)
        house.there.delete(peer)
      }
    }
  }
}

function join(house: House, room: string, pid: Pid<never>): void {
  const process = findProcess(house.runtime, pid)
  assert(isName(room), `a room has a name of 1 to ${nameCharsMax} characters`)
  assert(process !== undefined, 'only a living process of this node can join here')
  assert(
    house.here.size < house.limits.roomsMax || house.here.has(room),
    `a node has members in ${house.limits.roomsMax} rooms at most`
  )
  const members = house.here.get(room) ?? new Map<Process, () => void>()
  if (members.has(process)) return
  const giveUp = (): void => leave(house, room, process)
  members.set(process, giveUp)
  addToEstate(process, giveUp)
  if (members.size > 1) return
  house.here.set(room, members)
  for (const { link } of house.peers.all()) link.signal([kind.interest, room, true])
}

function leave(house: House, room: string, process: Process): void {
  const members = house.here.get(room)
  const giveUp = members?.get(process)
  if (members === undefined || giveUp === undefined) return
  members.delete(process)
  process.estate?.delete(giveUp)
  if (members.size > 0) return
  house.here.delete(room)
  for (const { link } of house.peers.all()) link.signal([kind.interest, room, false])
}

function tellMembers({ runtime, here }: House, room: string, message: unknown, except?: Pid): void {
  for (const process of here.get(room)?.keys() ?? []) {
    if (except !== undefined && samePid(process.pid, except)) continue
    if (deliver(runtime, process, message) !== 'ok') {
      countDeadLetter(runtime, { to: process.pid, message, why: 'refused' })
    }
  }
}

/** Encodes the message once for all nodes. */
function tellNodes({ runtime, limits, interested }: House, room: string, message: unknown): string[] {
  const peers = interested.get(room)
  if (peers === undefined) return []
  const encoded = encode([kind.publish, room, message], limits.frameBytesMax)
  const missed = []
  for (const { node, link } of peers) {
    const sent = encoded === undefined ? 'unsendable' : link.sendBytes(encoded)
    if (sent === 'ok') continue
    missed.push(node.name)
    countDeadLetter(runtime, { to: `${room} on ${node.name}`, message, why: whyLost(sent) })
  }
  return missed
}

function receive(house: House, peer: Peer, item: RoomItem): boolean {
  const [, room] = item
  if (item[0] === kind.publish) {
    tellMembers(house, room, item[2])
    return true
  }
  const rooms = house.there.get(peer)
  if (rooms === undefined) return true
  if (item[2]) {
    rooms.add(room)
    const peers = house.interested.get(room) ?? new Set()
    house.interested.set(room, peers.add(peer))
  } else if (rooms.delete(room)) {
    loseInterest(house, room, peer)
  }
  return rooms.size <= house.limits.roomsMax
}

function loseInterest({ interested }: House, room: string, peer: Peer): void {
  const peers = interested.get(room)
  peers?.delete(peer)
  if (peers?.size === 0) interested.delete(room)
}
