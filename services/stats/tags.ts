/**
 * The values of a tag, with their numbers of events. Levels, environments and releases come from rollups by hour, other
 * tags from rollups by day, which have the first 20 keys of each day. Users, and tags that the rollups lack, are
 * counted in the newest events of the range; the result says that it is a sample.
 */
import * as v from 'valibot'
import { valueCount, type ValueCount } from '../../schema/api/common.ts'
import { eachClass, inWindow, leastId, retentionClassesOf } from '../search/event-windows.ts'
import { facet } from '../search/lexemes.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import { wholeIntervals, type Counted } from './volume.ts'
import { levelHours, projectHours, splitOf } from '../rollups/summed-hours.ts'

const valueCountRow = v.strictObject(valueCount.entries)

export type TagValues = { values: ValueCount[]; total: number; counted: Counted; isSample: boolean }

const sampledMax = 10_000
const dayMs = 86_400_000

export async function tagValuesOf(
  sql: Sql,
  projectId: number,
  range: { from: Date; to: Date },
  key: string,
  limit: number
): Promise<TagValues> {
  if (key === 'level' || key === 'environment' || key === 'release') {
    const counted = wholeIntervals(range, 'hour')
    return tagValues(await fieldCounts(sql, projectId, counted, key), limit, counted, false)
  }
  const counted = wholeIntervals(range, 'day')
  const rows = key === 'user' ? [] : await dayCounts(sql, projectId, counted, key)
  if (rows.length > 0) return tagValues(rows, limit, counted, false)
  const exact = { from: range.from.getTime(), to: range.to.getTime() }
  return tagValues(await sampleCounts(sql, projectId, exact, key), limit, exact, true)
}

function tagValues(rows: readonly ValueCount[], limit: number, counted: Counted, isSample: boolean): TagValues {
  return { values: rows.slice(0, limit), total: rows.reduce((sum, { count }) => sum + count, 0), counted, isSample }
}

async function fieldCounts(sql: Queryable, projectId: number, counted: Counted, field: string): Promise<ValueCount[]> {
  const { hours } =
    field === 'level'
      ? await levelHours(sql, projectId, counted)
      : { hours: projectHours(sql, projectId, await splitOf(sql, 'project_days', counted)) }
  return await sql.rows(valueCountRow)`
    select ${sql(field)} as value, sum(count)::bigint as count from ${hours} h
    where ${sql(field)} <> '' group by 1 order by 2 desc, 1`
}

function dayCounts(sql: Queryable, projectId: number, { from, to }: Counted, key: string): Promise<ValueCount[]> {
  const [first, last] = [from, to - dayMs].map(time => new Date(time).toISOString().slice(0, 10))
  return sql.rows(valueCountRow)`
    select value, sum(count)::bigint as count from tag_days
    where project_id = ${projectId} and day between ${first}::date and ${last}::date and key = ${key} group by value
      order by 2 desc, 1`
}

/** The tags of an event stand in its `search` as `key=value`, which is less to read than the event. */
async function sampleCounts(sql: Sql, projectId: number, { from, to }: Counted, key: string): Promise<ValueCount[]> {
  const window = { before: { at: to, id: leastId }, from }
  const newest = eachClass(
    sql,
    await retentionClassesOf(sql, projectId),
    retentionDays => sql`
    select e.received_at, e.id, e."user", e.search from events e where e.project_id = ${projectId}
      and ${inWindow(sql, window, retentionDays)}
    order by e.received_at desc, e.id desc limit ${sampledMax}`
  )
  const start = facet(key, '')
  const values =
    key === 'user'
      ? sql`select e."user" as value from newest e where e."user" <> ''`
      : sql`
      select substr(lexeme, ${start.length + 1}) as value from newest e, unnest(tsvector_to_array(e.search)) as lexeme
      where e.search @@ ${`'${start}':*`}::tsquery and starts_with(lexeme, ${start})`
  return await sql.rows(valueCountRow)`
    with newest as (select * from (${newest}) e order by e.received_at desc, e.id desc limit ${sampledMax})
    select value, count(*) as count from (${values}) found group by value order by 2 desc, 1`
}
