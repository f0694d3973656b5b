/**
 * Chunks of uploads, of an organization and by the SHA-1 of their content. They wait until a bundle is made of them, at
 * most a day since somebody last asked for them. A chunk that is not what its name says is refused.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import * as v from 'valibot'
import { limits } from '../../schema/limits.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const decompress = promisify(gunzip)
const compress = promisify(gzip)
const hoursKept = 24

/** The uploader can do something about it; the message is for them. */
export class ArtifactRefused extends Error {
  override name = 'ArtifactRefused'
}

export type Chunk = { sha1: string; data: Buffer; isGzip: boolean }

export async function storeChunk(sql: Queryable, organizationId: string, { sha1, data, isGzip }: Chunk): Promise<void> {
  const content = isGzip ? await unpacked(data) : data
  if (content.byteLength > limits.chunkBytesMax) throw tooLarge()
  if (createHash('sha1').update(content).digest('hex') !== sha1) {
    throw new ArtifactRefused(`The chunk ${sha1} has another checksum: it was changed on its way.`)
  }
  await sql`
    insert into artifact_chunks (organization_id, sha1, bytes, data)
    values (${organizationId}, ${Buffer.from(sha1, 'hex')}, ${content.byteLength},
      ${isGzip ? data : await compress(content, { level: 1 })})
    on conflict (organization_id, sha1) do update set used_at = now()`
}

async function unpacked(data: Buffer): Promise<Buffer> {
  try {
    return await decompress(data, { maxOutputLength: limits.chunkBytesMax })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new ArtifactRefused('A chunk is no valid gzip.')
  }
}

function tooLarge(): ArtifactRefused {
  return new ArtifactRefused(`A chunk is larger than ${limits.chunkBytesMax} bytes.`)
}

const bytesRow = v.strictObject({ bytes: v.number() })

/** Unpacked. */
export async function waitingBytes(sql: Queryable, organizationId: string): Promise<number> {
  const [row] = await sql.rows(bytesRow)`
    select coalesce(sum(bytes), 0)::bigint as bytes from artifact_chunks where organization_id = ${organizationId}`
  return row?.bytes ?? 0
}

const chunkRow = v.strictObject({ sha1: v.string(), bytes: v.number() })

/** The sizes of those that are there, by their SHA-1. They are kept for another day. */
export async function chunkSizes(
  sql: Queryable,
  organizationId: string,
  chunks: readonly string[]
): Promise<Map<string, number>> {
  const rows = await sql.rows(chunkRow)`
    with known as (
      select sha1, bytes from artifact_chunks where organization_id = ${organizationId}
        and sha1 = any (${chunks.map(chunk => Buffer.from(chunk, 'hex'))}::bytea[])
      order by sha1 for no key update skip locked
    ), used as (
      update artifact_chunks c set used_at = now() from known k
      where c.organization_id = ${organizationId} and c.sha1 = k.sha1 and c.used_at < now() - interval '1 hour'
    )
    select encode(sha1, 'hex') as sha1, bytes from artifact_chunks where organization_id = ${organizationId}
      and sha1 = any (${chunks.map(chunk => Buffer.from(chunk, 'hex'))}::bytea[])`
  return new Map(rows.map(row => [row.sha1, row.bytes]))
}

const dataRow = v.strictObject({ data: v.instance(Buffer) })

/** The content of a chunk; refused when it is gone. */
export async function readChunk(sql: Queryable, organizationId: string, sha1: string): Promise<Buffer> {
  const [row] = await sql.rows(dataRow)`
    select data from artifact_chunks where organization_id = ${organizationId} and sha1 = ${Buffer.from(sha1, 'hex')}`
  if (row === undefined) throw new ArtifactRefused('A chunk of this upload is gone. Upload it again.')
  return await decompress(row.data, { maxOutputLength: limits.chunkBytesMax })
}

/** Removes chunks that no bundle waits for any more. */
export async function dropChunks(sql: Queryable, organizationId: string, chunks: readonly string[]): Promise<void> {
  await sql`
    delete from artifact_chunks c where organization_id = ${organizationId}
      and sha1 = any (${chunks.map(chunk => Buffer.from(chunk, 'hex'))}::bytea[])
      and not exists (
        select from artifact_bundles b join projects p on p.id = b.project_id and p.organization_id = ${organizationId}
        where b.state in ('waiting', 'assembling') and c.sha1 = any (b.chunks))`
}

/** Chunks that nobody has asked for in a day, at most `rowsMax`; returns how many. */
export async function forgetChunks(sql: Sql, { rowsMax }: { rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from artifact_chunks where ctid = any (array(
      select ctid from artifact_chunks where used_at < now() - make_interval(hours => ${hoursKept})
      limit ${rowsMax} for update skip locked))`
  return count
}
