import { texts } from './texts.ts'

/** What a browser calls itself, in words: "Firefox on Linux". '' when it cannot be told. */
const browsers: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\//, 'curl']
]
const systems: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/iPhone|iPad|iPod/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux']
]

export function browserName(userAgent: string): string {
  const find = (list: typeof browsers): string => list.find(([pattern]) => pattern.test(userAgent))?.[1] ?? ''
  const [browser, system] = [find(browsers), find(systems)]
  return browser === '' ? '' : system === '' ? browser : texts.sessions.browser(browser, system)
}
