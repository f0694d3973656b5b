// Goal: numbers of any range are those of its events, to the millisecond, whatever hours and days it cuts. Method:
// events at random moments through real commits and folds; ranges and zones chosen at random, each number against the
// same worked out from the events; past days summed up and not.
import t from 'tap'
import { bucketStarts } from '../../../services/counts/buckets.ts'
import { exactRange } from '../../../services/counts/exact-range.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { sumPastDays } from '../../../services/rollups/days.ts'
import { healthOf } from '../../../services/stats/health.ts'
import { issueTimeline } from '../../../services/stats/issue-timeline.ts'
import { tagValuesOf } from '../../../services/stats/tags.ts'
import { topIssuesOf } from '../../../services/stats/top-issues.ts'
import { levelsOf, volumeOf } from '../../../services/stats/volume.ts'
import { databaseForEvents } from '../../support/prepared.ts'
import { commitAndFold, randomOf, someEvents } from '../../support/some-events.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const everything = { levels: [], environments: [], releases: [] }
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland']

type Span = { from: number; to: number }

/** Named ranges, ranges within an hour, and any others; some end now. */
function ranges(now: number, random: () => number): Span[] {
  const named = [1, 24, 7 * 24, 14 * 24, 28 * 24].map(hours => ({ from: now - hours * hourMs, to: now }))
  const within = [5, 40].map(minutes => ({ from: now - hourMs - minutes * 60_000, to: now - hourMs }))
  const others = Array.from({ length: 25 }, () => {
    const from = Math.floor(now - random() ** 2 * 28 * dayMs) - 1
    return { from, to: random() < 0.3 ? now : Math.floor(from + 1 + random() * (now - from)) }
  })
  return [...named, ...within, ...others]
}

async function world(t: Parameters<typeof databaseForEvents>[0]): Promise<{ sql: Sql; events: PreparedEvent[] }> {
  const sql = await databaseForEvents(t)
  const events = someEvents({ count: 3_000, days: 28, now: Date.now() })
  await commitAndFold(sql, events)
  return { sql, events }
}

const idRow = async (sql: Sql, title: string): Promise<string> => {
  const [row] = await sql<{ id: string }[]>`select id from issues where project_id = 1 and title = ${title}`
  return row?.id ?? ''
}

t.test('volume, levels, timelines, tags, top issues and health of any range are those of the events', async t => {
  const { sql, events } = await world(t)
  const random = randomOf(7)
  const issue = await idRow(sql, 'TypeError: i0')

  for (const isSummed of [false, true]) {
    if (isSummed) t.ok((await sumPastDays(sql)) > 0)
    const now = Date.now()
    for (const span of ranges(now, random)) {
      const inside = events.filter(({ receivedAt }) => receivedAt >= span.from && receivedAt < span.to)
      const zone = zones[Math.floor(random() * zones.length)] ?? 'UTC'
      const name = `${new Date(span.from).toISOString()} to ${new Date(span.to).toISOString()}, ${zone}`
      const range = await exactRange(sql, 1, span, now)
      t.notOk(range.isEstimated, name)

      for (const interval of ['hour', 'day'] as const) {
        const starts = bucketStarts(span, interval, zone)
        const expected = starts.map((start, index) => {
          const end = starts[index + 1] ?? Infinity
          return inside.filter(event => bucketHour(event) >= start && bucketHour(event) < end).length
        })
        const volume = await volumeOf(sql, 1, range, { interval, zone }, everything)
        t.same(
          volume.map(({ count }) => count),
          expected,
          `${interval}s of ${name}`
        )
        const filter = { levels: [], environments: ['staging'], releases: ['shop@1.1'] }
        const filtered = await volumeOf(sql, 1, range, { interval, zone }, filter)
        t.equal(
          filtered.reduce((sum, { count }) => sum + count, 0),
          inside.filter(event => event.environment === 'staging' && event.release === 'shop@1.1').length,
          `filtered ${name}`
        )
        const timeline = await issueTimeline(sql, { projectId: 1, ids: [issue] }, range, { interval, zone }, [
          'production'
        ])
        t.equal(
          timeline.reduce((sum, { count }) => sum + count, 0),
          inside.filter(event => event.title === 'TypeError: i0' && event.environment === 'production').length,
          `timeline of ${name}`
        )
      }
      for (const { level, count } of await levelsOf(sql, 1, range, everything)) {
        t.equal(count, inside.filter(event => event.level === level).length, `${level} of ${name}`)
      }
      const releases = await tagValuesOf(sql, 1, span, 'release', { limit: 10, now })
      t.equal(releases.total, inside.filter(event => event.release !== '').length, `releases of ${name}`)
      const regions = await tagValuesOf(sql, 1, span, 'region', { limit: 10, now })
      t.match(regions, { total: inside.length, isSample: false, isEstimated: false }, `tags of ${name}`)

      const top = await topIssuesOf(sql, 1, { range, environments: [] }, 5)
      const counts = countBy(inside, event => event.title).slice(0, 5)
      t.same(
        top.map(({ count }) => count),
        counts,
        `top issues of ${name}`
      )
      for (const environments of [[], ['production']]) {
        const { range: health } = await healthOf(sql, 1, { range: span, environments, zone, now })
        const here = inside.filter(event => environments.length === 0 || environments.includes(event.environment))
        t.match(
          health,
          {
            events: here.length,
            users: new Set(here.map(event => event.userHash).filter(hash => hash !== '')).size,
            new_issues: newIssues(events, span, environments).size,
            estimated: false
          },
          `health of ${name}`
        )
      }
    }
  }
})

