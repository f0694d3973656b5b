/**
 * The nodes that work on a database: each says every few seconds that it is there. That is how nodes find each other,
 * and what `mesher nodes` shows. Ages are told by the database's clock. A node that was killed leaves its row behind,
 * which is taken away after a day.
 */
import * as v from 'valibot'
import type { NodeReport } from '../../schema/nodes.ts'
import type { Queryable, Sql } from '../database/sql.ts'

export type ListedNode = Omit<NodeReport, 'isLeaving'> & { version: string; startedAt: Date; seenMsAgo: number }

/** Who has not been heard of for so long is taken for gone. */
export const silentMs = 20_000

const routesSchema = v.array(v.object({ to: v.string(), share: v.number() }))

type Row = {
  name: string
  incarnation: number
  address: string | null
  version: string
  started_at: Date
  seen_ms_ago: number
  load: number
  links: string[]
  routes: unknown
}

/** This node is there. */
export async function noteNode(
  sql: Sql,
  { name, incarnation, address, load, links, routes }: NodeReport,
  version: string
): Promise<void> {
  await sql`
    insert into nodes as n (name, incarnation, address, version, started_at, seen_at, load, links, routes)
    values (${name}, ${incarnation}, ${address}, ${version}, clock_timestamp(), clock_timestamp(), ${load}, ${links}, ${sql.json(routes)}::jsonb)
    on conflict (name, incarnation) do update set
      address = excluded.address, seen_at = excluded.seen_at, load = excluded.load, links = excluded.links, routes = excluded.routes`
}

/**
 * All that were heard of within a day, by name; of one name the latest run, unless it is gone and an earlier one is
 * not.
 */
export async function listNodes(sql: Queryable): Promise<ListedNode[]> {
  const rows = await sql<Row[]>`
    select distinct on (name) name, incarnation::float8 as incarnation, address, version, started_at, load, links, routes,
      (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as seen_ms_ago
    from nodes order by name, seen_at < clock_timestamp() - make_interval(secs => ${silentMs / 1000}), incarnation desc`
  return rows.map(({ started_at: startedAt, seen_ms_ago: seenMsAgo, routes, ...row }) => ({
    ...row,
    startedAt,
    seenMsAgo,
    routes: v.parse(routesSchema, routes)
  }))
}

/** Earlier runs of this node are over; so is whoever said nothing for a day. */
export async function forgetNodes(
  sql: Sql,
  { name, incarnation }: { name: string; incarnation: number }
): Promise<void> {
  await sql`delete from nodes where (name = ${name} and incarnation < ${incarnation}) or seen_at < clock_timestamp() - interval '1 day'`
}

/** This node has stopped in good order. */
export async function removeNode(
  sql: Sql,
  { name, incarnation }: { name: string; incarnation: number }
): Promise<void> {
  await sql`delete from nodes where name = ${name} and incarnation = ${incarnation}`
}
