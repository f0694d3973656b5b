/**
 * Uploads that build tools ask to assemble. They ask again and again until a bundle is there, so each answer says how
 * far it is: which chunks are missing, that it is waiting, done, or why it cannot be done. A reason is told once; who
 * asks then begins anew.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { limits } from '../../schema/limits.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'
import type { BundleKind } from './bundles.ts'
import { chunkSizes } from './chunks.ts'

/** The name of a zip file with mappings of ProGuard, each by its id (`proguard/<id>.txt`). */
export const mappingArchive = '/proguard/mappings.zip'

export type AssemblyWanted = {
  kind: BundleKind
  name: string
  /** In hexadecimal digits, like the chunks. */
  checksum: string
  chunks: readonly string[]
  /** '' leaves it to the list of files in the bundle. */
  release: string
  dist: string
  debugId: string
}

export type Assembly =
  | { state: 'not_found'; missing: string[] }
  | { state: 'created' | 'assembling' | 'ok' }
  | { state: 'error'; why: string }

const bundleRow = v.strictObject({
  id: v.string(),
  project_id: v.number(),
  state: v.picklist(['waiting', 'assembling', 'ok', 'error']),
  detail: v.string(),
  is_told: v.boolean()
})
type BundleRow = v.InferOutput<typeof bundleRow>

/** The projects are of the organization. */
export async function requestAssembly(
  sql: Sql,
  { organizationId, projectIds }: { organizationId: string; projectIds: readonly number[] },
  wanted: AssemblyWanted
): Promise<Assembly> {
  const known = await knownBundles(sql, projectIds, wanted)
  const untold = known.find(bundle => bundle.state === 'error' && !bundle.is_told)
  if (untold !== undefined) return await tell(sql, untold)
  const open = projectIds.filter(id => !known.some(bundle => bundle.project_id === id && bundle.state !== 'error'))
  if (open.length === 0) return { state: leastOf(known.filter(bundle => bundle.state !== 'error')) }

  const sizes = await chunkSizes(sql, organizationId, wanted.chunks)
  const missing = [...new Set(wanted.chunks)].filter(chunk => !sizes.has(chunk))
  if (missing.length > 0 || wanted.chunks.length === 0) return { state: 'not_found', missing }
  const bytes = wanted.chunks.reduce((sum, chunk) => sum + (sizes.get(chunk) ?? 0), 0)
  if (bytes > limits.bundleBytesMax) return { state: 'error', why: 'The upload is larger than 2 GB.' }
  await sql.begin(async sql => {
    for (const projectId of open) await addBundle(sql, projectId, wanted)
  })
  return { state: 'created' }
}

async function knownBundles(
  sql: Sql,
  projectIds: readonly number[],
  { kind, checksum, release, dist }: AssemblyWanted
): Promise<BundleRow[]> {
  return await sql.rows(bundleRow)`
    select distinct on (project_id) id, project_id, state, detail, is_told from artifact_bundles
    where project_id = any (${projectIds}::bigint[]) and checksum = ${Buffer.from(checksum, 'hex')} and kind = ${kind}
      and state <> 'deleted' and (${release} = '' or (release = ${release} and dist = ${dist}))
    order by project_id, uploaded_at desc`
}

function leastOf(bundles: readonly BundleRow[]): 'created' | 'assembling' | 'ok' {
  if (bundles.some(({ state }) => state === 'waiting')) return 'created'
  return bundles.some(({ state }) => state === 'assembling') ? 'assembling' : 'ok'
}

async function tell(sql: Sql, { id, project_id: projectId, detail }: BundleRow): Promise<Assembly> {
  await sql`update artifact_bundles set is_told = true where project_id = ${projectId} and id = ${id}`
  return { state: 'error', why: detail }
}

/** One that failed begins anew; one that another request has just added stays as it is. */
async function addBundle(sql: TransactionSql, projectId: number, wanted: AssemblyWanted): Promise<void> {
  const { kind, name, checksum, chunks, release, dist, debugId } = wanted
  await sql`
    insert into artifact_bundles as b (project_id, id, kind, name, debug_id, checksum, release, dist, state, chunks)
    values (${projectId}, ${uuidv7()}, ${kind}, ${name}, ${debugId}, ${Buffer.from(checksum, 'hex')}, ${release},
      ${dist}, 'waiting', ${chunks.map(chunk => Buffer.from(chunk, 'hex'))}::bytea[])
    on conflict (project_id, checksum, kind, release, dist) where state <> 'deleted' do update set
      state = 'waiting', detail = '', is_told = false, attempts = 0, chunks = excluded.chunks, worked_at = now()
    where b.state = 'error'`
}
