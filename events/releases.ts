/**
 * The order of releases: releases that hold a semantic version (`shop@1.10.0+build` or `v2.1`) by it, and before them
 * in time all others, by when they were first seen. So the latest is the highest version, or the newest name where no
 * release has a version. Commits need that order where there is no code: there a release carries its version in a form
 * that sorts as text.
 */
import { LRUCache } from 'lru-cache'
import semver from 'semver'

/** `firstSeen` in milliseconds since the epoch. */
export type Release = { version: string; firstSeen: number }

const charsMax = 200

/** Negative when `a` comes before `b`. Total: two releases are equal only when they have one name. */
export function compareReleases(a: Release, b: Release): number {
  const [versionA, versionB] = [versionIn(a.version), versionIn(b.version)]
  if ((versionA === null) !== (versionB === null)) return versionA === null ? -1 : 1
  const byVersion =
    versionA !== null && versionB !== null ? versionA.compare(versionB) || versionA.compareBuild(versionB) : 0
  return byVersion || a.firstSeen - b.firstSeen || (a.version < b.version ? -1 : a.version > b.version ? 1 : 0)
}

/** Of `shop@1.10.0+build` what stands behind the last `@`; two numbers, or one with a `v`, are enough. */
function versionIn(release: string): semver.SemVer | null {
  const text = release
    .slice(0, charsMax)
    .slice(release.lastIndexOf('@') + 1)
    .trim()
  const exact = semver.parse(text, { loose: true })
  if (exact !== null) return exact
  const short = /^v?(\d{1,9})\.(\d{1,9})([-+][\w.+-]{1,100})?$/i.exec(text)
  return short === null ? null : semver.parse(`${short[1]}.${short[2]}.0${short[3] ?? ''}`)
}

/** Between the version that sorts and the release itself. No version holds it. */
export const orderedSeparator = '\u001f'

const orderedRemembered = 5_000
const remembered = new LRUCache<string, string>({ max: orderedRemembered })

/**
 * The release with its version before it, in a form that sorts byte by byte as versions do; nothing before it where it
 * has none. Builds have no order.
 */
export function orderedRelease(release: string): string {
  if (release === '') return ''
  const known = remembered.get(release)
  if (known !== undefined) return known
  const version = versionIn(release)
  const ordered = `${version === null ? '' : sortedForm(version)}${orderedSeparator}${release}`
  remembered.set(release, ordered)
  return ordered
}

/** Of each package the release with the highest version, as `orderedRelease` writes it. */
export function highestReleases(releases: readonly string[]): string[] {
  const highest = new Map<string, string>()
  for (const release of releases) {
    const ordered = orderedRelease(release)
    if (ordered === '' || ordered.startsWith(orderedSeparator)) continue
    const name = packageOf(release)
    if (ordered > (highest.get(name) ?? '')) highest.set(name, ordered)
  }
  return [...highest.values()]
}

/** What stands before the last `@`. */
function packageOf(release: string): string {
  return release.slice(0, Math.max(0, release.lastIndexOf('@')))
}

/**
 * A pre-release comes before its release, its numbers before its words, and fewer parts before more: `-` is before `~`,
 * the blank before all.
 */
function sortedForm({ major, minor, patch, prerelease }: semver.SemVer): string {
  const parts = prerelease.map(part => (/^\d+$/.test(String(part)) ? `0${sortedNumber(part)}` : `1${part}`))
  return [major, minor, patch].map(sortedNumber).join('.') + (parts.length === 0 ? '~' : `-${parts.join(' ')}`)
}

function sortedNumber(number: string | number): string {
  const digits = String(number)
  return `${String(digits.length).padStart(3, '0')}${digits}`
}
