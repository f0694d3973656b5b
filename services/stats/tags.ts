/**
 * The values of a tag, with their numbers of events. Levels, environments and releases come from rollups by hour, as
 * exact as every number (counts/exact-range.ts). Other tags are counted in the events of the range where these are few,
 * else in rollups by day of UTC, which have the most frequent keys of each day: a day that the range cuts counts its
 * share. Users, and tags that the rollups lack, are counted in the newest events; the result says that it is a sample.
 */
import * as v from 'valibot'
import { valueCount, type ValueCount } from '../../schema/api/common.ts'
import { intervalMs } from '../counts/buckets.ts'
import { countedLevelHours, countedProjectHours } from '../counts/counted-hours.ts'
import { exactRange, type ExactRange } from '../counts/exact-range.ts'
import { eachClass, inWindow, leastId, retentionClassesOf } from '../search/event-windows.ts'
import { facet, quoted } from '../search/lexemes.ts'
import { isShared } from '../search/shared-words.ts'
import { allWords } from '../search/word-sets.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { splitOf, type Span } from '../rollups/summed-hours.ts'
import { volumeOf } from './volume.ts'

const valueCountRow = v.strictObject(valueCount.entries)

export type TagValues = {
  values: ValueCount[]
  total: number
  isSample: boolean
  isEstimated: boolean
  isExtrapolated: boolean
}

const sampledMax = 10_000
const everything = { levels: [], environments: [], releases: [] }

export async function tagValuesOf(
  sql: Sql,
  projectId: number,
  span: Span,
  key: string,
  { limit, now }: { limit: number; now: number }
): Promise<TagValues> {
  const range = await exactRange(sql, projectId, span, now)
  const { isExtrapolated } = range
  if (key === 'level' || key === 'environment' || key === 'release') {
    const { isEstimated } = range
    return tagValues(await fieldCounts(sql, projectId, range, key), limit, {
      isSample: false,
      isEstimated,
      isExtrapolated
    })
  }
  const perDay = await volumeOf(sql, projectId, range, { interval: 'day', zone: 'UTC' }, everything)
  const areFew = perDay.reduce((sum, { count }) => sum + count, 0) <= sampledMax
  if (!areFew && key !== 'user') {
    const { rows, isEstimated } = await dayCounts(sql, projectId, key, await sharesOf(sql, projectId, perDay, now))
    if (rows.length > 0) return tagValues(rows, limit, { isSample: false, isEstimated, isExtrapolated })
  }
  const rows = await sampleCounts(sql, projectId, span, key)
  return tagValues(rows, limit, { isSample: !areFew, isEstimated: false, isExtrapolated })
}

function tagValues(rows: readonly ValueCount[], limit: number, about: Omit<TagValues, 'values' | 'total'>): TagValues {
  return { values: rows.slice(0, limit), total: rows.reduce((sum, { count }) => sum + count, 0), ...about }
}

async function fieldCounts(sql: Queryable, projectId: number, range: ExactRange, field: string): Promise<ValueCount[]> {
  const { hours } =
    field === 'level'
      ? await countedLevelHours(sql, projectId, range)
      : { hours: countedProjectHours(sql, projectId, range, await splitOf(sql, 'project_days', range.whole)) }
  return await sql.rows(valueCountRow)`
    select ${sql(field)} as value, sum(count)::bigint as count from ${hours} h
    where ${sql(field)} <> '' group by 1 having sum(count)::bigint > 0 order by 2 desc, 1`
}

/** Which share of the events of each day lies in the range. Days without events are left out. */
type DayShare = { day: string; share: number }

async function sharesOf(
  sql: Queryable,
  projectId: number,
  perDay: readonly { bucket: string; count: number }[],
  now: number
): Promise<DayShare[]> {
  const [first, last] = [perDay.at(0), perDay.at(-1)]
  if (first === undefined || last === undefined) return []
  const wholeDays = { from: Date.parse(first.bucket), to: Date.parse(last.bucket) + intervalMs.day }
  const range = await exactRange(sql, projectId, wholeDays, now)
  const all = await volumeOf(sql, projectId, range, { interval: 'day', zone: 'UTC' }, everything)
  return perDay.flatMap(({ bucket, count }, index) => {
    const ofDay = all[index]?.count ?? 0
    return ofDay === 0 ? [] : [{ day: bucket.slice(0, 10), share: count / ofDay }]
  })
}

async function dayCounts(
  sql: Queryable,
  projectId: number,
  key: string,
  days: readonly DayShare[]
): Promise<{ rows: ValueCount[]; isEstimated: boolean }> {
  const rows = await sql.rows(valueCountRow)`
    select value, sum(count * share)::bigint as count
    from unnest(${days.map(({ day }) => day)}::date[], ${days.map(({ share }) => share)}::float8[]) as d (on_day, share)
      join tag_days t on t.project_id = ${projectId} and t.day = d.on_day and t.key = ${key}
    group by value having sum(count * share)::bigint > 0 order by 2 desc, 1`
  return { rows, isEstimated: days.some(({ share }) => share < 1) }
}

/** The tags of an event are among its words as `key=value`, which is less to read than the event. */
async function sampleCounts(sql: Sql, projectId: number, { from, to }: Span, key: string): Promise<ValueCount[]> {
  const window = { before: { at: to, id: leastId }, from }
  const start = facet(key, '')
  const words = isShared(start) ? allWords(sql, 'e') : sql`e.search`
  const newest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.received_at, e.id, e.weight, e."user", ${words} as words from events e where e.project_id = ${projectId}
      and ${inWindow(sql, window, retentionDays)}
    order by e.received_at desc, e.id desc limit ${sampledMax}`
  )
  const values =
    key === 'user'
      ? sql`select e."user" as value, e.weight from newest e where e."user" <> ''`
      : sql`
      select substr(lexeme, ${start.length + 1}) as value, e.weight
      from newest e, unnest(tsvector_to_array(e.words)) as lexeme
      where e.words @@ ${`${quoted(start)}:*`}::tsquery and starts_with(lexeme, ${start})`
  return await sql.rows(valueCountRow)`
    with newest as (select * from (${newest}) e order by e.received_at desc, e.id desc limit ${sampledMax})
    select value, sum(coalesce(weight, 1))::bigint as count from (${values}) found group by value order by 2 desc, 1`
}
