// Goal: a release is marked once, in the bucket that it came in, and only where that is known; a deploy where it was.
import { expect, test } from 'vitest'
import { absoluteShort } from '../lib/time.ts'
import { chartMarks, linesOf } from './marks.ts'

const hourMs = 3_600_000
const buckets = [0, 1, 2, 3].map(hour => ({ bucket: new Date(hour * hourMs).toISOString() }))
const came = (version: string, hour: number) => ({ version, first_seen: new Date(hour * hourMs).toISOString() })
const deployed = (release: string, hour: number) => ({
  release,
  environment: 'production',
  finished_at: new Date(hour * hourMs).toISOString()
})

test('releases are marked where they came, those of one bucket together', () => {
  const releases = [came('web@1.2.0', 2.5), came('web@1.1.0', 1), came('api@7', 2)]
  const marks = chartMarks(buckets, hourMs, { releases })
  expect(marks).toEqual([
    { index: 1, versions: ['web@1.1.0'], deploys: [] },
    { index: 2, versions: ['web@1.2.0', 'api@7'], deploys: [] }
  ])
  expect(marks.map(linesOf)).toEqual([['new: web@1.1.0'], ['new: web@1.2.0 and 1 more']])
})

test('what came before the chart, after it or with its first bucket is not marked', () => {
  const releases = [came('web@1', -1), came('web@2', 0.5), came('web@3', 4)]
  expect(chartMarks(buckets, hourMs, { releases })).toEqual([])
  expect(chartMarks([], hourMs, { releases: [came('web@1', 0)], deploys: [deployed('web@1', 0)] })).toEqual([])
})

test('deploys are marked in the first bucket too, named with their time as long as they are few', () => {
  const deploys = [0.9, 0.5, 0.1, 0.2, 0.3].map(hour => deployed(`web@${hour}`, hour))
  const [mark, ...others] = chartMarks(buckets, hourMs, { deploys, releases: [came('web@1', 1)] })
  expect(others.map(({ index }) => index)).toEqual([1])
  expect(mark?.deploys.map(({ release }) => release)).toEqual(['web@0.1', 'web@0.2', 'web@0.3', 'web@0.5', 'web@0.9'])
  expect(mark === undefined ? [] : linesOf(mark)).toEqual([
    ...[0.1, 0.2, 0.3].map(
      hour => `web@${hour} deployed to production, ${absoluteShort(new Date(hour * hourMs).toISOString())}`
    ),
    '2 more deploys'
  ])
})
