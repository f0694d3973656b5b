/**
 * Finds issues by the release that they began with: by ids where the releases have few issues, else each issue of the
 * list is checked.
 */
import * as v from 'valibot'
import type { Pattern } from '../../events/search/query.ts'
import { not, type Condition } from '../search/compiled.ts'
import { matchesAny } from '../search/event-terms.ts'
import { isExact } from '../search/patterns.ts'
import type { Queryable, Sql } from '../database/sql.ts'

type Term = { patterns: readonly Pattern[]; negated: boolean }

/** In an object, because awaiting a query would send it. */
type Part = { condition: Condition }

/** Issues of releases that are read at once. */
const fewMax = 4_000

/** Issues that began with one of these releases, or did not. */
export async function begunWithReleases(sql: Sql, projectId: number, { patterns, negated }: Term): Promise<Part> {
  const first = sql`r.project_id = ${projectId} and ${matchesAny(sql, sql`r.release`, patterns)}
    and not exists (select from issue_releases o where o.project_id = ${projectId} and o.issue_id = r.issue_id
      and coalesce(o.first_seen, o.first_hour) < coalesce(r.first_seen, r.first_hour))`
  const names = patterns.filter(isExact).map(([name]) => name)
  const areFew = !negated && names.length === patterns.length && (await haveFew(sql, projectId, sql`${names}::text[]`))
  return {
    condition: areFew
      ? sql`i.id = any (array(select r.issue_id from issue_releases r where ${first}))`
      : not(sql, negated, sql`exists (select from issue_releases r where r.issue_id = i.id and ${first})`)
  }
}

const fewRow = v.strictObject({ few: v.boolean() })

/** Whether so few issues have one of these releases that all are read at once. */
export async function haveFew(sql: Queryable, projectId: number, names: Condition): Promise<boolean> {
  const [row] = await sql.rows(fewRow)`
    select count(*) <= ${fewMax} as few
      from (select from issue_releases r where r.project_id = ${projectId} and r.release = any (${names})
        limit ${fewMax + 1}) r`
  return row?.few === true
}
