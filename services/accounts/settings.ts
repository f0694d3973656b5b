/**
 * Settings of a project: retention, sampling, rate limit, scrubbing. Every node looks for changes every 2 s. A new
 * retention holds for every event that is accepted after its change was answered, because each commit asks for it; a
 * shorter one also has older events removed in the background, and again every day.
 */
import * as v from 'valibot'
import {
  retentionClasses,
  type GroupingTexts,
  type ProjectSettings,
  type RetentionDays
} from '../../schema/pipeline.ts'
import { requestErasure } from '../deletions/requests.ts'
import { keptSince } from '../database/retention-periods.ts'
import type { Queryable, Sql, TransactionSql } from '../database/sql.ts'

export type Settings = Pick<ProjectSettings, 'retentionDays' | 'sampleRate' | 'rateLimitPerMinute' | 'scrub'> & {
  grouping: GroupingTexts
}

export type SettingsChange = {
  retentionDays?: RetentionDays | undefined
  sampleRate?: number | undefined
  rateLimitPerMinute?: number | null | undefined
  scrub?:
    | {
        enabled?: boolean | undefined
        fields?: readonly string[] | undefined
        safeFields?: readonly string[] | undefined
        ip?: 'keep' | 'drop' | undefined
      }
    | undefined
  grouping?: { fingerprintRules?: string | undefined; stackRules?: string | undefined } | undefined
}

const settingsRow = v.strictObject({
  retention_days: v.picklist(retentionClasses),
  sample_rate: v.number(),
  rate_limit_per_minute: v.nullable(v.number()),
  scrub_enabled: v.boolean(),
  scrub_fields: v.array(v.string()),
  scrub_safe_fields: v.array(v.string()),
  scrub_ip: v.picklist(['keep', 'drop']),
  fingerprint_rules: v.string(),
  stack_rules: v.string(),
  grouping_revision: v.number()
})

export async function readSettings(sql: Queryable, projectId: number): Promise<Settings> {
  const [row] = await sql.rows(settingsRow)`
    select retention_days, sample_rate, rate_limit_per_minute, scrub_enabled, scrub_fields,
      scrub_safe_fields, scrub_ip, fingerprint_rules, stack_rules, grouping_revision
    from projects where id = ${projectId}`
  if (row === undefined) throw new Error(`there is no project ${projectId}`)
  return {
    retentionDays: row.retention_days,
    sampleRate: row.sample_rate,
    rateLimitPerMinute: row.rate_limit_per_minute,
    scrub: {
      enabled: row.scrub_enabled,
      fields: row.scrub_fields,
      safeFields: row.scrub_safe_fields,
      ip: row.scrub_ip
    },
    grouping: {
      revision: row.grouping_revision,
      fingerprintRules: row.fingerprint_rules,
      stackRules: row.stack_rules
    }
  }
}

/** Settings that `change` does not name stay. Returns all settings. */
export async function changeSettings(
  sql: Sql,
  projectId: number,
  change: SettingsChange,
  { userId, now }: { userId: string; now: number }
): Promise<Settings> {
  const { retentionDays, sampleRate, rateLimitPerMinute, scrub = {}, grouping = {} } = change
  return await sql.begin(async sql => {
    await sql`select from projects where id = ${projectId} for no key update`
    if (retentionDays !== undefined) await changeRetention(sql, projectId, retentionDays, { userId, now })
    await sql`
      update projects set
        sample_rate = coalesce(${sampleRate ?? null}, sample_rate),
        rate_limit_per_minute = ${
          rateLimitPerMinute === undefined ? sql`rate_limit_per_minute` : sql`${rateLimitPerMinute}`
        },
        scrub_enabled = coalesce(${scrub.enabled ?? null}, scrub_enabled),
        scrub_fields = coalesce(${scrub.fields ?? null}, scrub_fields),
        scrub_safe_fields = coalesce(${scrub.safeFields ?? null}, scrub_safe_fields),
        scrub_ip = coalesce(${scrub.ip ?? null}, scrub_ip),
        fingerprint_rules = coalesce(${grouping.fingerprintRules ?? null}, fingerprint_rules),
        stack_rules = coalesce(${grouping.stackRules ?? null}, stack_rules),
        grouping_revision = grouping_revision + ${Object.keys(grouping).length === 0 ? 0 : 1}::integer
      where id = ${projectId}`
    return await readSettings(sql, projectId)
  })
}

/** The partitions of every class are always there (see services/database/partitions.ts), so a change needs none. */
async function changeRetention(
  sql: TransactionSql,
  projectId: number,
  retentionDays: RetentionDays,
  { userId, now }: { userId: string; now: number }
): Promise<void> {
  const before = await readSettings(sql, projectId)
  if (before.retentionDays === retentionDays) return
  await sql`
    insert into retention_periods (project_id, since, retention_days)
    select id, created_at, retention_days from projects where id = ${projectId}
      and not exists (select from retention_periods where project_id = ${projectId})
    on conflict do nothing`
  await sql`
    insert into retention_periods (project_id, since, retention_days)
      values (${projectId}, ${new Date(now)}, ${retentionDays})
    on conflict (project_id, since) do update set retention_days = excluded.retention_days`
  await sql`
    update projects set retention_days = ${retentionDays}::smallint,
      retention_classes = case when ${retentionDays}::smallint = any (retention_classes) then retention_classes
        else retention_classes || ${retentionDays}::smallint end
    where id = ${projectId}`
  // Events that the longer retention keeps must not be removed any more.
  await sql`delete from erasures where project_id = ${projectId} and kind = 'older_than' and finished_at is null`
  if (retentionDays < before.retentionDays) {
    await requestErasure(sql, {
      kind: 'older_than',
      projectId,
      receivedBefore: new Date(keptSince(retentionDays, now)),
      requestedBy: userId
    })
  }
}
