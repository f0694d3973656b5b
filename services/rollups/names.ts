/**
 * Which names have rows of their own in a rollup of one day, so that rollups stay small whatever clients send, and what
 * matters is counted all the same. A name keeps its place when it was frequent on the days before; the first names of
 * the day get one while there are places; any other name earns one by coming often. Names that wait are counted by the
 * algorithm of Misra and Gries: it never takes a name for more frequent than it is, so names that come once each,
 * however many, earn nothing. Each place that was earned makes the next one dearer, so a day has a few dozen of them
 * at most.
 */
export type Names = {
  held: Set<string>
  /** Places that were given to whoever came first, and that were earned. */
  given: number
  earned: number
  /** Events of names that wait. */
  waiting: Map<string, number>
}

/** What a name must come to for the first place, and after how many places that doubles. */
const price = { first: 20, doublesAfter: 8 } as const
const waitingMax = 200

/** `known` are names of earlier days, `present` those that have rows of this day. */
export function namesOf(known: Iterable<string>, present: Iterable<string>, max: number): Names {
  const held = new Set(known)
  let others = 0
  for (const name of present) {
    if (held.has(name)) continue
    held.add(name)
    others += 1
  }
  return { held, given: Math.min(others, max), earned: Math.max(0, others - max), waiting: new Map() }
}

/** Counts one event of the name; returns whether the name has a place. `max` are the places for who comes first. */
export function hasPlace(names: Names, name: string, max: number): boolean {
  const { held } = names
  if (held.has(name) || name === '') return true
  if (names.given < max) {
    names.given += 1
    held.add(name)
    return true
  }
  if (waited(names.waiting, name) < price.first * 2 ** (names.earned / price.doublesAfter)) return false
  names.waiting.delete(name)
  names.earned += 1
  held.add(name)
  return true
}

/** How often the name came at least, while it waited. */
function waited(waiting: Map<string, number>, name: string): number {
  const count = (waiting.get(name) ?? 0) + 1
  if (count > 1 || waiting.size < waitingMax) {
    waiting.set(name, count)
    return count
  }
  for (const [other, times] of waiting) {
    if (times === 1) waiting.delete(other)
    else waiting.set(other, times - 1)
  }
  return 0
}
