/**
 * DSN keys: who may send events, and what ingestion must know of the project behind a key. Every node looks for changes
 * every 2 s (see actors/ingestion/key-cache.ts).
 */
import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { parse, picklist } from 'valibot'
import { retentionClasses, type IngestKey } from '../../schema/pipeline.ts'
import type { Queryable, Sql } from '../database/sql.ts'

type KeyRow = {
  id: string
  public_key: string
  key_limit: number | null
  project_id: string
  retention_days: number
  sample_rate: number
  project_limit: number | null
  scrub_enabled: boolean
  scrub_fields: string[]
  scrub_ip: string
}

/** All active keys of projects that are not deleted. */
export async function loadKeys(sql: Sql): Promise<IngestKey[]> {
  const rows = await sql<KeyRow[]>`
    select k.id, k.public_key, k.rate_limit_per_minute as key_limit, p.id as project_id, p.retention_days, p.sample_rate,
      p.rate_limit_per_minute as project_limit, p.scrub_enabled, p.scrub_fields, p.scrub_ip
    from dsn_keys k join projects p on p.id = k.project_id
    where k.is_active and p.deleted_at is null
    order by k.project_id, k.id`
  return rows.map(ingestKey)
}

function ingestKey(row: KeyRow): IngestKey {
  return {
    keyId: row.id,
    publicKey: row.public_key,
    rateLimitPerMinute: row.key_limit,
    project: {
      projectId: Number(row.project_id),
      retentionDays: parse(picklist(retentionClasses), row.retention_days),
      sampleRate: row.sample_rate,
      rateLimitPerMinute: row.project_limit,
      scrub: {
        enabled: row.scrub_enabled,
        fields: row.scrub_fields,
        ip: parse(picklist(['keep', 'drop']), row.scrub_ip)
      }
    }
  }
}

export type DsnKey = {
  id: string
  public_key: string
  label: string
  is_active: boolean
  rate_limit_per_minute: number | null
  created_at: Date
}

export type KeyChange = {
  label?: string | undefined
  isActive?: boolean | undefined
  rateLimitPerMinute?: number | null | undefined
}

/** Of one project. */
export const keysMax = 100

/** 32 hexadecimal digits: what a DSN carries. It is no secret: applications that people use carry it with them. */
export function newPublicKey(): string {
  return randomBytes(16).toString('hex')
}

/** All of a project, oldest first. */
export async function listKeys(sql: Queryable, projectId: number): Promise<DsnKey[]> {
  return await sql<DsnKey[]>`
    select id, public_key, label, is_active, rate_limit_per_minute, created_at from dsn_keys where project_id = ${projectId} order by created_at, id`
}

/** Null when the project has as many as one may have, or was deleted. */
export async function createKey(
  sql: Sql,
  projectId: number,
  { label = '', isActive = true, rateLimitPerMinute = null }: KeyChange
): Promise<DsnKey | null> {
  return await sql.begin(async sql => {
    const { count: isThere } =
      await sql`select from projects where id = ${projectId} and deleted_at is null for no key update`
    const { count: others } = await sql`select from dsn_keys where project_id = ${projectId} limit ${keysMax}`
    if (isThere === 0 || others >= keysMax) return null
    const [key] = await sql<DsnKey[]>`
      insert into dsn_keys (project_id, id, public_key, label, is_active, rate_limit_per_minute)
      values (${projectId}, ${uuidv7()}, ${newPublicKey()}, ${label}, ${isActive}, ${rateLimitPerMinute})
      returning id, public_key, label, is_active, rate_limit_per_minute, created_at`
    return key ?? null
  })
}

/** Null when the project has no such key. */
export async function changeKey(
  sql: Queryable,
  projectId: number,
  id: string,
  { label, isActive, rateLimitPerMinute }: KeyChange
): Promise<DsnKey | null> {
  const [key] = await sql<DsnKey[]>`
    update dsn_keys set label = coalesce(${label ?? null}, label), is_active = coalesce(${isActive ?? null}, is_active),
      rate_limit_per_minute = ${rateLimitPerMinute === undefined ? sql`rate_limit_per_minute` : sql`${rateLimitPerMinute}`}
    where project_id = ${projectId} and id = ${id}
    returning id, public_key, label, is_active, rate_limit_per_minute, created_at`
  return key ?? null
}

/** True when it was there. */
export async function revokeKey(sql: Queryable, projectId: number, id: string): Promise<boolean> {
  const { count } = await sql`delete from dsn_keys where project_id = ${projectId} and id = ${id}`
  return count > 0
}
