/**
 * The order of releases: those that hold a semantic version (`shop@1.10.0+build` or `v2.1`) by it, and before them in time all others, by when
 * they were first seen. So the latest is the highest version, or the newest name where no release has a version.
 */
import semver from 'semver'

/** `firstSeen` in milliseconds since the epoch. */
export type Release = { version: string, firstSeen: number }

const charsMax = 200

/** Negative when `a` comes before `b`. Total: two releases are equal only when they have one name. */
export function compareReleases (a: Release, b: Release): number {
  const [versionA, versionB] = [versionIn(a.version), versionIn(b.version)]
  if ((versionA === null) !== (versionB === null)) return versionA === null ? -1 : 1
  const byVersion = versionA !== null && versionB !== null ? versionA.compare(versionB) || versionA.compareBuild(versionB) : 0
  return byVersion || a.firstSeen - b.firstSeen || (a.version < b.version ? -1 : a.version > b.version ? 1 : 0)
}

/** Of `shop@1.10.0+build` what stands behind the last `@`; two numbers, or one with a `v`, are enough. */
function versionIn (release: string): semver.SemVer | null {
  const text = release.slice(0, charsMax).slice(release.lastIndexOf('@') + 1).trim()
  const exact = semver.parse(text, { loose: true })
  if (exact !== null) return exact
  const short = /^v?(\d{1,9})\.(\d{1,9})([-+][\w.+-]{1,100})?$/i.exec(text)
  return short === null ? null : semver.parse(`${short[1]}.${short[2]}.0${short[3] ?? ''}`)
}
