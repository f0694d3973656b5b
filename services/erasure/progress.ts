/** How far erasures are. */
import * as v from 'valibot'
import type { Queryable } from '../database/sql.ts'
import { graceSeconds } from '../deletions/requests.ts'

/** `waitsFor` names the nodes whose spools have to be replayed before the open ones can be finished. */
export type Progress = { rows: number; open: number; waitsFor: string[] }

const progressRow = v.strictObject({ rows: v.number(), open: v.number(), last: v.nullable(v.date()) })
const nodeRow = v.strictObject({ node: v.string() })

export async function progressOf(sql: Queryable, ids: readonly string[]): Promise<Progress> {
  const [row] = await sql.rows(progressRow)`
    select coalesce(sum(rows_removed), 0)::bigint as rows, count(*) filter (where finished_at is null) as open,
      max(requested_at) filter (where finished_at is null) as last
    from erasures where id = any (${ids}::uuid[])`
  const { rows, open, last } = row ?? { rows: 0, open: 0, last: null }
  const until = last === null ? null : new Date(last.getTime() + graceSeconds * 1_000)
  return { rows, open, waitsFor: until === null ? [] : await spoolsBefore(sql, until, ids) }
}

/** Only when nothing but spools is in the way: their position says so (services/erasure/steps.ts). */
async function spoolsBefore(sql: Queryable, until: Date, ids: readonly string[]): Promise<string[]> {
  const nodes = await sql.rows(nodeRow)`
    select node from spools where oldest_at <= ${until} and clock_timestamp() > ${until}
      and not exists (select from erasures where id = any (${ids}::uuid[]) and finished_at is null
        and position <> 'spools')
    order by node`
  return nodes.map(({ node }) => node)
}
