/** Events of a range by release or environment. */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { onlyHours } from '../rollups/summed-hours.ts'
import { countedProjectHours } from './counted-hours.ts'
import type { ExactRange } from './exact-range.ts'

const nameCountRow = v.strictObject({ name: v.string(), count: v.number() })

/** `range` of a few days. Events that are counted as `(other)` stand under that name, those without one under ''. */
export async function eventsByName(
  sql: Queryable,
  projectId: number,
  range: ExactRange,
  by: 'release' | 'environment'
): Promise<Map<string, number>> {
  const rows = await sql.rows(nameCountRow)`
    select ${sql(by)} as name, sum(count)::bigint as count
    from ${countedProjectHours(sql, projectId, range, onlyHours(range.whole))} h group by 1`
  return new Map(rows.map(({ name, count }) => [name, count]))
}
