/**
 * What became of what was sent to a project in a range of time. Outcomes are counted by the hour; of an hour that the
 * range cuts, stored events are counted one by one, and the rest counts its share.
 */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { eachClass } from '../search/event-windows.ts'
import type { Cut, ExactRange } from './exact-range.ts'

const outcomeRow = v.strictObject({ outcome: v.string(), reason: v.string(), count: v.number() })
export type OutcomeSum = v.InferOutput<typeof outcomeRow>

const hourMs = 3_600_000

export async function outcomesOf(
  sql: Queryable,
  projectId: number,
  range: ExactRange
): Promise<{ sums: OutcomeSum[]; isEstimated: boolean }> {
  const [whole, ...parts] = await Promise.all([
    hoursOf(sql, projectId, range.whole),
    ...range.cuts.map(async cut => await partOf(sql, projectId, cut, range.classes))
  ])
  const sums = new Map<string, OutcomeSum>()
  for (const row of [whole, ...parts].flat()) {
    const key = JSON.stringify([row.outcome, row.reason])
    sums.set(key, { ...row, count: row.count + (sums.get(key)?.count ?? 0) })
  }
  const rounded = [...sums.values()].map(row => ({ ...row, count: Math.round(row.count) }))
  return {
    sums: rounded.sort((a, b) => (a.outcome + a.reason < b.outcome + b.reason ? -1 : 1)),
    isEstimated: range.isEstimated || parts.flat().some(({ outcome, count }) => outcome !== 'stored' && count > 0)
  }
}

async function hoursOf(
  sql: Queryable,
  projectId: number,
  { from, to }: { from: number; to: number }
): Promise<OutcomeSum[]> {
  return await sql.rows(outcomeRow)`
    select outcome, reason, sum(count)::bigint as count from outcome_hours where project_id = ${projectId}
      and hour >= ${new Date(from)} and hour < ${new Date(to)} group by outcome, reason`
}

const storedRow = v.strictObject({ count: v.number() })

async function partOf(
  sql: Queryable,
  projectId: number,
  { hour, from, to, share }: Cut,
  classes: readonly number[]
): Promise<OutcomeSum[]> {
  const rows = await hoursOf(sql, projectId, { from: hour, to: hour + hourMs })
  const part = (to - from) / hourMs
  if (share !== null) return rows.map(row => ({ ...row, count: row.count * part }))
  const events = eachClass(
    sql,
    classes,
    retentionDays => sql`
    select from events e where e.project_id = ${projectId} and e.retention_days = ${retentionDays}
      and e.received_at >= ${new Date(from)} and e.received_at < ${new Date(to)}`
  )
  const [stored] = await sql.rows(storedRow)`select count(*) as count from (${events}) e`
  const others = rows.filter(({ outcome }) => outcome !== 'stored')
  return [
    ...others.map(row => ({ ...row, count: row.count * part })),
    { outcome: 'stored', reason: '', count: stored?.count ?? 0 }
  ]
}
