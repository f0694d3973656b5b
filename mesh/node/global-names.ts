/**
 * Names that are known on every node. A process claims a name, with the time of the claim. Every node sends its claims
 * to all linked nodes, and the claim with the lowest (time, node, incarnation, serial) owns the name. So linked nodes
 * agree without a vote, also after a split; the other claimants stand by, and the next one takes over when the owner
 * goes. While a claim is on its way, or a split lasts, two processes can own a name: what must not happen twice needs a
 * lease besides.
 */
import assert from 'node:assert/strict'
import type { Clock } from '../process/clock.ts'
import { signalProcess } from '../process/delivery.ts'
import { addToEstate } from '../process/ending.ts'
import { isName, kind, nameCharsMax } from './items.ts'
import type { NameItem } from './items.ts'
import type { NodeLimits } from './node-types.ts'
import { pidOf } from './peers.ts'
import type { Peer, Peers, Service } from './peers.ts'
import { samePid } from '../process/pid.ts'
import type { Address } from '../process/pid.ts'
import { findProcess } from '../process/runtime.ts'
import type { Process, Runtime } from '../process/runtime.ts'
import type { Pid, ProcessName } from '../types.ts'

type Claim = { readonly pid: Address; readonly clock: number }

export type GlobalNames = {
  /**
   * Claims a name for a process of this node, until the process ends or unregisters it. Returns whether it owns the
   * name now. When that changes the process gets a `name_won` or `name_lost` signal.
   */
  register: (name: string, pid: Pid) => boolean
  unregister: (name: string, pid: Pid) => void
  whereis: <Message>(name: ProcessName<Message>) => Pid<Message> | undefined
  /** All names with their owners, sorted by name. */
  list: () => { readonly name: string; readonly owner: Pid }[]
}

type Registry = {
  readonly runtime: Runtime
  readonly peers: Peers
  readonly clock: Clock
  readonly namesMax: number
  /** The claims of each name, the owner's first. */
  readonly claims: Map<string, Claim[]>
  /** The claims of each peer; our own are known from our processes. */
  readonly byPeer: Map<Peer, Set<string>>
  /** By name and serial of our claimants: removes the claim from what the process gives up at its end. */
  readonly own: Map<string, { readonly process: Process; readonly giveUp: () => void }>
}

export function globalNames(
  runtime: Runtime,
  peers: Peers,
  clock: Clock,
  { namesMax }: NodeLimits
): { names: GlobalNames; service: Service<NameItem> } {
  const registry: Registry = { runtime, peers, clock, namesMax, claims: new Map(), byPeer: new Map(), own: new Map() }
  return {
    names: {
      register: (name, pid) => register(registry, name, pid),
      unregister: (name, pid) => unregister(registry, name, pid),
      whereis: name => whereis(registry, name),
      list: () =>
        [...registry.claims]
          .flatMap(([name, [first]]) => (first === undefined ? [] : [{ name, owner: first.pid }]))
          .sort((one, other) => (one.name < other.name ? -1 : 1))
    },
    service: {
      linkUp: peer => {
        registry.byPeer.set(peer, new Set())
        for (const [name, claims] of registry.claims) {
          for (const claim of claims) {
            if (isOurs(registry, claim)) peer.link.signal([kind.claim, name, claim.pid.serial, claim.clock])
          }
        }
      },
      receive: (peer, item) => receive(registry, peer, item),
      linkDown: peer => {
        const names = registry.byPeer.get(peer) ?? []
        registry.byPeer.delete(peer)
        for (const key of names) dropClaim(registry, nameOf(key), pidOf(peer, serialOf(key)))
      }
    }
  }
}

/** The caller names the right type, as with names of one node. */
function whereis({ claims }: Registry, name: string): Address | undefined {
  return claims.get(name)?.[0]?.pid
}

