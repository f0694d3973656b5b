/** DSN keys: who may send events, and what ingestion must know of the project behind a key. */
import type { Sql } from './sql.ts'
import { parse, picklist } from 'valibot'
import { retentionClasses, type IngestKey } from '../schema/pipeline.ts'

type KeyRow = {
  id: string,
  public_key: string,
  key_limit: number | null,
  project_id: string,
  retention_days: number,
  sample_rate: number
  project_limit: number | null,
  scrub_enabled: boolean,
  scrub_fields: string[],
  scrub_ip: string
}

/** All active keys of projects that are not deleted. */
export async function loadKeys (sql: Sql): Promise<IngestKey[]> {
  const rows = await sql<KeyRow[]>`
    select k.id, k.public_key, k.rate_limit_per_minute as key_limit, p.id as project_id, p.retention_days, p.sample_rate,
      p.rate_limit_per_minute as project_limit, p.scrub_enabled, p.scrub_fields, p.scrub_ip
    from dsn_keys k join projects p on p.id = k.project_id
    where k.is_active and p.deleted_at is null
    order by k.project_id, k.id`
  return rows.map(ingestKey)
}

function ingestKey (row: KeyRow): IngestKey {
  return {
    keyId: row.id,
    publicKey: row.public_key,
    rateLimitPerMinute: row.key_limit,
    project: {
      projectId: Number(row.project_id),
      retentionDays: parse(picklist(retentionClasses), row.retention_days),
      sampleRate: row.sample_rate,
      rateLimitPerMinute: row.project_limit,
      scrub: { enabled: row.scrub_enabled, fields: row.scrub_fields, ip: parse(picklist(['keep', 'drop']), row.scrub_ip) }
    }
  }
}
