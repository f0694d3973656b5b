/**
 * How the tags of an issue's events are distributed; facets, level, environment, release and user count as tags.
 * Counted in its newest events, up to a bound, by their lexemes `key=value` and those of the sets that they have: less
 * to read than the events.
 */
import * as v from 'valibot'
import { idAt, receivedAtOf } from '../../events/event-ids.ts'
import type { ValueCount } from '../../schema/api/common.ts'
import { windowsBefore, type Family, type IssueLife } from '../events/of-issue.ts'
import { facet, projectLexeme, setStart } from '../search/lexemes.ts'
import { isShared } from '../search/shared-words.ts'
import { facetsIn } from '../search/word-sets.ts'
import type { Queryable, Sql } from '../database/sql.ts'

/** `counted` events were looked at, of which `total` have the tag; with `isSample` the issue has more. */
export type IssueTagValues = { values: ValueCount[]; total: number; counted: number; isSample: boolean }

export type TagTop = { key: string; total: number; values: ValueCount[] }

const countedMax = { distribution: 5_000, tops: 1_000 } as const
const topKeysMax = 50
const topValues = 5
/** What stands in the index beside the tags that were sent. */
const hidden = ['user.email', 'user.username', 'user.ip']

export async function issueTagValues(
  sql: Sql,
  family: Family,
  life: IssueLife,
  key: string,
  limit: number
): Promise<IssueTagValues> {
  const { counts, counted } = await countTags(sql, family, life, countedMax.distribution, key)
  const values = (counts.get(key) ?? []).sort(byCount)
  return { values: values.slice(0, limit), total: sum(values), counted, isSample: counted === countedMax.distribution }
}

/** The most frequent values of the most frequent tags. */
export async function issueTagTops(sql: Sql, family: Family, life: IssueLife): Promise<TagTop[]> {
  const { counts } = await countTags(sql, family, life, countedMax.tops, null)
  return [...counts]
    .filter(([key]) => !hidden.includes(key))
    .map(([key, values]) => ({ key, total: sum(values), values: values.sort(byCount).slice(0, topValues) }))
    .sort((a, b) => b.total - a.total || (a.key < b.key ? -1 : 1))
    .slice(0, topKeysMax)
}

type Counts = { counts: Map<string, ValueCount[]>; counted: number }

/** Of one key, or of all with null. */
async function countTags(
  sql: Sql,
  family: Family,
  { firstSeen, lastSeen }: IssueLife,
  rowsMax: number,
  key: string | null
): Promise<Counts> {
  const sums = new Map<string, number>()
  let counted = 0
  for (const window of windowsBefore(idAt(lastSeen + 1), firstSeen)) {
    const found = await countWindow(sql, family, window, rowsMax - counted, key)
    counted += found.counted
    for (const { lexeme, count } of found.rows) add(sums, lexeme, count)
    if (counted >= rowsMax) break
  }
  const counts = new Map<string, ValueCount[]>()
  for (const [lexeme, count] of await withSets(sql, family.projectId, sums, key)) {
    const equals = lexeme.indexOf('=')
    const name = lexeme.slice(0, equals)
    counts.set(name, [...(counts.get(name) ?? []), { value: lexeme.slice(equals + 1), count }])
  }
  return { counts, counted }
}

function add(sums: Map<string, number>, lexeme: string, count: number): void {
  sums.set(lexeme, (sums.get(lexeme) ?? 0) + count)
}

/** The facets of each set in its place, as often as it was met. */
async function withSets(
  sql: Queryable,
  projectId: number,
  sums: ReadonlyMap<string, number>,
  key: string | null
): Promise<Map<string, number>> {
  const all = new Map<string, number>()
  const sets = new Map<number, number>()
  for (const [lexeme, count] of sums) {
    if (lexeme.startsWith(setStart)) sets.set(Number(lexeme.slice(setStart.length)), count)
    else add(all, lexeme, count)
  }
  for (const { set, lexeme } of await facetsIn(sql, projectId, [...sets.keys()], key)) {
    add(all, lexeme, sets.get(set) ?? 0)
  }
  return all
}

const rowSchema = v.strictObject({ lexeme: v.string(), count: v.number() })

/** Every event has the lexeme of its project, so how many events have it is how many were looked at. */
async function countWindow(
  sql: Queryable,
  family: Family,
  window: { before: string; from: number },
  rowsMax: number,
  key: string | null
): Promise<{ counted: number; rows: { lexeme: string; count: number }[] }> {
  const ofKey =
    key === null
      ? sql`word like '%=%' and word not like '~%' or starts_with(word, ${setStart})`
      : isShared(facet(key, ''))
        ? sql`starts_with(word, ${facet(key, '')}) or starts_with(word, ${setStart})`
        : sql`starts_with(word, ${facet(key, '')})`
  const ofProject = projectLexeme(family.projectId)
  const rows = await sql.rows(rowSchema)`
    select word as lexeme, ndoc::bigint as count from ts_stat(${newestWords(sql, family, window, rowsMax)})
    where word = ${ofProject} or ${ofKey}`
  return {
    counted: rows.find(({ lexeme }) => lexeme === ofProject)?.count ?? 0,
    rows: rows.filter(({ lexeme }) => lexeme !== ofProject)
  }
}

/**
 * The statement that `ts_stat` counts by: the words of the newest events of a family. It counts in half the time that
 * unnesting and grouping take, but only what a text says, so PostgreSQL writes the values into it.
 */
function newestWords(
  sql: Queryable,
  { projectId, classes, ids }: Family,
  { before, from }: { before: string; from: number },
  rowsMax: number
) {
  const ofClasses = classes.map(
    (_, index) => `
      (select newest.* from unnest(%1$L::uuid[]) as issue, lateral (
        select e.id, e.search from events e
        where e.issue_id = issue and e.project_id = %2$L and e.retention_days = %${index + 7}$L
          and e.received_at >= %3$L and e.received_at <= %4$L and e.id < %5$L
        order by e.id desc limit %6$L
      ) newest)`
  )
  const text = `select search from (${ofClasses.join(' union all ')}) e order by id desc limit %6$L`
  const values = [
    `{${ids.join(',')}}`,
    String(projectId),
    new Date(from).toISOString(),
    new Date(receivedAtOf(before)).toISOString(),
    before,
    String(rowsMax),
    ...classes.map(String)
  ]
  return sql`format(${text}, variadic ${values}::text[])`
}

function byCount(a: ValueCount, b: ValueCount): number {
  return b.count - a.count || (a.value < b.value ? -1 : 1)
}

function sum(values: readonly ValueCount[]): number {
  return values.reduce((total, { count }) => total + count, 0)
}
