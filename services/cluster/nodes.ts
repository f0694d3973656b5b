/**
 * The nodes that work on a database. Each writes every few seconds that it is alive. That is how nodes find each other,
 * and what `mesher nodes` shows. Ages are by the clock of the database. A node that was killed leaves its row behind,
 * which is deleted after a day.
 */
import * as v from 'valibot'
import type { NodeReport } from '../../schema/nodes.ts'
import type { Queryable, Sql } from '../database/sql.ts'
import type { NameClaim } from './node-names.ts'

export type ListedNode = Omit<NodeReport, 'isLeaving'> & {
  version: string
  startedAt: Date
  seenMsAgo: number
  /** Null for a node of an earlier version. */
  host: string | null
  pid: number | null
}

/** A node that has been silent for so long is taken for gone. */
export const silentMs = 20_000

const refusedSchema = v.array(
  v.object({ name: v.nullable(v.string()), address: v.nullable(v.string()), why: v.string() })
)
const routesSchema = v.array(v.object({ to: v.string(), share: v.number() }))

const rowSchema = v.strictObject({
  name: v.string(),
  incarnation: v.number(),
  address: v.nullable(v.string()),
  version: v.string(),
  started_at: v.date(),
  seen_ms_ago: v.number(),
  load: v.number(),
  links: v.array(v.string()),
  host: v.nullable(v.string()),
  pid: v.nullable(v.number()),
  routes: v.unknown(),
  refused: v.unknown()
})

/** Writes that this node is alive. */
export async function noteNode(
  sql: Sql,
  { name, incarnation, address, load, links, routes, refused }: NodeReport,
  { version, process: { host, pid, boot } }: Pick<NameClaim, 'version' | 'process'>
): Promise<void> {
  await sql`
    insert into nodes as n (name, incarnation, address, version, started_at, seen_at, load, links, routes,
      refused, host, pid, boot)
    values (${name}, ${incarnation}, ${address}, ${version}, clock_timestamp(), clock_timestamp(), ${load}, ${links},
      ${sql.json(routes)}::jsonb, ${sql.json(refused)}::jsonb, ${host}, ${pid}, ${boot})
    on conflict (name, incarnation) do update set
      address = excluded.address, seen_at = excluded.seen_at, load = excluded.load, links = excluded.links,
      routes = excluded.routes, refused = excluded.refused`
}

/**
 * All nodes that were alive within a day, by name. Of one name it is the latest run, unless that is gone and an earlier
 * one is not.
 */
export async function listNodes(sql: Queryable): Promise<ListedNode[]> {
  const rows = await sql.rows(rowSchema)`
    select distinct on (name) name, incarnation::float8 as incarnation, address, version, started_at,
      load, links, routes, refused, host, pid,
      (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as seen_ms_ago
    from nodes order by name, seen_at < clock_timestamp() - make_interval(secs => ${silentMs / 1000}), incarnation desc`
  return rows.map(({ started_at: startedAt, seen_ms_ago: seenMsAgo, routes, refused, ...row }) => ({
    ...row,
    startedAt,
    seenMsAgo,
    routes: v.parse(routesSchema, routes),
    refused: v.parse(refusedSchema, refused)
  }))
}

/** Deletes earlier runs of this node and nodes that have been silent for a day. */
export async function forgetNodes(
  sql: Sql,
  { name, incarnation }: { name: string; incarnation: number }
): Promise<void> {
  await sql`
    delete from nodes where (name = ${name} and incarnation < ${incarnation})
      or seen_at < clock_timestamp() - interval '1 day'`
}

/** Notes that this node has stopped in good order. */
export async function removeNode(
  sql: Sql,
  { name, incarnation }: { name: string; incarnation: number }
): Promise<void> {
  await sql`delete from nodes where name = ${name} and incarnation = ${incarnation}`
}
