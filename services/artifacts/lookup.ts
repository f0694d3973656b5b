/**
 * Finds the artifacts that belong to a frame: by debug id, else by release, distribution and address. The newest bundle
 * counts. A look-up names files by their SHA-1, so a reader that has a file already need not load it again. What is
 * found is used: its bundle is kept for 90 days from then on.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import { readFile } from './files.ts'
import { normalDebugId, urlCandidates } from './urls.ts'

export { normalDebugId }

/** `mapUrl` is where a script says its map is: '' where it says nothing, `data:` for a map inside the script. */
export type Artifact = {
  sha1: Buffer
  url: string
  bytes: number
  debugId: string
  mapUrl: string
}

export type ArtifactPair = { script: Artifact | null; map: Artifact | null }

const artifactRow = v.strictObject({
  bundle_id: v.string(),
  kind: v.picklist(['script', 'source_map']),
  url: v.string(),
  sha1: v.instance(Buffer),
  bytes: v.number(),
  debug_id: v.string(),
  map_url: v.string(),
  is_stale: v.boolean()
})
type ArtifactRow = v.InferOutput<typeof artifactRow>

/** How often the use of a bundle is written down. */
const touchedEveryHours = 24

/** Null where nothing of the project has this debug id, in any form (hexadecimal digits with or without hyphens). */
export async function artifactByDebugId(sql: Sql, projectId: number, debugId: string): Promise<ArtifactPair | null> {
  const id = normalDebugId(debugId)
  if (id === null) return null
  const rows = await sql.rows(artifactRow)`
    select distinct on (e.kind) b.id as bundle_id, e.kind, e.url, e.sha1, f.bytes, e.debug_id, e.map_url,
      b.last_used_at < now() - make_interval(hours => ${touchedEveryHours}) as is_stale
    from artifact_entries e
      join artifact_bundles b on b.project_id = e.project_id and b.id = e.bundle_id and b.state = 'ok'
      join artifact_files f on f.project_id = e.project_id and f.sha1 = e.sha1
    where e.project_id = ${projectId} and e.debug_id = ${id} and e.debug_id <> '' and e.kind in ('script', 'source_map')
    order by e.kind, b.uploaded_at desc, b.id desc`
  await noteUse(sql, projectId, rows)
  return pairOf(rows)
}

/** The mapping of classes (ProGuard, R8) with this id that was uploaded last. */
export async function mappingOfClasses(sql: Sql, projectId: number, uuid: string): Promise<Artifact | null> {
  const id = normalDebugId(uuid)
  if (id === null) return null
  const [row] = await sql.rows(artifactRow)`
    select b.id as bundle_id, 'source_map' as kind, e.url, e.sha1, f.bytes, e.debug_id, e.map_url,
      b.last_used_at < now() - make_interval(hours => ${touchedEveryHours}) as is_stale
    from artifact_entries e
      join artifact_bundles b on b.project_id = e.project_id and b.id = e.bundle_id and b.state = 'ok'
      join artifact_files f on f.project_id = e.project_id and f.sha1 = e.sha1
    where e.project_id = ${projectId} and e.debug_id = ${id} and e.debug_id <> '' and e.kind = 'other'
      and b.kind = 'debug_file'
    order by b.uploaded_at desc, b.id desc limit 1`
  if (row === undefined) return null
  await noteUse(sql, projectId, [row])
  return artifactOf(row)
}

/**
 * The script at this address, and the map that it names, else the one beside it (`app.js.map`). Artifacts without a
 * distribution serve every one. Null without a release, or where nothing was uploaded for the address.
 */
export async function artifactByUrl(
  sql: Sql,
  projectId: number,
  { release, dist, url }: { release: string; dist: string; url: string }
): Promise<ArtifactPair | null> {
  if (release === '') return null
  const script = await newestAt(sql, projectId, { release, dist, urls: urlCandidates(url), kind: 'script' })
  const mapUrl = script?.map_url ?? ''
  const urls = mapUrl === '' ? urlCandidates(url).map(candidate => `${candidate}.map`) : urlCandidates(mapUrl)
  const map = mapUrl === 'data:' ? null : await newestAt(sql, projectId, { release, dist, urls, kind: 'source_map' })
  const rows = [script, map].filter(row => row !== null)
  await noteUse(sql, projectId, rows)
  return pairOf(rows)
}

type Place = { release: string; dist: string; urls: string[]; kind: 'script' | 'source_map' }

async function newestAt(
  sql: Sql,
  projectId: number,
  { release, dist, urls, kind }: Place
): Promise<ArtifactRow | null> {
  const [row] = await sql.rows(artifactRow)`
    select b.id as bundle_id, e.kind, e.url, e.sha1, f.bytes, e.debug_id, e.map_url,
      b.last_used_at < now() - make_interval(hours => ${touchedEveryHours}) as is_stale
    from artifact_entries e
      join artifact_bundles b on b.project_id = e.project_id and b.id = e.bundle_id and b.state = 'ok'
      join artifact_files f on f.project_id = e.project_id and f.sha1 = e.sha1
    where e.project_id = ${projectId} and e.release = ${release} and e.url = any (${urls}::text[])
      and e.dist in (${dist}, '') and e.kind = ${kind}
    order by e.dist = '', array_position(${urls}::text[], e.url), b.uploaded_at desc, b.id desc limit 1`
  return row ?? null
}

/** The unpacked content of a file; null where it is gone, or larger than `bytesMax`. */
export async function artifactContent(
  sql: Sql,
  projectId: number,
  sha1: Buffer,
  { bytesMax }: { bytesMax: number }
): Promise<Buffer | null> {
  return await readFile(sql, projectId, sha1, { bytesMax })
}

async function noteUse(sql: Sql, projectId: number, rows: readonly ArtifactRow[]): Promise<void> {
  const ids = rows.filter(row => row.is_stale).map(row => row.bundle_id)
  if (ids.length === 0) return
  await sql`
    update artifact_bundles set last_used_at = now() where project_id = ${projectId} and id = any (array(
      select id from artifact_bundles where project_id = ${projectId} and id = any (${ids}::uuid[])
        and last_used_at < now() - make_interval(hours => ${touchedEveryHours})
      order by id for no key update skip locked))`
}

function pairOf(rows: readonly ArtifactRow[]): ArtifactPair | null {
  if (rows.length === 0) return null
  const of = (kind: ArtifactRow['kind']): Artifact | null => {
    const row = rows.find(row => row.kind === kind)
    return row === undefined ? null : artifactOf(row)
  }
  return { script: of('script'), map: of('source_map') }
}

function artifactOf({ sha1, url, bytes, debug_id: debugId, map_url: mapUrl }: ArtifactRow): Artifact {
  return { sha1, url, bytes, debugId, mapUrl }
}
