// Goal: days of a chart are those of the asked time zone, whatever its clocks do, and lose no moment of the range.
// Method: every hour of ranges around odd days (23 and 25 hours, no midnight, no day at all) against the calendar of
// the runtime.
import t from 'tap'
import { bucketStarts } from '../../../services/counts/buckets.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

function calendarDay(zone: string, ms: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(ms)
}

const zones: [zone: string, around: string][] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/Los_Angeles', '2026-03-08'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Africa/Cairo', '2026-04-24'],
  ['America/Havana', '2026-11-01'],
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Kiritimati', '2026-01-01'],
  ['Asia/Kolkata', '2026-06-01'],
  ['Asia/Kathmandu', '2026-06-01'],
  ['America/St_Johns', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['UTC', '2026-01-01']
]

for (const [zone, around] of zones) {
  t.test(`${zone} around ${around}`, async t => {
    const middle = Date.parse(around)
    const range = { from: middle - 3 * dayMs - 17 * 60_000, to: middle + 3 * dayMs + 123 }
    const starts = bucketStarts(range, 'day', zone)
    t.ok((starts[0] ?? Infinity) <= range.from && (starts[1] ?? 0) > range.from, 'the range begins in the first')
    t.ok((starts.at(-1) ?? Infinity) < range.to)
    for (const start of starts) t.equal(start % hourMs, 0, 'rollups know whole hours')
    for (let hour = Math.ceil(range.from / hourMs) * hourMs; hour < range.to; hour += hourMs) {
      const begins = calendarDay(zone, hour) > calendarDay(zone, hour - hourMs)
      t.equal(starts.includes(hour), begins, `${new Date(hour).toISOString()} is ${calendarDay(zone, hour)} there`)
    }
  })
}

t.test('hours are those of UTC, whatever the zone', async t => {
  const from = Date.parse('2026-06-01T10:40:00Z')
  t.same(
    bucketStarts({ from, to: from + hourMs }, 'hour', 'Asia/Kolkata').map(start => new Date(start).toISOString()),
    ['2026-06-01T10:00:00.000Z', '2026-06-01T11:00:00.000Z']
  )
})
