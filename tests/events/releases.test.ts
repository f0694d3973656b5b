// Goal: the latest release is the one that people mean: the highest version, however it is written, else the newest
// name. Method: lists that are shuffled and sorted again; the order is total.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  compareReleases,
  latestReleases,
  orderedRelease,
  orderedSeparator,
  type Release
} from '../../events/releases.ts'

function sorted(...versions: string[]): string[] {
  return versions
    .map((version, firstSeen) => ({ version, firstSeen }))
    .sort(compareReleases)
    .map(({ version }) => version)
}

/** Each line from the earliest to the latest, first seen in the other direction: only the names decide. */
const byName: readonly string[][] = [
  ['v1.2', 'shop@1.2.1', 'shop@1.9.0', 'shop@1.10.0-rc.1', 'shop@1.10.0', 'shop@2.0.0+45'],
  ['app@1.0.0', 'app@1.0.0+2', 'app@1.0.0+9', 'app@1.0.0+10', 'app@1.0.0.1', 'app@1.0.1-beta', 'app@1.0.1'],
  ['1.0 (9)', '1.0 (63)', '1.0 (1041)', '1.1 (1)'],
  ['1.2.3-beta.1', '1.2.3-beta.1+7', '1.2.3-beta.2', '1.2.3', '1.2.3.0-rc', '1.2.3.4-rc', '1.2.3.4', '1.2.3.10'],
  ['9', '63', '1041', '104100'],
  ['2026.1.9', '2026.01.10', '2026.11', '2026.11.29', '2026.11.29.2'],
  ['2026-09-01', '2026-11-29', '2026-11-29.1', '2026-11-29.2', '2026-11-30'],
  ['20260901', 'web@20261129', '20261129093000', '20261129103000', '20261130'],
  ['2026-11-29T09:30:00Z', '2026-11-29T10:30:00Z', '2026-11-30'],
  // Hashes are before versions, whatever they look like.
  ['1234567', '1.0'],
  ['0a1b2c3', '1.0'],
  ['99999999', '1.0']
]

t.test('releases are ordered by what their names say', async t => {
  for (const line of byName) t.same(sorted(...[...line].reverse()), line, line.join(' < '))
})

t.test('names that say no version come by the moment they were first seen', async t => {
  for (const line of [
    ['deadbeef', 'abc123', 'x@latest', 'main'],
    ['1234567', '7654321', '20269999', '1111111'],
    ['2026-13-01', '1.0 (beta)', 'v', '1..2', '', '@', '-1']
  ]) {
    t.same(sorted(...line), line)
    t.same(sorted(...[...line].reverse()), [...line].reverse())
  }
  t.same(sorted('deadbeef', '1.0.0', 'abc123', 'x@latest'), ['deadbeef', 'abc123', 'x@latest', '1.0.0'])
})

t.test('any names have one order', async () => {
  const version = fc.oneof(
    fc.string(),
    fc.stringMatching(/^(a@)?v?\d{1,2}(\.\d{1,2}){0,3}(-rc\.\d)?(\+\d)?( \(\d\))?$/)
  )
  const release: fc.Arbitrary<Release> = fc.record({ version, firstSeen: fc.nat(3) })
  fc.assert(
    fc.property(release, release, release, (a, b, c) => {
      const [ab, bc, ac] = [compareReleases(a, b), compareReleases(b, c), compareReleases(a, c)]
      const isTransitive = !(ab <= 0 && bc <= 0) || ac <= 0
      return (
        isTransitive && Math.sign(ab) === -Math.sign(compareReleases(b, a)) && (ab !== 0 || a.version === b.version)
      )
    }),
    { numRuns: 2_000 }
  )
})

t.test('versions sort as text just as they do as versions', async () => {
  const part = fc.oneof(
    fc.constantFrom('alpha', 'alpha-b', 'beta', 'rc', 'x', '0', '1', '2', '10', '11'),
    fc.stringMatching(/^[0-9A-Za-z-]{1,4}$/)
  )
  const number = fc.oneof(fc.nat(12), fc.nat())
  const version = fc
    .record({ numbers: fc.tuple(number, number, number), parts: fc.array(part, { maxLength: 3 }) })
    .map(({ numbers, parts }) => numbers.join('.') + (parts.length === 0 ? '' : `-${parts.join('.')}`))
  const sortedForm = (release: string): string => orderedRelease(release).split(orderedSeparator, 1)[0] ?? ''
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [formA, formB] = [sortedForm(`shop@${a}`), sortedForm(`shop@${b}`)]
      const byText = Buffer.compare(Buffer.from(formA), Buffer.from(formB))
      // Of one version in two spellings neither is higher.
      if (byText === 0) return
      const one = { version: `shop@${a}`, firstSeen: 0 }
      const other = { version: `shop@${b}`, firstSeen: 0 }
      assert.equal(byText, Math.sign(compareReleases(one, other)), `${formA} and ${formB}`)
    }),
    { numRuns: 5_000 }
  )
})

t.test('what has no version sorts by none, and keeps its name', async t => {
  t.equal(orderedRelease('deadbeef'), `${orderedSeparator}deadbeef`)
  t.equal(orderedRelease(''), '')
  t.equal(orderedRelease('shop@1.2.3'), `0011.0012.0013~${orderedSeparator}shop@1.2.3`)
})

t.test('each package has its own latest release', async t => {
  const latest = (...versions: string[]) =>
    latestReleases(versions.map((version, firstSeen) => ({ version, firstSeen }))).map(
      release => release.split(orderedSeparator)[1]
    )
  t.same(latest('shop@1.9.0', 'shop@1.10.0', 'shop@1.10.0-rc.1', 'api@3.0.0', '2.0', 'deadbeef', 'x@a', 'x@b'), [
    'shop@1.10.0',
    'api@3.0.0',
    '2.0',
    'x@b'
  ])
  t.same(latest('', 'deadbeef'), ['deadbeef'])
  t.same(latest(''), [])
})
