/**
 * Which release an event is of: every service is released every few days, and most of the traffic is on the newest
 * within hours.
 */
import { itemAt, type Random } from './random.ts'
import type { Service } from './vocabulary.ts'

export type Releases = {
  /** A release of this service that runs at this time. */
  at: (service: Service, time: number) => string
}

type Release = { name: string; since: number }

const dayMs = 86_400_000
const daysBetween = 4.5
const olderShare = 0.15
const olderMax = 3

export function createReleases(
  services: readonly Service[],
  { from, to }: { from: number; to: number },
  random: Random
): Releases {
  const released = new Map(
    services.map(service => [service, { list: releasesOf(service, from, to, random), newest: 0 }])
  )

  /** Times are asked for in order, so the newest is never looked for. */
  function at(service: Service, time: number): string {
    const own = released.get(service)
    if (own === undefined) throw new Error(`there is no service ${service.name}`)
    while ((own.list[own.newest + 1]?.since ?? Infinity) <= time) own.newest += 1
    const back = random.unit() < olderShare ? 1 + random.below(olderMax) : 0
    return itemAt(own.list, Math.max(0, own.newest - back)).name
  }
  return { at }
}

/** The first ones were there before the record begins. */
function releasesOf({ name }: Service, from: number, to: number, random: Random): Release[] {
  const releases: Release[] = []
  let [minor, patch] = [random.below(20), 0]
  for (
    let since = from - olderMax * daysBetween * dayMs;
    since < to;
    since += (0.5 + random.unit()) * daysBetween * dayMs
  ) {
    releases.push({ name: `${name}@4.${minor}.${patch}`, since })
    if (random.unit() < 0.6) patch += 1
    else [minor, patch] = [minor + 1, 0]
  }
  return releases
}
