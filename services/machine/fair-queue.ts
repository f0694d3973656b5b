/**
 * A bounded queue that is fair to projects, and within a project to senders: each takes its turn, so who sends much
 * waits behind what they sent themselves. Beyond the bound the newest of the sender who has most waiting gives way, in
 * the project that has most waiting.
 */
export type Owner = { project: string; sender: string }

export type FairQueue<Item> = {
  /** Returns what gave way, which may be the item itself; null when there was room. */
  push: (item: Item, owner: Owner) => Item | null
  take: () => Item | undefined
  /** Takes all. */
  clear: () => Item[]
}

type Senders<Item> = Map<string, Item[]>

export function fairQueue<Item>(itemsMax: number): FairQueue<Item> {
  const projects = new Map<string, Senders<Item>>()
  let size = 0

  function push(item: Item, { project, sender }: Owner): Item | null {
    const senders = projects.get(project) ?? new Map<string, Item[]>()
    projects.set(project, senders)
    const items = senders.get(sender) ?? []
    senders.set(sender, items)
    items.push(item)
    size += 1
    return size > itemsMax ? giveWay() : null
  }

  function giveWay(): Item | null {
    const [project, senders] = largest(projects, of => sum([...of.values()].map(({ length }) => length)))
    const [sender, items] = largest(senders, ({ length }) => length)
    const item = items.pop()
    if (items.length === 0) senders.delete(sender)
    if (senders.size === 0) projects.delete(project)
    size -= 1
    return item ?? null
  }

  /** Who had a turn goes to the end. */
  function take(): Item | undefined {
    const [first] = projects
    if (first === undefined) return undefined
    const [project, senders] = first
    const [turn] = senders
    if (turn === undefined) throw new Error('a project without senders is not kept')
    const [sender, items] = turn
    projects.delete(project)
    senders.delete(sender)
    const item = items.shift()
    if (items.length > 0) senders.set(sender, items)
    if (senders.size > 0) projects.set(project, senders)
    size -= 1
    return item
  }

  function clear(): Item[] {
    const items = [...projects.values()].flatMap(senders => [...senders.values()].flat())
    projects.clear()
    size = 0
    return items
  }

  return { push, take, clear }
}

function largest<Value>(of: ReadonlyMap<string, Value>, sizeOf: (value: Value) => number): [string, Value] {
  const [first, ...others] = of
  if (first === undefined) throw new Error('a queue that is full is not empty')
  return others.reduce((best, other) => (sizeOf(other[1]) > sizeOf(best[1]) ? other : best), first)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
