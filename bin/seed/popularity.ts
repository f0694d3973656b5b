/**
 * Which issue an event belongs to: by Zipf's law, so that the first has about a tenth of all events and most have a
 * handful. An issue begins at one event of the whole sequence, which makes every issue that was asked for appear; most
 * of them end after some days, and on every day one of them is an incident with a good part of that day's events.
 */
import { itemAt, type Random } from './random.ts'

export type Popularity = {
  /**
   * The issue that begins with this event, counted from 0; undefined when none does. Asked in order, once for each
   * event.
   */
  begins: (event: number) => number | undefined
  /** Chooses by the table; before there is anything in it, the first issue. */
  choose: () => number
  /** Makes the table from what has begun and not ended by this day, counted from 0. */
  renew: (day: number) => void
}

/** The most frequent ones begin at once and never end. */
const permanent = 20
/** Among the first events so many for every issue that begins there: a project has a past when its record begins. */
const shareKnownAtFirst = 0.3
const firstShareOfEvents = 0.03
const incidentShare = 0.08
const daysMean = 12

export function createPopularity({ issues, events }: { issues: number; events: number }, random: Random): Popularity {
  const starts = startsOf(issues, events, random)
  const weights = Float64Array.from({ length: issues }, (_, issue) => 1 / (rankOf(issue, issues) + 1))
  const lastDay = new Float64Array(issues)
  let begun = 0
  let today = 0
  let table: ((random: Random) => number) | undefined

  function begins(event: number): number | undefined {
    if (begun >= issues || starts[begun] !== event) return undefined
    const issue = begun++
    lastDay[issue] = issue < permanent ? Infinity : today - Math.log(1 - random.unit()) * daysMean
    return issue
  }

  function renew(day: number): void {
    today = day
    const active: number[] = []
    for (let issue = 0; issue < begun; issue++) if ((lastDay[issue] ?? 0) >= day) active.push(issue)
    const shares = Float64Array.from(active, issue => weights[issue] ?? 0)
    if (active.length > permanent) {
      const incident = permanent + random.below(active.length - permanent)
      shares[incident] = incidentShare * shares.reduce((sum, share) => sum + share, 0)
    }
    table = active.length === 0 ? undefined : createTable(active, shares)
  }

  return { begins, choose: () => table?.(random) ?? 0, renew }
}

/**
 * The events at which issues begin, in order. All different, so the gaps between them are drawn; the first event begins
 * the first issue, and so there is always one to choose.
 */
function startsOf(issues: number, events: number, random: Random): Float64Array {
  const earlyEvents = Math.floor(events * firstShareOfEvents)
  const early = Math.min(earlyEvents, Math.floor(issues * shareKnownAtFirst))
  const starts = new Float64Array(issues)
  for (let issue = 0; issue < issues; issue++) {
    const [first, end, count, index] =
      issue < early ? [0, earlyEvents, early, issue] : [earlyEvents, events, issues - early, issue - early]
    // One in each of as many equal parts, so none is met twice.
    const low = first + Math.floor((index * (end - first)) / count)
    const high = first + Math.floor(((index + 1) * (end - first)) / count)
    starts[issue] = low + random.below(Math.max(1, Math.min(high - low, 1_000)))
  }
  starts[0] = 0
  return starts
}

/** The first issues have the first ranks; the others are scattered over the rest. */
function rankOf(issue: number, issues: number): number {
  if (issue < permanent || issues <= permanent) return issue
  const rest = issues - permanent
  return permanent + (((issue - permanent) * coprimeTo(rest)) % rest)
}

function coprimeTo(number: number): number {
  let candidate = Math.max(1, Math.floor(number * 0.618))
  while (greatestCommonDivisor(candidate, number) !== 1) candidate += 1
  return candidate
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Walker's alias method: one draw and one comparison, however many items there are. */
function createTable(items: readonly number[], weights: Float64Array): (random: Random) => number {
  const count = items.length
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const chance = weights.map(weight => (weight * count) / total)
  const alias = new Uint32Array(count)
  const poor: number[] = []
  const rich: number[] = []
  chance.forEach((share, index) => (share < 1 ? poor : rich).push(index))
  while (poor.length > 0 && rich.length > 0) {
    const [from, to] = [rich.at(-1) ?? 0, poor.pop() ?? 0]
    alias[to] = from
    chance[from] = (chance[from] ?? 0) + (chance[to] ?? 0) - 1
    if ((chance[from] ?? 0) < 1) poor.push(rich.pop() ?? 0)
  }
  // What rounding left over.
  for (const index of [...poor, ...rich]) chance[index] = 1

  return random => {
    const drawn = random.unit() * count
    const index = Math.floor(drawn)
    return itemAt(items, drawn - index < (chance[index] ?? 1) ? index : (alias[index] ?? index))
  }
}
