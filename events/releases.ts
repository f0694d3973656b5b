/**
 * The order of releases, the one place that decides it: releases that hold a version by it, and before them in time all
 * others (hashes, words), by when they were first seen. So the latest is the highest version, or the newest name where
 * no release has a version. Commits need that order where there is no code: there a release carries its version in a
 * form that sorts as text.
 */
import { LRUCache } from 'lru-cache'
import { versionIn, type Version } from './release-versions.ts'

/** `firstSeen` in milliseconds since the epoch. */
export type Release = { version: string; firstSeen: number }

/** Negative when `a` comes before `b`. Total: two releases are equal only when they have one name. */
export function compareReleases(a: Release, b: Release): number {
  return (
    compare(versionForm(a.version), versionForm(b.version)) ||
    a.firstSeen - b.firstSeen ||
    compare(a.version, b.version)
  )
}

/**
 * Compares the versions of two releases; null where one has none, or where `asked` names a package and the release is
 * of another one.
 */
export function compareVersions(release: string, asked: string): number | null {
  const [form, wanted] = [versionForm(release), versionForm(asked)]
  const isOther = packageOf(asked) !== '' && packageOf(asked) !== packageOf(release)
  return form === '' || wanted === '' || isOther ? null : compare(form, wanted)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Between the version that sorts and the release itself. No version holds it. */
export const orderedSeparator = '\u001f'

const orderedRemembered = 5_000
const remembered = new LRUCache<string, string>({ max: orderedRemembered })

/**
 * The release with its version before it, in a form that sorts byte by byte as versions do; nothing before it where it
 * has none.
 */
export function orderedRelease(release: string): string {
  if (release === '') return ''
  const known = remembered.get(release)
  if (known !== undefined) return known
  const version = versionIn(afterPackage(release))
  const ordered = `${version === null ? '' : sortedForm(version)}${orderedSeparator}${release}`
  remembered.set(release, ordered)
  return ordered
}

/** Whether the name says itself where it belongs among others. */
export function hasVersion(release: string): boolean {
  return versionForm(release) !== ''
}

/** '' for a release without a version, which is before all versions. */
function versionForm(release: string): string {
  const ordered = orderedRelease(release)
  return ordered.slice(0, Math.max(0, ordered.indexOf(orderedSeparator)))
}

/** Of each package the latest release, as `orderedRelease` writes it. */
export function latestReleases(releases: readonly Release[]): string[] {
  const latest = new Map<string, Release>()
  for (const release of releases) {
    const name = packageOf(release.version)
    const known = latest.get(name)
    if (known === undefined || compareReleases(release, known) > 0) latest.set(name, release)
  }
  return [...latest.values()].map(({ version }) => orderedRelease(version)).filter(ordered => ordered !== '')
}

/** What stands before the last `@`. */
function packageOf(release: string): string {
  return release.slice(0, Math.max(0, release.lastIndexOf('@')))
}

function afterPackage(release: string): string {
  return release.slice(release.lastIndexOf('@') + 1)
}

/**
 * A pre-release comes before its release, its numbers before its words, and fewer parts before more: `-` is before `~`,
 * the blank before all. Then what a build adds, which is before a fourth number.
 */
function sortedForm({ numbers: [major = '0', minor = '0', patch = '0', ...more], prerelease, build }: Version): string {
  const parts = prerelease.map(part => (/^\d+$/.test(part) ? `0${sortedNumber(part)}` : `1${part}`))
  const end = parts.length === 0 ? '~' : `-${parts.join(' ')}`
  const others = more.length === 0 ? '' : `~.${more.map(sortedNumber).join('.')}`
  const builds = build.length === 0 ? '' : `\u0010${build.map(sortedNumber).join('.')}`
  return `${[major, minor, patch].map(sortedNumber).join('.')}${others}${end}${builds}`
}

function sortedNumber(number: string): string {
  const digits = number.replace(/^0+(?=\d)/, '')
  return `${String(digits.length).padStart(3, '0')}${digits}`
}