/** Rollups know hours: where a day begins within one, all of it is of the day before. */
function bucketHour({ receivedAt }: PreparedEvent): number {
  return Math.floor(receivedAt / hourMs) * hourMs
}

function countBy(events: readonly PreparedEvent[], key: (event: PreparedEvent) => string): number[] {
  const counts = new Map<string, number>()
  for (const event of events) counts.set(key(event), (counts.get(key(event)) ?? 0) + 1)
  return [...counts.values()].sort((a, b) => b - a)
}

/** Whole hours say whether an issue had events in an environment. */
function newIssues(events: readonly PreparedEvent[], { from, to }: Span, environments: readonly string[]): Set<string> {
  const first = new Map<string, number>()
  for (const { title, receivedAt } of events) first.set(title, Math.min(receivedAt, first.get(title) ?? Infinity))
  const seen = events.filter(
    event =>
      bucketHour(event) >= Math.floor(from / hourMs) * hourMs &&
      bucketHour(event) < to &&
      (environments.length === 0 || environments.includes(event.environment))
  )
  return new Set(
    seen.map(event => event.title).filter(title => (first.get(title) ?? 0) >= from && (first.get(title) ?? 0) < to)
  )
}

t.test('an hour with more events than are read, or without its events, counts its share and says so', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.parse(`${new Date(Date.now() - dayMs).toISOString().slice(0, 13)}:30:00Z`)
  const hour = now - 30 * 60_000 - 3 * hourMs
  const insert = async (at: number, count: number) =>
    await sql`insert into project_hours (project_id, hour, level, environment, release, count, bytes)
      values (1, ${new Date(at)}, 'error', 'production', '', ${count}, 0)`
  await insert(hour, 40_000)
  await insert(hour + hourMs, 7)
  const busy = await exactRange(sql, 1, { from: hour + 0.75 * hourMs, to: now }, now)
  t.equal(busy.isEstimated, true)
  const counts = async (range: typeof busy, environments: string[] = []) =>
    (await levelsOf(sql, 1, range, { levels: [], environments, releases: [] })).find(({ level }) => level === 'error')
      ?.count
  t.equal(await counts(busy), 10_007)
  t.equal(await counts(busy, ['production']), 10_007)
  t.equal(await counts(await exactRange(sql, 1, { from: hour, to: now }, now)), 40_007, 'whole hours are exact')

  const gone = hour - 40 * dayMs
  await insert(gone, 40)
  const old = await exactRange(sql, 1, { from: gone + hourMs / 2, to: gone + dayMs }, now)
  t.match([old.isEstimated, await counts(old)], [true, 20])
  const empty = await exactRange(sql, 1, { from: gone - dayMs + 1, to: gone }, now)
  t.match([empty.isEstimated, await counts(empty)], [false, 0], 'nothing is exact')
})
