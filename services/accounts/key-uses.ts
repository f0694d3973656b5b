/**
 * How often each DSN key was used, when last, and by which clients. Hours are kept for a month, of each key the last
 * one for as long as the key; of the clients the ones that used it last.
 */
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'

/** `hour` and `at` are in milliseconds since the epoch. */
export type HourOfKey = {
  projectId: number
  keyId: string
  events: number
  clients: readonly string[]
  hour: number
  at: number
}

const keptDays = 31
const clientsKept = 20

/** In the order of the keys, so that nodes that write at once never deadlock. A key that is gone is left out. */
export async function addKeyUses(sql: Sql, uses: readonly HourOfKey[]): Promise<void> {
  if (uses.length === 0) return
  const given = sql`json_to_recordset(${JSON.stringify(uses)}::text::json) as u ("projectId" bigint, "keyId" uuid,
    events bigint, clients json, hour bigint, at bigint)
    join dsn_keys k on k.project_id = u."projectId" and k.id = u."keyId"`
  await sql.begin(async sql => {
    await sql`
      insert into dsn_key_hours as h (project_id, key_id, hour, count, last_used_at)
      select k.project_id, k.id, to_timestamp(u.hour / 1000.0), greatest(sum(u.events), 0),
        to_timestamp(max(u.at) / 1000.0)
      from ${given} group by 1, 2, 3 order by 1, 2, 3
      on conflict (project_id, key_id, hour) do update set count = h.count + excluded.count,
        last_used_at = greatest(h.last_used_at, excluded.last_used_at)`
    await sql`
      insert into dsn_key_clients as c (project_id, key_id, client, last_used_at)
      select k.project_id, k.id, client, to_timestamp(max(u.at) / 1000.0)
      from ${given} cross join lateral json_array_elements_text(u.clients) client
      group by 1, 2, 3 order by 1, 2, 3
      on conflict (project_id, key_id, client) do update
        set last_used_at = greatest(c.last_used_at, excluded.last_used_at)`
    await sql`
      delete from dsn_key_clients c using (
        select project_id, key_id, client,
          row_number() over (partition by project_id, key_id order by last_used_at desc, client) as place
        from dsn_key_clients where key_id = any (${[...new Set(uses.map(({ keyId }) => keyId))]}::uuid[])) newest
      where newest.place > ${clientsKept} and c.project_id = newest.project_id and c.key_id = newest.key_id
        and c.client = newest.client`
  })
}

const useRow = v.strictObject({
  key_id: v.string(),
  events_24h: v.number(),
  events_30d: v.number(),
  last_used_at: v.nullable(v.date()),
  clients: v.array(v.strictObject({ name: v.string(), last_used_at: v.string() }))
})

export type KeyUse = {
  events24h: number
  events30d: number
  lastUsedAt: Date | null
  clients: { name: string; last_used_at: string }[]
}

/** By key; of whole hours, so the first of the 24 or 720 hours counts all. A key that was never used is missing. */
export async function usesOfKeys(sql: Queryable, projectId: number, now: number): Promise<Map<string, KeyUse>> {
  const since = (hours: number): Date => new Date(now - hours * 3_600_000)
  const rows = await sql.rows(useRow)`
    select k.id as key_id, h.*, coalesce(c.clients, '[]') as clients
    from dsn_keys k
    join lateral (
      select coalesce(sum(count) filter (where hour > ${since(24)}), 0)::bigint as events_24h,
        coalesce(sum(count) filter (where hour > ${since(720)}), 0)::bigint as events_30d,
        max(last_used_at) as last_used_at
      from dsn_key_hours where project_id = k.project_id and key_id = k.id having count(*) > 0) h on true
    left join lateral (
      select json_agg(json_build_object('name', client, 'last_used_at',
        to_char(last_used_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        order by last_used_at desc) as clients
      from dsn_key_clients where project_id = k.project_id and key_id = k.id) c on true
    where k.project_id = ${projectId}`
  return new Map(
    rows.map(row => [
      row.key_id,
      {
        events24h: row.events_24h,
        events30d: row.events_30d,
        lastUsedAt: row.last_used_at,
        clients: row.clients
      }
    ])
  )
}

/** Deletes hours that nobody asks for any more, but of each key the last; returns how many. */
export async function forgetKeyUses(sql: Sql, { now, rowsMax }: { now: number; rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from dsn_key_hours where (project_id, key_id, hour) in (
      select h.project_id, h.key_id, h.hour from dsn_key_hours h
      where h.hour < ${new Date(now)}::timestamptz - make_interval(days => ${keptDays})
        and exists (select from dsn_key_hours l where l.project_id = h.project_id and l.key_id = h.key_id
          and l.hour > h.hour)
      order by h.hour limit ${rowsMax})`
  return count
}
