// Goal: whatever happens in whichever order, between two processes nothing arrives twice, out of order or past a gap
// while their nodes stay linked; every monitor and link tells a loss, once; and when all is well again every node knows
// the same owner of each name. Method: three nodes whose links lead through proxies, random schedules of messages,
// links, monitors, names, crashes, restarts, splits and heals (fast-check), then a heal and a look at everything that
// was promised.
import fc from 'fast-check'
import t from 'tap'
import { pidKey, processName } from '../../../mesh/index.ts'
import type { Behaviour, ExitReason, MonitorRef, Pid, ReplyTo, Self, Signal } from '../../../mesh/types.ts'
import { proxy } from '../../support/proxy.ts'
import type { Proxy } from '../../support/proxy.ts'
import { passed, testNode, until } from './node-support.ts'
import type { TestNode } from './node-support.ts'

const nodeNames = ['a', 'b', 'c'] as const
const pairs = [
  [0, 1],
  [0, 2],
  [1, 2]
] as const
const slotsPerNode = 2
const slotCount = nodeNames.length * slotsPerNode
const names = ['one', 'two']

type Mail =
  | { type: 'message'; from: string; epoch: number; n: number }
  | { type: 'run'; act: (self: Self<Mail>) => void; replyTo: ReplyTo<null> }

/** A process, and what it got. */
type Actor = {
  pid: Pid<Mail>
  home: number
  got: { from: string; epoch: number; n: number }[]
  signals: Signal[]
  watches: { ref: MonitorRef; target: Actor; epoch: number }[]
  ties: Map<Actor, { epoch: number; exitsBefore: number }>
  /** Of each name that it claims whether it believes to own it, from the answer to its claim on. */
  claims: Map<string, { won: boolean; signalsBefore: number }>
}

type World = {
  nodes: TestNode[]
  proxies: Proxy[]
  slots: Actor[]
  /** All that were ever sent, by sender, receiver and epoch. */
  sent: Map<string, number>
  /** Of each node how often it was restarted. */
  runs: number[]
}

type Step =
  | { do: 'send' | 'link' | 'monitor'; from: number; to: number }
  | { do: 'crash'; slot: number }
  | { do: 'claim' | 'give up'; slot: number; name: string }
  | { do: 'split' | 'heal' | 'drop'; pair: number }
  | { do: 'restart'; node: number }
  | { do: 'breathe'; ms: number }

const slot = fc.nat(slotCount - 1)
const pair = fc.nat(pairs.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), from: slot, to: slot }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('link' as const, 'monitor' as const), from: slot, to: slot })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), slot }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('claim' as const, 'claim' as const, 'give up' as const),
      slot,
      name: fc.constantFrom(...names)
    })
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('split' as const, 'heal' as const, 'heal' as const, 'drop' as const),
      pair
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), node: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('breathe' as const), ms: fc.nat(6) }) }
)

const teardowns: (() => void | Promise<void>)[] = []
const keeper = {
  teardown: (stop: () => void | Promise<void>) => {
    teardowns.push(stop)
  }
}

async function newWorld(): Promise<World> {
  const nodes: TestNode[] = []
  const proxies = await Promise.all(pairs.map(([, host]) => proxy(keeper, () => nodes[host]?.address ?? '')))
  const world: World = { nodes, proxies, slots: [], sent: new Map(), runs: [0, 0, 0] }
  for (const index of nodeNames.keys()) nodes[index] = await startOne(world, index)
  for (let index = 0; index < slotCount; index++) world.slots[index] = newActor(world, Math.floor(index / slotsPerNode))
  await linked(world)
  return world
}

/** Dials the nodes behind it in the alphabet, by proxies only: what it says of itself leads nowhere. */
async function startOne({ proxies, runs }: World, index: number): Promise<TestNode> {
  const join = pairs.flatMap(([guest], at) => (guest === index ? [proxies[at]?.address ?? ''] : []))
  return await testNode(keeper, nodeNames[index] ?? '', {
    incarnation: 1 + (runs[index] ?? 0),
    join,
    advertise: '127.0.0.1:1',
    timing: { heartbeatMs: 3_600_000, redialMsMin: 1, redialMsMax: 4 }
  })
}

function newActor({ nodes }: World, home: number): Actor {
  const actor: Omit<Actor, 'pid'> = { home, got: [], signals: [], watches: [], ties: new Map(), claims: new Map() }
  const behaviour: Behaviour<Mail, null> = {
    init: () => null,
    handle: (state, mail, self) => {
      if (mail.type === 'message') actor.got.push({ from: mail.from, epoch: mail.epoch, n: mail.n })
      else {
        mail.act(self)
        self.reply(mail.replyTo, null)
      }
      return state
    },
    info: (state, signal) => {
      actor.signals.push(signal)
      return state
    }
  }
  const mesh = nodes[home]?.mesh
  if (mesh === undefined) throw new Error('its node runs')
  return Object.assign(actor, { pid: mesh.spawn(behaviour, { trapExits: true }) })
}

