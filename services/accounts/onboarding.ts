/**
 * Reads what the page of first steps shows of a project: a key to send events with, and whether an event has come. One
 * statement, quick at any size, so the page may ask often. An event has come when there is an issue. A project that is
 * gone looks like one without keys and events: the caller has checked that it exists.
 */
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
