// Goal: the latest release is the one that people mean: the highest version, however it is written, else the newest name.
// Method: lists that are shuffled and sorted again; the order is total.
import fc from 'fast-check'
import t from 'tap'
import { compareReleases, type Release } from '../../events/releases.ts'

function sorted (...versions: string[]): string[] {
  return versions.map((version, firstSeen) => ({ version, firstSeen })).sort(compareReleases).map(({ version }) => version)
}

t.test('versions are ordered as versions, whatever the package, a v or a build say', async t => {
  t.same(sorted('shop@1.10.0', 'shop@1.9.0', 'shop@1.10.0-rc.1', 'v1.2', 'shop@2.0.0+45', '1.2.1'), ['v1.2', '1.2.1', 'shop@1.9.0', 'shop@1.10.0-rc.1', 'shop@1.10.0', 'shop@2.0.0+45'])
  t.same(sorted('app@1.0.0+2', 'app@1.0.0+10', 'app@1.0.0+1'), ['app@1.0.0+1', 'app@1.0.0+2', 'app@1.0.0+10'])
})

t.test('other names come before them, by when they were first seen', async t => {
  t.same(sorted('deadbeef', '1.0.0', 'abc123', '2024-11-23', 'x@latest'), ['deadbeef', 'abc123', '2024-11-23', 'x@latest', '1.0.0'])
})

t.test('any names have one order', async () => {
  const version = fc.oneof(fc.string(), fc.stringMatching(/^(a@)?v?\d{1,2}\.\d{1,2}(\.\d)?(-rc\.\d)?(\+\d)?$/))
  const release: fc.Arbitrary<Release> = fc.record({ version, firstSeen: fc.nat(3) })
  fc.assert(fc.property(release, release, release, (a, b, c) => {
    const [ab, bc, ac] = [compareReleases(a, b), compareReleases(b, c), compareReleases(a, c)]
    const isTransitive = !(ab <= 0 && bc <= 0) || ac <= 0
    return isTransitive && Math.sign(ab) === -Math.sign(compareReleases(b, a)) && (ab !== 0 || a.version === b.version)
  }), { numRuns: 2_000 })
})