function register(registry: Registry, name: string, pid: Pid): boolean {
  const { runtime, peers, clock, namesMax, own, claims } = registry
  const process = findProcess(runtime, pid)
  assert(isName(name), `a global name has 1 to ${nameCharsMax} characters`)
  assert(process !== undefined, 'only a living process of this node can be registered here')
  const key = keyOf(name, pid.serial)
  if (!own.has(key)) {
    assert(own.size < namesMax, `a node claims ${namesMax} names at most`)
    const giveUp = (): void => unregister(registry, name, process.pid)
    own.set(key, { process, giveUp })
    addToEstate(process, giveUp)
    // Later than every known claim, so that a new claim never takes a name from an owner that is known here.
    const latest = Math.max(0, ...(claims.get(name) ?? []).map(claim => claim.clock))
    const claim = { pid: process.pid, clock: Math.min(Math.max(clock.wallMs(), latest + 1), Number.MAX_SAFE_INTEGER) }
    addClaim(registry, name, claim)
    for (const peer of peers.all()) peer.link.signal([kind.claim, name, pid.serial, claim.clock])
  }
  return samePid(claims.get(name)?.[0]?.pid ?? pid, pid)
}

function unregister(registry: Registry, name: string, pid: Pid): void {
  const key = keyOf(name, pid.serial)
  const claimant = registry.own.get(key)
  if (claimant === undefined) return
  registry.own.delete(key)
  claimant.process.estate?.delete(claimant.giveUp)
  dropClaim(registry, name, pid)
  for (const peer of registry.peers.all()) peer.link.signal([kind.unclaim, name, pid.serial])
}

function receive(registry: Registry, peer: Peer, item: NameItem): boolean {
  const names = registry.byPeer.get(peer)
  if (names === undefined) return true
  const [, name, serial] = item
  const key = keyOf(name, serial)
  if (item[0] === kind.unclaim) {
    if (names.delete(key)) dropClaim(registry, name, pidOf(peer, serial))
  } else if (!names.has(key)) {
    names.add(key)
    addClaim(registry, name, { pid: pidOf(peer, serial), clock: item[3] })
  }
  return names.size <= registry.namesMax
}

function addClaim(registry: Registry, name: string, claim: Claim): void {
  const before = registry.claims.get(name) ?? []
  change(registry, name, before, [...before, claim].sort(byPrecedence))
}

function dropClaim(registry: Registry, name: string, pid: Pid): void {
  const before = registry.claims.get(name) ?? []
  change(
    registry,
    name,
    before,
    before.filter(claim => !samePid(claim.pid, pid))
  )
}

/** Signals those of our claimants that have won or lost the name. */
function change(registry: Registry, name: string, [before]: Claim[], after: Claim[]): void {
  const [now] = after
  if (now === undefined) registry.claims.delete(name)
  else registry.claims.set(name, after)
  // The first claim of all wins without a signal: `register` returns it.
  if (now === undefined || before === undefined || samePid(before.pid, now.pid)) return
  tell(registry, before, { type: 'name_lost', name, owner: now.pid })
  tell(registry, now, { type: 'name_won', name, owner: now.pid })
}

function tell(
  { runtime }: Registry,
  { pid }: Claim,
  signal: { type: 'name_won' | 'name_lost'; name: string; owner: Pid }
): void {
  const process = findProcess(runtime, pid)
  if (process !== undefined) signalProcess(process, signal)
}

function isOurs({ runtime }: Registry, { pid }: Claim): boolean {
  return pid.node === runtime.name && pid.incarnation === runtime.incarnation
}

/** The same order on every node. */
function byPrecedence(one: Claim, other: Claim): number {
  return (
    one.clock - other.clock ||
    (one.pid.node < other.pid.node ? -1 : one.pid.node > other.pid.node ? 1 : 0) ||
    one.pid.incarnation - other.pid.incarnation ||
    one.pid.serial - other.pid.serial
  )
}

function keyOf(name: string, serial: number): string {
  return `${serial} ${name}`
}

function nameOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}

function serialOf(key: string): number {
  return Number(key.slice(0, key.indexOf(' ')))
}
