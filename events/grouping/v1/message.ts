/**
 * Messages without what changes from one time to the next: ids, numbers, times, addresses become `<uuid>`, `<int>`, …
 * What stays is the same for every event of one bug. At most two lines and 1,024 characters are looked at. One pass
 * tries the patterns in their order at each place; every pattern has bounded repetitions, so the time is linear in the
 * text. Passes are repeated until nothing changes (each takes digits or quotes away, so that ends soon), which makes it
 * idempotent.
 */
import { cut } from '../../text.ts'

const linesMax = 2
const charsMax = 1_024

const boundary = { start: String.raw`(?<![\w.])`, end: String.raw`(?!\w|\.\d)` }
const word = { start: String.raw`(?<!\w)`, end: String.raw`(?!\w)` }
const month = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}'
const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}'
const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?`
const zone = String.raw`(?: ?(?:z|utc|gmt|[+-]\d{2}:?\d{2})(?!\w)){0,2}`
const hexGroup = '[0-9a-f]{1,4}'

/** In the order in which they are tried. Case does not matter but where it says so. */
const patterns: ReadonlyArray<readonly [name: string, pattern: string]> = [
  ['email', String.raw`(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}`],
  ['url', String.raw`(?<!\w)[a-z][a-z0-9+.-]{1,15}:\/\/[^\s<>"']{1,1024}`],
  ['traceparent', String.raw`${word.start}[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}${word.end}`],
  ['uuid', String.raw`${word.start}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}${word.end}`],
  [
    'date',
    [
      String.raw`${boundary.start}\d{4}-\d{2}-\d{2}(?:[t ]${clock}${zone})?${boundary.end}`,
      String.raw`${boundary.start}(?:\d{4}\/\d{1,2}\/\d{1,2}|\d{1,2}\/\d{1,2}\/\d{2,4})(?: ${clock}${zone})?` +
        String.raw`${boundary.end}`,
      String.raw`${word.start}${weekday},? (?:\d{1,2} ${month}|${month} \d{1,2}),? \d{2,4} ${clock}${zone}` +
        String.raw`(?: \([\w ]{1,40}\))?`,
      String.raw`(?<![\w.:])(?:\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?|\d{1,2}:\d{2}(?= ?[ap]m(?!\w)))(?: ?[ap]m` +
        String.raw`(?!\w))?(?![\w:]|\.\d)`
    ].join('|')
  ],
  [
    'ip',
    [
      String.raw`${boundary.start}(?:\d{1,3}\.){3}\d{1,3}${boundary.end}`,
      // Two colons alone are no address, and neither is C++: a digit is needed.
      String.raw`(?<![\w:.])(?=[a-f:]{0,20}\d)(?:(?:${hexGroup}:){7}${hexGroup}|(?:${hexGroup}(?::` +
        String.raw`${hexGroup}){0,6})?::(?:${hexGroup}(?::${hexGroup}){0,6})?)(?![\w:])`
    ].join('|')
  ],
  ['sha1', String.raw`${word.start}[0-9a-f]{40}${word.end}`],
  ['md5', String.raw`${word.start}[0-9a-f]{32}${word.end}`],
  [
    'hex',
    [
      String.raw`${word.start}0x[0-9a-f]{1,128}${word.end}`,
      String.raw`${word.start}(?=[a-f]{0,127}\d)(?=\d{0,127}[a-f])[0-9a-f]{8,128}${word.end}`
    ].join('|')
  ],
  ['git_sha', String.raw`${word.start}(?=[a-f]{0,6}\d)(?=\d{0,6}[a-f])[0-9a-f]{7}${word.end}`],
  [
    'duration',
    String.raw`${boundary.start}\d{1,20}(?:\.\d{1,20})?(?:ns|us|µs|μs|ms|s|sec|secs|seconds?|m|mins?|minutes?` +
      String.raw`|h|hrs?|hours?|d|days?)${word.end}`
  ],
  [
    'float',
    String.raw`${boundary.start}(?:(?<![\w.)\]>])-)?\d{1,40}(?:\.\d{1,40}(?:e[+-]?\d{1,4})?|e[+-]?\d{1,4})` +
      String.raw`${boundary.end}`
  ],
  ['int', String.raw`${boundary.start}(?:(?<![\w.)\]>])-)?\d{1,1024}${boundary.end}`],
  ['quoted', String.raw`(?<==)(?:'[^'\r\n]{0,1024}'|"[^"\r\n]{0,1024}")`],
  ['bool', String.raw`(?<==)(?:true|false)${word.end}`]
]
const names = patterns.map(([name]) => `<${name}>`)
const changing = new RegExp(patterns.map(([, pattern]) => `(${pattern})`).join('|'), 'gi')
/** What every pattern needs one of. */
const suspicious = /[\d@=]|:\/\//

export function normaliseMessage(message: string): string {
  let text = firstLines(message)
  while (suspicious.test(text)) {
    const next = firstLines(text.replace(changing, placeholder))
    if (next === text) break
    text = next
  }
  return text
}

function firstLines(message: string): string {
  // Twice as much as is kept, for blank lines and space at the ends of lines.
  const lines = cut(message.trimStart(), 2 * charsMax)
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(line => line !== '')
  return cut(lines.slice(0, linesMax).join('\n'), charsMax).trimEnd()
}

/** Called with the match and one group for each pattern, of which one is set. */
function placeholder(match: string, ...groups: unknown[]): string {
  const matched = groups.findIndex(group => group !== undefined)
  return names[matched] ?? match
}
