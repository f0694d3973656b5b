/**
 * The protocol between nodes: items, arrays that begin with their kind. A node speaks for its own processes only, so a
 * serial names them; the link knows the node. `isItem` checks everything that arrives. Messages, replies and arguments
 * are not checked here, but by the processes that receive them.
 */
import { nodeSerial } from '../process/pid.ts'
import type { ExitReason, Pid } from '../types.ts'

/** Raised when items change in a way that older nodes would misunderstand. Nodes of different versions do not link. */
export const linkVersion = 2

export const kind = {
  ping: 0,
  pong: 1,
  peers: 2,
  bye: 3,
  cast: 10,
  call: 11,
  callFailed: 12,
  forgetCall: 13,
  reply: 14,
  link: 20,
  unlink: 21,
  exit: 22,
  started: 23,
  watch: 24,
  unwatch: 25,
  down: 26,
  spawn: 30,
  spawned: 31,
  spawnFailed: 32,
  claim: 40,
  unclaim: 41,
  interest: 50,
  publish: 51
} as const

type Serial = number

export type ProcessItem =
  | readonly [typeof kind.cast, to: Serial, message: unknown]
  | readonly [typeof kind.call, id: number, to: Serial, message: unknown]
  | readonly [typeof kind.callFailed, id: number, reason: ExitReason | 'overloaded']
  | readonly [typeof kind.forgetCall, id: number]
  | readonly [typeof kind.reply, id: number, answer: unknown]
  | readonly [typeof kind.link, from: Serial, to: Serial]
  | readonly [typeof kind.unlink, from: Serial, to: Serial]
  | readonly [typeof kind.exit, from: Serial, to: Serial, reason: ExitReason, cause: 'link' | 'request']
  | readonly [typeof kind.started, from: Serial, to: Serial]
  | readonly [typeof kind.watch, id: number, serial: Serial]
  | readonly [typeof kind.unwatch, id: number]
  | readonly [typeof kind.down, id: number, reason: ExitReason]

export type SpawnItem =
  /** `link` and `startedTo` are processes of the requesting node, or `nodeSerial` for none. */
  | readonly [typeof kind.spawn, id: number, behaviour: string, args: unknown, link: Serial, startedTo: Serial]
  | readonly [typeof kind.spawned, id: number, serial: Serial]
  | readonly [typeof kind.spawnFailed, id: number, reason: ExitReason]

export type NameItem =
  | readonly [typeof kind.claim, name: string, serial: Serial, clock: number]
  | readonly [typeof kind.unclaim, name: string, serial: Serial]

export type RoomItem =
  | readonly [typeof kind.interest, room: string, isInterested: boolean]
  | readonly [typeof kind.publish, room: string, message: unknown]

export type LinkItem = readonly [typeof kind.ping] | readonly [typeof kind.pong] | readonly [typeof kind.bye]

export type PeersItem = readonly [typeof kind.peers, nodes: readonly (readonly [name: string, address: string])[]]

export type Item = LinkItem | PeersItem | ProcessItem | SpawnItem | NameItem | RoomItem

export const nameCharsMax = 255
/** For each text in the error of an exit reason. */
export const reasonTextCharsMax = 65_536
const reasonDepthMax = 8
const peersMax = 1000

export function isItem(value: unknown): value is Item {
  if (!Array.isArray(value)) return false
  const parts: unknown[] = value
  const checks = shapes.get(parts[0])
  return (
    checks !== undefined && parts.length === checks.length + 1 && checks.every((fits, index) => fits(parts[index + 1]))
  )
}

type Check = (part: unknown) => boolean

const anything: Check = () => true
const flag: Check = part => typeof part === 'boolean'
const serial: Check = part => isCount(part) && part > nodeSerial
const sender: Check = isCount
const isReason: Check = part => isExitReason(part)
const cause: Check = part => part === 'link' || part === 'request'

const shapes = new Map<unknown, readonly Check[]>([
  [kind.ping, []],
  [kind.pong, []],
  [kind.peers, [isPeers]],
  [kind.bye, []],
  [kind.cast, [serial, anything]],
  [kind.call, [isCount, serial, anything]],
  [kind.callFailed, [isCount, part => part === 'overloaded' || isReason(part)]],
  [kind.forgetCall, [isCount]],
  [kind.reply, [isCount, anything]],
  [kind.link, [serial, serial]],
  [kind.unlink, [serial, serial]],
  [kind.exit, [sender, serial, isReason, cause]],
  [kind.started, [serial, serial]],
  [kind.watch, [isCount, serial]],
  [kind.unwatch, [isCount]],
  [kind.down, [isCount, isReason]],
  [kind.spawn, [isCount, isName, anything, sender, sender]],
  [kind.spawned, [isCount, serial]],
  [kind.spawnFailed, [isCount, isReason]],
  [kind.claim, [isName, serial, isCount]],
  [kind.unclaim, [isName, serial]],
  [kind.interest, [isName, flag]],
  [kind.publish, [isName, anything]]
])

function isCount(part: unknown): part is number {
  return typeof part === 'number' && Number.isSafeInteger(part) && part >= 0
}

export function isName(part: unknown): part is string {
  return typeof part === 'string' && part !== '' && part.length <= nameCharsMax
}

/** "host:port", with brackets around an IPv6 address. */
export function isAddress(part: unknown): part is string {
  return isName(part) && /^(?:\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(part)
}

function isPeers(part: unknown): boolean {
  return (
    Array.isArray(part) &&
    part.length <= peersMax &&
    part.every(peer => Array.isArray(peer) && peer.length === 2 && isName(peer[0]) && isAddress(peer[1]))
  )
}

const reasons = new Set<unknown>(['normal', 'shutdown', 'killed', 'noproc', 'noconnection'])

export function isExitReason(part: unknown, depth = 0): part is ExitReason {
  if (typeof part === 'string') return reasons.has(part)
  if (!isRecord(part) || depth > reasonDepthMax) return false
  if ('error' in part) return isErrorText(part['error'])
  return isPid(part['linked']) && isExitReason(part['reason'], depth + 1)
}

function isErrorText(part: unknown): boolean {
  if (!isRecord(part)) return false
  const { name, message, stack } = part
  return isText(name) && isText(message) && (stack === undefined || isText(stack))
}

function isText(part: unknown): boolean {
  return typeof part === 'string' && part.length <= reasonTextCharsMax
}

function isPid(part: unknown): part is Pid {
  return isRecord(part) && isName(part['node']) && isCount(part['incarnation']) && isCount(part['serial'])
}

function isRecord(part: unknown): part is Record<string, unknown> {
  return typeof part === 'object' && part !== null && !Array.isArray(part)
}
