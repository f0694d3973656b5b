/** What a project's first steps need to know. */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'

export type OnboardingFacts = { publicKey: string | null; hasEvents: boolean }

const factsRow = v.strictObject({ public_key: v.nullable(v.string()), has_events: v.boolean() })

/** The oldest key that is active, and whether any event has come. */
export async function onboardingFacts(sql: Sql, projectId: number): Promise<OnboardingFacts> {
  const [row] = await sql.rows(factsRow)`
    select (select public_key from dsn_keys where project_id = ${projectId} and is_active
      order by created_at, id limit 1) as public_key,
      exists (select from issues where project_id = ${projectId}) as has_events`
  return { publicKey: row?.public_key ?? null, hasEvents: row?.has_events === true }
}
