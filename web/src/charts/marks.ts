/**
 * Where in a chart releases came up and were deployed. A release that came in the first bucket is left out: that may
 * have come long before what is kept.
 */
import type { Deploy, Release } from '../api/types.ts'
import { absoluteShort } from '../lib/time.ts'

export type ReleaseCame = Pick<Release, 'version' | 'first_seen'>
export type Deployed = Pick<Deploy, 'release' | 'environment' | 'finished_at'>

/** The bucket by its place, the releases that came in it and the deploys, oldest first. */
export type ChartMark = { index: number; versions: string[]; deploys: Deployed[] }

/** More marks than these would hide what they stand in: they are short ticks then. */
export const wholeMarksMax = 4
export const tickPx = 7
/** Deploys that are named, of one bucket. */
const namedMax = 3

export function chartMarks(
  buckets: readonly { bucket: string }[],
  bucketMs: number,
  { releases = [], deploys = [] }: { releases?: readonly ReleaseCame[]; deploys?: readonly Deployed[] }
): ChartMark[] {
  const marks = new Map<number, ChartMark>()
  const begins = buckets.map(({ bucket }) => Date.parse(bucket))
  const indexOf = (time: string): number => {
    const at = Date.parse(time)
    return begins.findLastIndex(begin => begin <= at && at < begin + bucketMs)
  }
  const markAt = (index: number): ChartMark => {
    const mark = marks.get(index) ?? { index, versions: [], deploys: [] }
    marks.set(index, mark)
    return mark
  }
  for (const { version, first_seen: came } of releases) {
    const index = indexOf(came)
    if (index > 0) markAt(index).versions.push(version)
  }
  for (const deploy of deploys.toSorted((a, b) => (a.finished_at < b.finished_at ? -1 : 1))) {
    const index = indexOf(deploy.finished_at)
    if (index >= 0) markAt(index).deploys.push(deploy)
  }
  return [...marks.values()].sort((a, b) => a.index - b.index)
}

/** "new: web@1.4.0 and 2 more", "web@1.4.0 deployed to production, 14:03": a line each. */
export function linesOf({ versions: [first, ...others], deploys }: ChartMark): string[] {
  const more = deploys.length - namedMax
  return [
    ...(first === undefined ? [] : [`new: ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`]),
    ...deploys
      .slice(0, namedMax)
      .map(
        ({ release, environment, finished_at: at }) => `${release} deployed to ${environment}, ${absoluteShort(at)}`
      ),
    ...(more > 0 ? [`${more} more ${more === 1 ? 'deploy' : 'deploys'}`] : [])
  ]
}