async function inside({ nodes }: World, { home, pid }: Actor, act: (self: Self<Mail>) => void): Promise<void> {
  await nodes[home]?.mesh.call(pid, (replyTo: ReplyTo<null>) => ({ type: 'run', act, replyTo }))
}

/**
 * Which link with the other's node this is, as the actor's own node counts them; none while there is none. 0 at home.
 */
function epochOf({ nodes }: World, { home }: Actor, other: Actor): number | undefined {
  if (home === other.home) return 0
  const node = nodes[home]
  const isLinked = node?.node
    .list()
    .some(({ name, incarnation }) => name === other.pid.node && incarnation === other.pid.incarnation)
  if (node === undefined || isLinked !== true) return undefined
  return node.events.filter(event => event.type === 'nodeup' && event.node.name === other.pid.node).length
}

async function take(world: World, step: Step): Promise<void> {
  const { slots, proxies } = world
  switch (step.do) {
    case 'send':
      return send(world, slots[step.from], slots[step.to])
    case 'link':
      return link(world, slots[step.from], slots[step.to])
    case 'monitor':
      return watch(world, slots[step.from], slots[step.to])
    case 'crash': {
      const actor = slots[step.slot]
      if (actor !== undefined) world.nodes[actor.home]?.mesh.exit(actor.pid, 'killed')
      if (actor !== undefined) slots[step.slot] = newActor(world, actor.home)
      return
    }
    case 'claim':
      return claim(world, slots[step.slot], step.name)
    case 'give up': {
      const actor = slots[step.slot]
      if (actor === undefined) return
      world.nodes[actor.home]?.node.names.unregister(step.name, actor.pid)
      actor.claims.delete(step.name)
      return
    }
    case 'split':
      return proxies[step.pair]?.cut()
    case 'heal':
      return proxies[step.pair]?.heal()
    case 'drop':
      return proxies[step.pair]?.drop()
    case 'restart':
      return restart(world, step.node)
    case 'breathe':
      return await new Promise(resolve => {
        setTimeout(resolve, step.ms)
      })
  }
}

async function send(world: World, from?: Actor, to?: Actor): Promise<void> {
  if (from === undefined || to === undefined || from === to) return
  await inside(world, from, self => {
    const epoch = epochOf(world, from, to)
    if (epoch === undefined) return
    const key = `${pidKey(from.pid)} ${pidKey(to.pid)} ${epoch}`
    const n = (world.sent.get(key) ?? 0) + 1
    world.sent.set(key, n)
    self.cast(to.pid, { type: 'message', from: pidKey(from.pid), epoch, n })
  })
}

async function link(world: World, from?: Actor, to?: Actor): Promise<void> {
  if (from === undefined || to === undefined || from === to) return
  await inside(world, from, self => {
    from.ties.set(to, { epoch: epochOf(world, from, to) ?? -1, exitsBefore: exitsFrom(from, to).length })
    self.link(to.pid)
  })
}

async function watch(world: World, from?: Actor, target?: Actor): Promise<void> {
  if (from === undefined || target === undefined || from === target) return
  await inside(world, from, self => {
    const epoch = epochOf(world, from, target) ?? -1
    from.watches.push({ ref: self.monitor(target.pid), target, epoch })
  })
}

async function claim(world: World, actor: Actor | undefined, name: string): Promise<void> {
  if (actor === undefined || actor.claims.has(name)) return
  await inside(world, actor, () => {
    const won = world.nodes[actor.home]?.node.names.register(name, actor.pid) ?? false
    actor.claims.set(name, { won, signalsBefore: actor.signals.length })
  })
}

async function restart(world: World, index: number): Promise<void> {
  await world.nodes[index]?.stop()
  world.runs[index] = (world.runs[index] ?? 0) + 1
  world.nodes[index] = await startOne(world, index)
  for (let at = index * slotsPerNode; at < (index + 1) * slotsPerNode; at++) world.slots[at] = newActor(world, index)
}

/** All is well again, and everything that was under way has arrived. */
async function settle(world: World): Promise<void> {
  for (const { heal } of world.proxies) heal()
  // A link that was just cut may not know it yet.
  do await linked(world)
  while (!(await allPass(world)))
  for (const actor of world.slots) await inside(world, actor, () => {})
}

async function allPass({ nodes }: World): Promise<boolean> {
  const ways = nodes.flatMap(from => nodes.filter(to => to !== from).map(to => passed(from, to)))
  return (await Promise.allSettled(ways)).every(({ status }) => status === 'fulfilled')
}

