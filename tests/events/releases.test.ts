// Goal: the latest release is the one that people mean: the highest version, however it is written, else the newest
// name. Method: lists that are shuffled and sorted again; the order is total.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  compareReleases,
  highestReleases,
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

t.test('versions are ordered as versions, whatever the package, a v or a build say', async t => {
  t.same(sorted('shop@1.10.0', 'shop@1.9.0', 'shop@1.10.0-rc.1', 'v1.2', 'shop@2.0.0+45', '1.2.1'), [
    'v1.2',
    '1.2.1',
    'shop@1.9.0',
    'shop@1.10.0-rc.1',
    'shop@1.10.0',
    'shop@2.0.0+45'
  ])
  t.same(sorted('app@1.0.0+2', 'app@1.0.0+10', 'app@1.0.0+1'), ['app@1.0.0+1', 'app@1.0.0+2', 'app@1.0.0+10'])
})

t.test('other names come before them, by when they were first seen', async t => {
  t.same(sorted('deadbeef', '1.0.0', 'abc123', '2024-11-23', 'x@latest'), [
    'deadbeef',
    'abc123',
    '2024-11-23',
    'x@latest',
    '1.0.0'
  ])
})

t.test('any names have one order', async () => {
  const version = fc.oneof(fc.string(), fc.stringMatching(/^(a@)?v?\d{1,2}\.\d{1,2}(\.\d)?(-rc\.\d)?(\+\d)?$/))
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

t.test('each package has its own highest release', async t => {
  const names = highestReleases([
    'shop@1.9.0',
    'shop@1.10.0',
    'shop@1.10.0-rc.1',
    'api@3.0.0',
    '2.0',
    'deadbeef',
    'x@latest'
  ]).map(release => release.split(orderedSeparator)[1])
  t.same(names, ['shop@1.10.0', 'api@3.0.0', '2.0'])
  t.same(highestReleases(['deadbeef', '']), [])
})
