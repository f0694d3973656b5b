/**
 * The values of a tag in several projects together, as each project counts them: of the projects that were busy last,
 * a few at once, so that a thousand projects cost what these cost.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import type { Span } from '../rollups/summed-hours.ts'
import { tagValuesOf, type TagValues } from './tags.ts'

const projectRow = v.strictObject({ id: v.number() })

const projectsMax = 20
const atOnce = 4

/** `isSample` also where there are more projects than were asked. */
export async function tagValuesOfProjects(
  sql: Sql,
  projectIds: readonly number[],
  span: Span,
  key: string,
  { limit, now }: { limit: number; now: number }
): Promise<TagValues> {
  const busy = await sql.rows(projectRow)`
    select p.id from unnest(${projectIds}::bigint[]) as p (id) cross join lateral (
      select hour from project_hours where project_id = p.id order by hour desc limit 1) last
    where last.hour >= ${new Date(span.from - 86_400_000)} order by last.hour desc, p.id limit ${projectsMax + 1}`
  const asked = busy.slice(0, projectsMax)
  const found: TagValues[] = []
  for (let at = 0; at < asked.length; at += atOnce) {
    const some = asked.slice(at, at + atOnce)
    found.push(...(await Promise.all(some.map(({ id }) => tagValuesOf(sql, id, span, key, { limit, now })))))
  }
  return together(found, limit, busy.length > asked.length)
}

function together(found: readonly TagValues[], limit: number, isPart: boolean): TagValues {
  const counts = new Map<string, number>()
  for (const { value, count } of found.flatMap(({ values }) => values)) {
    counts.set(value, (counts.get(value) ?? 0) + count)
  }
  return {
    values: [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, limit),
    total: found.reduce((sum, { total }) => sum + total, 0),
    isSample: isPart || found.some(({ isSample }) => isSample),
    isEstimated: found.some(({ isEstimated }) => isEstimated),
    isExtrapolated: found.some(({ isExtrapolated }) => isExtrapolated)
  }
}
