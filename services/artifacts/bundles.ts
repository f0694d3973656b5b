/**
 * Bundles of artifacts: what one upload brought to one project. A bundle counts once all its files are stored; until
 * then it is waiting or being assembled (assemble.ts), or says why it could not be. A deleted one is out of sight at
 * once, and upkeep removes its rows in steps.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'

export const bundleKinds = ['scripts', 'debug_file'] as const
export type BundleKind = (typeof bundleKinds)[number]

export type Entry = {
  url: string
  kind: 'script' | 'source_map' | 'source' | 'other'
  debugId: string
  mapUrl: string
  sha1: Buffer
}

export type NewBundle = {
  projectId: number
  kind: BundleKind
  name: string
  checksum: Buffer
  release: string
  dist: string
}

const entriesAtOnce = 1_000

/** Stores a bundle whose files are stored already; one of the same content and place is replaced by it. */
export async function storeBundle(sql: Sql, bundle: NewBundle, entries: readonly Entry[]): Promise<string> {
  const id = uuidv7()
  const { projectId, kind, name, checksum, release, dist } = bundle
  await sql.begin(async sql => {
    await sql`
      update artifact_bundles set state = 'deleted' where project_id = ${projectId} and checksum = ${checksum}
        and kind = ${kind} and release = ${release} and dist = ${dist} and state <> 'deleted'`
    await sql`
      insert into artifact_bundles (project_id, id, kind, name, checksum, release, dist, state)
      values (${projectId}, ${id}, ${kind}, ${name}, ${checksum}, ${release}, ${dist}, 'assembling')`
    await finishBundle(sql, { projectId, id, release, dist }, entries)
  })
  return id
}

/**
 * To be called in a transaction: writes the entries, and the bundle counts from its commit on. Another one of the same
 * content and place is replaced.
 */
export async function finishBundle(
  sql: Queryable,
  { projectId, id, release, dist }: { projectId: number; id: string; release: string; dist: string },
  entries: readonly Entry[]
): Promise<void> {
  for (let at = 0; at < entries.length; at += entriesAtOnce) {
    const some = entries.slice(at, at + entriesAtOnce)
    await sql`
      insert into artifact_entries (project_id, bundle_id, url, kind, debug_id, map_url, release, dist, sha1)
      select ${projectId}, ${id}, e.url, e.kind, e.debug_id, e.map_url, ${release}, ${dist}, e.sha1
      from unnest(${some.map(entry => entry.url)}::text[], ${some.map(entry => entry.kind)}::text[],
        ${some.map(entry => entry.debugId)}::text[], ${some.map(entry => entry.mapUrl)}::text[],
        ${some.map(entry => entry.sha1)}::bytea[]) as e (url, kind, debug_id, map_url, sha1)`
  }
  await sql`
    update artifact_bundles o set state = 'deleted', chunks = '{}' from artifact_bundles b
    where b.project_id = ${projectId} and b.id = ${id} and o.project_id = ${projectId} and o.id <> ${id}
      and o.checksum = b.checksum and o.kind = b.kind and o.release = ${release} and o.dist = ${dist}
      and o.state <> 'deleted'`
  await sql`
    update artifact_bundles set state = 'ok', detail = '', chunks = '{}', release = ${release}, dist = ${dist},
      file_count = ${entries.length}, uploaded_at = now(), last_used_at = now(),
      bytes = (select coalesce(sum(f.stored_bytes), 0)::bigint from artifact_files f where f.project_id = ${projectId}
        and f.sha1 in (select sha1 from artifact_entries where project_id = ${projectId} and bundle_id = ${id}))
    where project_id = ${projectId} and id = ${id}`
  await noteChange(sql, projectId)
}

/** Tells all nodes, within two seconds, that artifacts of the project have come or gone. */
export async function noteChange(sql: Queryable, projectId: number): Promise<void> {
  await sql`
    update projects p set artifact_revision = case
      when exists (select from artifact_bundles b where b.project_id = p.id and b.state = 'ok')
        then greatest(p.artifact_revision + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)
      else 0 end
    where id = ${projectId}`
}

const bundleRow = v.strictObject({
  id: v.string(),
  kind: v.picklist(bundleKinds),
  name: v.string(),
  release: v.string(),
  dist: v.string(),
  state: v.picklist(['waiting', 'assembling', 'ok', 'error']),
  detail: v.string(),
  bytes: v.number(),
  file_count: v.number(),
  uploaded_at: v.date(),
  last_used_at: v.date()
})
export type Bundle = v.InferOutput<typeof bundleRow>

/** Newest first, of all releases or of one; `after` is the last id of the page before. */
export async function listBundles(
  sql: Queryable,
  projectId: number,
  { release, after, limit }: { release: string | null; after: string | null; limit: number }
): Promise<Bundle[]> {
  return await sql.rows(bundleRow)`
    select id, kind, name, release, dist, state, detail, bytes, file_count, uploaded_at, last_used_at
    from artifact_bundles where project_id = ${projectId} and state <> 'deleted'
      ${release === null ? sql`` : sql`and release = ${release}`} ${after === null ? sql`` : sql`and id < ${after}`}
    order by id desc limit ${limit}`
}

const bundleEntryRow = v.strictObject({ url: v.string(), debug_id: v.string(), sha1: v.string() })

/** What is in the bundle of this content, once it is assembled. */
export async function entriesOfBundle(
  sql: Queryable,
  projectId: number,
  { kind, checksum }: { kind: BundleKind; checksum: string }
): Promise<v.InferOutput<typeof bundleEntryRow>[]> {
  return await sql.rows(bundleEntryRow)`
    select e.url, e.debug_id, encode(e.sha1, 'hex') as sha1 from artifact_bundles b
      join artifact_entries e on e.project_id = b.project_id and e.bundle_id = b.id
    where b.project_id = ${projectId} and b.kind = ${kind} and b.checksum = ${Buffer.from(checksum, 'hex')}
      and b.state = 'ok' order by e.url limit 1000`
}

/** Those of one id, of a release, or all. Returns how many. */
export async function deleteBundles(
  sql: Sql,
  projectId: number,
  which: { id: string } | { release: string } | 'all'
): Promise<number> {
  return await sql.begin(async sql => {
    const these = which === 'all' ? sql`true` : 'id' in which ? sql`id = ${which.id}` : sql`release = ${which.release}`
    const { count } = await sql`
      update artifact_bundles set state = 'deleted', chunks = '{}'
      where project_id = ${projectId} and state <> 'deleted' and ${these}`
    if (count > 0) await noteChange(sql, projectId)
    return count
  })
}

const usageRow = v.strictObject({ files: v.number(), bytes: v.number() })

/** What the artifacts of a project take in the database, compressed. */
export async function artifactUsage(sql: Queryable, projectId: number): Promise<{ files: number; bytes: number }> {
  const [row] = await sql.rows(usageRow)`
    select count(*) as files, coalesce(sum(stored_bytes), 0)::bigint as bytes from artifact_files
    where project_id = ${projectId}`
  return row ?? { files: 0, bytes: 0 }
}
