/**
 * Reads the version out of a release's name, behind the package: semantic and calendar versions of one to six numbers,
 * builds (`1.0.0+9`, `1.0 (63)`), numbers alone (`1041`), dates and times. Hashes and words have none: a number alone
 * of seven digits or more is one only if it is a date, because short hashes are often nothing but digits.
 */
import semver from 'semver'

/**
 * Texts of digits and, in `prerelease`, words. `build` is empty unless it is all numbers: other builds have no order.
 */
export type Version = { numbers: string[]; prerelease: string[]; build: string[] }

const charsMax = 200

const forms: readonly [RegExp, (...groups: string[]) => Version | null][] = [
  // 1.0 (63)
  [/^(v?[\d.]{1,100}) ?\((\d{1,15})\)$/, (name, build) => withBuild(versionIn(name ?? ''), [build ?? ''])],
  // 2026-11-29, and a time or a number of the day behind it
  [
    /^((?:19|20)\d\d)-(\d\d?)-(\d\d?)(?:[-_.T ](\d[\d:.-]{0,30}?)Z?)?$/,
    (year, month, day, rest) => dated([year, month, day], rest)
  ],
  // 20261129, 20261129103000, 20261129.2
  [/^((?:19|20)\d\d)(\d\d)(\d\d)(?:[-_.T]?(\d{1,9}))?$/, (year, month, day, rest) => dated([year, month, day], rest)],
  [/^v?(\d{1,6})$/, number => ({ numbers: [number ?? ''], prerelease: [], build: [] })],
  // Two to six numbers, and what semantic versions have behind theirs.
  [
    /^v?(\d{1,15}(?:\.\d{1,15}){1,5})((?:[-+][\w.+-]{1,150})?)$/i,
    (numbers, rest) => withRest((numbers ?? '').split('.'), rest ?? '')
  ]
]

/** Null when there is none. */
export function versionIn(name: string): Version | null {
  const text = name.slice(0, charsMax).trim()
  for (const [form, read] of forms) {
    const found = form.exec(text)
    const version = found === null ? null : read(...found.slice(1))
    if (version !== null) return version
  }
  const loose = semver.parse(text, { loose: true })
  return loose === null ? null : withParts([loose.major, loose.minor, loose.patch].map(String), loose)
}

function dated(date: (string | undefined)[], rest: string | undefined): Version | null {
  const [, month = 0, day = 0] = date.map(Number)
  if (month < 1 || month > 12 || day < 1 || day > 31) return null
  const more = (rest ?? '').split(/\D+/).filter(part => part !== '')
  return { numbers: [...date.map(part => part ?? ''), ...more], prerelease: [], build: [] }
}

function withRest(numbers: string[], rest: string): Version | null {
  const parsed = semver.parse(`0.0.0${rest}`, { loose: true })
  return parsed === null ? null : withParts(numbers, parsed)
}

function withParts(numbers: string[], { prerelease, build }: semver.SemVer): Version {
  return withBuild({ numbers, prerelease: prerelease.map(String), build: [] }, build)
}

function withBuild<Known extends Version | null>(version: Known, build: readonly string[]): Known {
  return version === null || !build.every(part => /^\d{1,30}$/.test(part)) ? version : { ...version, build: [...build] }
}
