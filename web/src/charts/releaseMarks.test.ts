// Goal: a release is marked once, in the bucket that it came in, and only where that is known.
import { expect, test } from 'vitest'
import { namesOf, releaseMarks } from './releaseMarks.ts'

const hourMs = 3_600_000
const buckets = [0, 1, 2, 3].map(hour => ({ bucket: new Date(hour * hourMs).toISOString() }))
const came = (version: string, hour: number) => ({ version, first_seen: new Date(hour * hourMs).toISOString() })

test('releases are marked where they came, those of one bucket together', () => {
  const marks = releaseMarks(buckets, hourMs, [came('web@1.2.0', 2.5), came('web@1.1.0', 1), came('api@7', 2)])
  expect(marks).toEqual([
    { index: 1, versions: ['web@1.1.0'] },
    { index: 2, versions: ['web@1.2.0', 'api@7'] }
  ])
  expect(marks.map(namesOf)).toEqual(['web@1.1.0', 'web@1.2.0 and 1 more'])
})

test('what came before the chart, after it or with its first bucket is not marked', () => {
  expect(releaseMarks(buckets, hourMs, [came('web@1', -1), came('web@2', 0.5), came('web@3', 4)])).toEqual([])
  expect(releaseMarks([], hourMs, [came('web@1', 0)])).toEqual([])
})
