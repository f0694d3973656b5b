/**
 * Messages without what changes from one time to the next: ids, numbers, times, addresses become `<uuid>`, `<int>`, …
 * What stays is the same for every event of one bug. At most two lines and 1,024 characters are looked at. One pass
 * tries the patterns in their order at each place; every pattern has bounded repetitions, so the time is linear in the
 * text. Passes are repeated until nothing changes (each takes digits or quotes away, so that ends soon), which makes it
 * idempotent.
 */
import { cut } from '../text.ts'
import { withoutContentHash } from './content-hashes.ts'

const linesMax = 2
const charsMax = 1_024

const boundary = { start: String.raw`(?<![\w.])`, end: String.raw`(?!\w|\.\d)` }
const word = { start: String.raw`(?<!\w)`, end: String.raw`(?!\w)` }
/** Ids stand behind underscores too: `job_8f5e…`. */
const part = { start: String.raw`(?<![a-z0-9])`, end: String.raw`(?![a-z0-9])` }
const month = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}'
const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}'
const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?`
const zone = String.raw`(?: ?(?:z|utc|gmt|[+-]\d{2}:?\d{2})(?!\w)){0,2}`
const hexGroup = '[0-9a-f]{1,4}'
const unit = '(?:ns|us|µs|μs|ms|s|sec|secs|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)'
const sign = String.raw`(?:(?<![\w.)\]>])[+-])?`

/** In the order in which they are tried. Case does not matter. */
const patterns: ReadonlyArray<readonly [name: string, pattern: string]> = [
  ['email', String.raw`(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}`],
  ['url', String.raw`(?<!\w)[a-z][a-z0-9+.-]{1,15}:\/\/[^\s<>"']{1,1024}`],
  ['file', String.raw`(?<![\w.@~+-])[\w.@~+-]{1,128}\.(?:[cm]?js|css)(?![\w.])`],
  // Names that Python and mktemp make up for temporary files.
  ['temp', String.raw`(?<=[/\\])tmp[._]?[a-z0-9_]{8,10}${word.end}`],
  ['pid', String.raw`#PID<[\d.]{1,40}>|(?<![\w>])<\d{1,10}\.\d{1,10}\.\d{1,10}>`],
  ['ref', String.raw`#(?:Reference|Port|Function)<[^<>\n]{1,200}>`],
  ['hex', String.raw`(?<=[a-z0-9_\]$;]@)(?:(?=[a-f]{0,15}\d)[0-9a-f]{4,16}|[0-9a-f]{6,16})(?![\w.-])`],
  ['traceparent', String.raw`${part.start}[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}${part.end}`],
  ['uuid', String.raw`${part.start}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}${part.end}`],
  [
    'date',
    [
      String.raw`${boundary.start}\d{4}-\d{2}-\d{2}(?:[t ]${clock}${zone})?${boundary.end}`,
      String.raw`${boundary.start}\d{1,2}\/${month}\/\d{4}:${clock}${zone}${boundary.end}`,
      String.raw`${boundary.start}\d{8}t\d{4,6}(?:\.\d{1,9})?z?${boundary.end}`,
      String.raw`${boundary.start}(?:\d{4}\/\d{1,2}\/\d{1,2}|\d{1,2}\/\d{1,2}\/\d{2,4})(?:,? ${clock}${zone})?` +
        String.raw`${boundary.end}`,
      String.raw`${boundary.start}(?:\d{1,2}\.\d{1,2}\.\d{4}|\d{4}\.\d{2}\.\d{2})(?:,? ${clock}${zone})?` +
        String.raw`${boundary.end}`,
      String.raw`${word.start}${weekday},? (?:\d{1,2} ${month}|${month} \d{1,2}),? \d{2,4} ${clock}${zone}` +
        String.raw`(?: \([\w ]{1,40}\))?`,
      String.raw`${boundary.start}\d{1,2}[- ]${month}[- ,]{1,2}\d{4}(?:[ :t]{1,2}${clock}${zone})?${boundary.end}`,
      String.raw`${word.start}${month} \d{1,2},? (?:\d{4}(?:,? ${clock}${zone})?|${clock}${zone})${boundary.end}`,
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
  ['sha1', String.raw`${part.start}[0-9a-f]{40}${part.end}`],
  ['md5', String.raw`${part.start}[0-9a-f]{32}${part.end}`],
  [
    'hex',
    [
      String.raw`${part.start}0x[0-9a-f]{1,128}${part.end}`,
      String.raw`${part.start}(?=[a-f]{0,127}\d)(?=\d{0,127}[a-f])[0-9a-f]{8,128}${part.end}`
    ].join('|')
  ],
  ['ulid', String.raw`${word.start}[0-7][0-9a-hjkmnp-tv-z]{25}${word.end}`],
  ['git_sha', String.raw`${word.start}(?=[a-f]{0,6}\d)(?=\d{0,6}[a-f])[0-9a-f]{7}${word.end}`],
  [
    'duration',
    [
      String.raw`${boundary.start}\d{1,20}(?:\.\d{1,20})?${unit}(?: ?\d{1,20}(?:\.\d{1,20})?${unit}){0,5}${word.end}`,
      String.raw`${word.start}p(?:\d{1,9}d)?t(?:\d{1,9}[hm]){0,2}(?:\d{1,9}(?:\.\d{1,9})?s)?(?<=\d[hms])${word.end}`
    ].join('|')
  ],
  ['size', String.raw`${boundary.start}\d{1,20}(?:\.\d{1,20})?[kmgtp]i?b${word.end}`],
  [
    'number',
    [
      // Thousands, as people group them.
      String.raw`${boundary.start}${sign}\d{1,3}(?:,\d{3}){1,10}(?:\.\d{1,20})?(?!\w|\.\d|,\d)`,
      String.raw`${boundary.start}${sign}\d{1,3}(?:\.\d{3}){1,10},\d{1,6}${boundary.end}`,
      String.raw`${boundary.start}${sign}\d{1,3}(?:(?:\.\d{3}){2,10}|(?:['’_\u00a0\u202f]\d{3}){1,10})` +
        String.raw`${boundary.end}`,
      String.raw`${boundary.start}${sign}\d{1,40}(?:\.\d{1,40}(?:e[+-]?\d{1,4})?|e[+-]?\d{1,4})${boundary.end}`,
      String.raw`${boundary.start}${sign}\d{1,1024}${boundary.end}`
    ].join('|')
  ],
  ['quoted', String.raw`(?<==)(?:'[^'\r\n]{0,1024}'|"[^"\r\n]{0,1024}")`],
  ['bool', String.raw`(?<==)(?:true|false)${word.end}`]
]
const names = patterns.map(([name]) => `<${name}>`)
const fileIndex = patterns.findIndex(([name]) => name === 'file')
const changing = new RegExp(patterns.map(([, pattern]) => `(${pattern})`).join('|'), 'gi')
/** What every pattern needs one of. */
const suspicious = /[\d@=]|:\/\/|[/\\]tmp/i

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
  if (matched === fileIndex) return withoutContentHash(match, '') || match
  return names[matched] ?? match
}
