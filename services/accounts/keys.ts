/**
 * DSN keys, by which clients send events, and what ingestion must know of the project of a key. Every node looks for
 * changes every 2 s (see actors/ingestion/key-cache.ts).
 */
import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { retentionClasses, type GroupingTexts, type IngestKey } from '../../schema/pipeline.ts'
import type { Queryable, Sql } from '../database/sql.ts'

const keyRow = v.strictObject({
  id: v.string(),
  public_key: v.string(),
  key_limit: v.nullable(v.number()),
  project_id: v.number(),
  retention_days: v.picklist(retentionClasses),
  sample_rate: v.number(),
  project_limit: v.nullable(v.number()),
  scrub_enabled: v.boolean(),
  scrub_fields: v.array(v.string()),
  scrub_safe_fields: v.array(v.string()),
  scrub_ip: v.picklist(['keep', 'drop']),
  grouping_revision: v.number(),
  artifact_revision: v.number()
})
type KeyRow = v.InferOutput<typeof keyRow>

/** Rules for grouping by project, kept from one poll to the next: they are long, and hardly ever change. */
export type KnownRules = Map<number, GroupingTexts>

/** All active keys of projects that are not deleted. Rules that are not `known` yet are read too. */
export async function loadKeys(sql: Sql, known: KnownRules = new Map()): Promise<IngestKey[]> {
  const rows = await sql.rows(keyRow)`
    select k.id, k.public_key, k.rate_limit_per_minute as key_limit, p.id as project_id, p.retention_days,
      p.sample_rate,
      p.rate_limit_per_minute as project_limit, p.scrub_enabled, p.scrub_fields,
      p.scrub_safe_fields, p.scrub_ip, p.grouping_revision, p.artifact_revision
    from dsn_keys k join projects p on p.id = k.project_id
    where k.is_active and p.deleted_at is null
    order by k.project_id, k.id`
  await learnRules(sql, known, new Map(rows.map(row => [row.project_id, row.grouping_revision])))
  return rows.map(row => ingestKey(row, known.get(row.project_id)))
}

const rulesRow = v.strictObject({
  id: v.number(),
  grouping_revision: v.number(),
  fingerprint_rules: v.string(),
  stack_rules: v.string()
})

/** `revisions` are those of all projects. */
async function learnRules(sql: Sql, known: KnownRules, revisions: ReadonlyMap<number, number>): Promise<void> {
  for (const projectId of known.keys()) if (!revisions.has(projectId)) known.delete(projectId)
  const stale = [...revisions].filter(([projectId, revision]) => (known.get(projectId)?.revision ?? 0) !== revision)
  if (stale.length === 0) return
  const rows = await sql.rows(rulesRow)`
    select id, grouping_revision, fingerprint_rules, stack_rules from projects
    where id = any (${stale.map(([projectId]) => projectId)}::bigint[])`
  for (const {
    id,
    grouping_revision: revision,
    fingerprint_rules: fingerprintRules,
    stack_rules: stackRules
  } of rows) {
    known.set(id, { revision, fingerprintRules, stackRules })
  }
}

function ingestKey(row: KeyRow, rules: GroupingTexts | undefined): IngestKey {
  const hasRules = rules !== undefined && rules.fingerprintRules + rules.stackRules !== ''
  return {
    keyId: row.id,
    publicKey: row.public_key,
    rateLimitPerMinute: row.key_limit,
    project: {
      projectId: row.project_id,
      retentionDays: row.retention_days,
      sampleRate: row.sample_rate,
      rateLimitPerMinute: row.project_limit,
      scrub: {
        enabled: row.scrub_enabled,
        fields: row.scrub_fields,
        safeFields: row.scrub_safe_fields,
        ip: row.scrub_ip
      },
      ...(hasRules && { grouping: rules }),
      ...(row.artifact_revision > 0 && { artifactRevision: row.artifact_revision })
    }
  }
}

const dsnKeyRow = v.strictObject({
  id: v.string(),
  public_key: v.string(),
  label: v.string(),
  is_active: v.boolean(),
  rate_limit_per_minute: v.nullable(v.number()),
  created_at: v.date()
})
export type DsnKey = v.InferOutput<typeof dsnKeyRow>

export type KeyChange = {
  label?: string | undefined
  isActive?: boolean | undefined
  rateLimitPerMinute?: number | null | undefined
}

/** Of one project. */
export const keysMax = 100

/** 32 hexadecimal digits for a DSN. It is no secret: it is part of every application that sends events. */
export function newPublicKey(): string {
  return randomBytes(16).toString('hex')
}

/** All of a project, oldest first. */
export async function listKeys(sql: Queryable, projectId: number): Promise<DsnKey[]> {
  return await sql.rows(dsnKeyRow)`
    select id, public_key, label, is_active, rate_limit_per_minute, created_at from dsn_keys
      where project_id = ${projectId} order by created_at, id`
}

/** Null when the project has `keysMax` already, or was deleted. */
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
    const [key] = await sql.rows(dsnKeyRow)`
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
  const [key] = await sql.rows(dsnKeyRow)`
    update dsn_keys set label = coalesce(${label ?? null}, label), is_active = coalesce(${isActive ?? null}, is_active),
      rate_limit_per_minute = ${
        rateLimitPerMinute === undefined ? sql`rate_limit_per_minute` : sql`${rateLimitPerMinute}`
      }
    where project_id = ${projectId} and id = ${id}
    returning id, public_key, label, is_active, rate_limit_per_minute, created_at`
  return key ?? null
}

/** True when it was there. */
export async function revokeKey(sql: Queryable, projectId: number, id: string): Promise<boolean> {
  const { count } = await sql`delete from dsn_keys where project_id = ${projectId} and id = ${id}`
  return count > 0
}