async function linked({ nodes }: World): Promise<void> {
  const isLinked = (node: TestNode, other: TestNode): boolean =>
    node === other ||
    node.node.list().some(({ name, incarnation }) => name === other.mesh.name && incarnation === other.mesh.incarnation)
  await until(() => nodes.every(node => nodes.every(other => isLinked(node, other))))
}

function exitsFrom({ signals }: Actor, { pid }: Actor): Signal[] {
  return signals.filter(signal => signal.type === 'exit' && pidKey(signal.pid) === pidKey(pid))
}

function expect(isTrue: boolean, what: () => string): void {
  if (!isTrue) throw new Error(what())
}

function checkMail(world: World): void {
  for (const actor of world.slots) {
    const upTo = new Map<string, number>()
    for (const { from, epoch, n } of actor.got) {
      const key = `${from} ${pidKey(actor.pid)} ${epoch}`
      expect(n === (upTo.get(key) ?? 0) + 1, () => `${key}: message ${n} came after ${upTo.get(key) ?? 0}`)
      upTo.set(key, n)
    }
    for (const sender of world.slots) {
      const epoch = epochOf(world, sender, actor)
      const key = `${pidKey(sender.pid)} ${pidKey(actor.pid)} ${epoch}`
      expect(
        upTo.get(key) === world.sent.get(key),
        () => `${key}: ${upTo.get(key)} of ${world.sent.get(key)} arrived though the link stands`
      )
    }
  }
}

const isReason = (reason: ExitReason, ...allowed: ExitReason[]): boolean => allowed.includes(reason)

function checkMonitors(world: World): void {
  for (const actor of world.slots) {
    for (const { ref, target, epoch } of actor.watches) {
      const downs = actor.signals.flatMap(signal =>
        signal.type === 'down' && signal.ref.monitor === ref.monitor ? [signal.reason] : []
      )
      const stands = epochOf(world, actor, target) === epoch
      const lives = world.slots.includes(target)
      expect(
        downs.length === (stands && lives ? 0 : 1),
        () => `${pidKey(actor.pid)} heard ${JSON.stringify(downs)} of ${pidKey(target.pid)}`
      )
      if (stands) {
        expect(
          downs.every(reason => isReason(reason, 'killed', 'noproc')),
          () => `${JSON.stringify(downs)} though the link stands`
        )
      } else {
        expect(
          downs.every(reason => isReason(reason, 'killed', 'noproc', 'noconnection')),
          () => JSON.stringify(downs)
        )
      }
    }
  }
}

function checkLinks(world: World): void {
  for (const actor of world.slots) {
    for (const [other, { epoch, exitsBefore }] of actor.ties) {
      const exits = exitsFrom(actor, other).length - exitsBefore
      const stands = epochOf(world, actor, other) === epoch && world.slots.includes(other)
      if (stands) {
        expect(exits === 0, () => `${pidKey(actor.pid)} got an exit of ${pidKey(other.pid)}, which lives and is linked`)
      } else expect(exits >= 1, () => `${pidKey(actor.pid)} was not told the end of its link to ${pidKey(other.pid)}`)
    }
  }
}

function checkNames(world: World): void {
  const lists = world.nodes.map(({ node }) => JSON.stringify(node.names.list()))
  expect(new Set(lists).size === 1, () => `the nodes differ: ${lists.join(' / ')}`)
  for (const name of names) {
    const claimants = world.slots.filter(({ claims }) => claims.has(name))
    const owner = world.nodes[0]?.node.names.whereis(processName<never>(name))
    expect(
      (owner === undefined) === (claimants.length === 0),
      () => `${name} has ${claimants.length} claimants and the owner ${owner && pidKey(owner)}`
    )
    const believers = claimants.filter(actor => believes(actor, name))
    expect(believers.length === (owner === undefined ? 0 : 1), () => `${believers.length} believe to own ${name}`)
    expect(
      believers.every(({ pid }) => owner !== undefined && pidKey(pid) === pidKey(owner)),
      () => `another believes to own ${name}`
    )
  }
}

function believes({ claims, signals }: Actor, name: string): boolean {
  const { won, signalsBefore } = claims.get(name) ?? { won: false, signalsBefore: 0 }
  const last = signals
    .slice(signalsBefore)
    .findLast(signal => (signal.type === 'name_won' || signal.type === 'name_lost') && signal.name === name)
  return last === undefined ? won : last.type === 'name_won'
}

t.test('random schedules keep what is promised', { timeout: 120_000 }, async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async steps => {
      const world = await newWorld()
      try {
        for (const step of steps) await take(world, step)
        await settle(world)
        checkMail(world)
        checkMonitors(world)
        checkLinks(world)
        checkNames(world)
      } finally {
        for (const stop of teardowns.splice(0).reverse()) await stop()
      }
    }),
    { numRuns: 100, interruptAfterTimeLimit: 60_000 }
  )
  t.pass('all schedules')
})
