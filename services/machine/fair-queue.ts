/**
 * A bounded queue that is fair to projects, and within a project to senders, by what their items have cost so far: who
 * has cost least comes next, so who sends much, or what costs much, waits behind what they sent themselves. Who comes
 * anew, or back, begins at what the last turn stood at: nobody saves up turns. Beyond the bound the newest of the
 * sender who has most waiting gives way, in the project that has most waiting.
 */
export type Owner = { project: string; sender: string }

export type FairQueue<Item> = {
  /** Returns what gave way, which may be the item itself; null when there was room. */
  push: (item: Item, owner: Owner) => Item | null
  take: () => Item | undefined
  /** To be called once for every item that was taken. The cost is in any unit. */
  done: (owner: Owner, cost: number) => void
  /** Takes all. */
  clear: () => Item[]
}

/** `pending` are the items that wait or were taken and are not done. */
type Member<Content> = { content: Content; cost: number; pending: number }
/** `turn` is the cost of the member that was last in turn. */
type Circle<Content> = { members: Map<string, Member<Content>>; turn: number }
type Senders<Item> = Circle<Item[]>

export function fairQueue<Item>(itemsMax: number): FairQueue<Item> {
  const projects: Circle<Senders<Item>> = newCircle()
  let size = 0

  function push(item: Item, owner: Owner): Item | null {
    const senders = join(projects, owner.project, newCircle<Item[]>)
    const items = join(senders, owner.sender, () => [])
    items.push(item)
    size += 1
    return size > itemsMax ? giveWay() : null
  }

  function giveWay(): Item | null {
    const [project, senders] = largest(projects, waitingOf)
    const [sender, items] = largest(senders, ({ length }) => length)
    const item = items.pop()
    size -= 1
    done({ project, sender }, 0)
    return item ?? null
  }

  function take(): Item | undefined {
    const senders = next(projects, of => waitingOf(of) > 0)
    const items = senders === null ? null : next(senders, ({ length }) => length > 0)
    if (items === null) return undefined
    size -= 1
    return items.shift()
  }

  function done({ project, sender }: Owner, cost: number): void {
    const senders = projects.members.get(project)?.content
    if (senders === undefined) return
    leave(senders, sender, cost, itemsMax)
    leave(projects, project, cost, itemsMax)
  }

  function clear(): Item[] {
    const items = contentsOf(projects).flatMap(senders => contentsOf(senders).flat())
    projects.members.clear()
    size = 0
    return items
  }

  return { push, take, done, clear }
}

function newCircle<Content>(): Circle<Content> {
  return { members: new Map(), turn: 0 }
}

function join<Content>({ members, turn }: Circle<Content>, name: string, empty: () => Content): Content {
  const member = members.get(name) ?? { content: empty(), cost: turn, pending: 0 }
  members.set(name, member)
  if (member.pending === 0) member.cost = Math.max(member.cost, turn)
  member.pending += 1
  return member.content
}

/** The member whose turn it is, of those that wait. It goes to the end, behind others of the same cost. */
function next<Content>(circle: Circle<Content>, waits: (content: Content) => boolean): Content | null {
  const [first, ...others] = [...circle.members].filter(([, { content }]) => waits(content))
  if (first === undefined) return null
  const [name, member] = others.reduce((least, other) => (other[1].cost < least[1].cost ? other : least), first)
  circle.members.delete(name)
  circle.members.set(name, member)
  circle.turn = Math.max(circle.turn, member.cost)
  return member.content
}

/** Only members who are ahead of the turn are remembered when they have nothing pending, and not more than `max`. */
function leave<Content>({ members, turn }: Circle<Content>, name: string, cost: number, max: number): void {
  const member = members.get(name)
  if (member === undefined) return
  member.cost += cost
  member.pending -= 1
  for (const [other, { pending, cost: ofOther }] of members) {
    if (pending === 0 && (ofOther <= turn || members.size > max)) members.delete(other)
  }
}

function contentsOf<Content>({ members }: Circle<Content>): Content[] {
  return [...members.values()].map(({ content }) => content)
}

function waitingOf<Item>(senders: Senders<Item>): number {
  return contentsOf(senders).reduce((waiting, { length }) => waiting + length, 0)
}

function largest<Content>({ members }: Circle<Content>, sizeOf: (content: Content) => number): [string, Content] {
  const [first, ...others] = [...members].map(([name, { content }]): [string, Content] => [name, content])
  if (first === undefined) throw new Error('a queue that is full is not empty')
  return others.reduce((best, other) => (sizeOf(other[1]) > sizeOf(best[1]) ? other : best), first)
}
