/** What the requests of `bench/query` name: issues, events, users, words and releases that the database has. */
import * as v from 'valibot'
import { connect, type Sql } from '../../services/database/sql.ts'
import { payloadText, type StoredPayloadColumns } from '../../services/events/payloads.ts'
import type { Dataset } from './dataset.ts'

export type Facts = {
  project: string
  slug: string
  organization: string
  userId: string
  /** The issue with most events. */
  largest: string
  /** Of all issues, whatever they are like. */
  issues: string[]
  /** Events from all over the 90 days, and of the largest issue. */
  events: string[]
  eventsOfLargest: string[]
  users: string[]
  emails: string[]
  customers: string[]
  /** In the order in which they were first seen. */
  releases: string[]
  /** Words that a single event has. */
  rareWords: string[]
  alertRule: string
  alert: string
}

type Text = { text: string }

const samples = 200

export async function gatherFacts({ postgres, projectId }: Dataset): Promise<Facts> {
  const sql = connect({ url: postgres.url, max: 2, statementTimeoutMs: 0 })
  const texts = async (query: PromiseLike<Text[]>): Promise<string[]> => (await query).map(({ text }) => text)
  const first = async (query: PromiseLike<Text[]>): Promise<string> => (await texts(query))[0] ?? ''
  try {
    const largest = await first(
      sql<Text[]>`select id::text as text from issues where project_id = ${projectId} order by event_count desc limit 1`
    )
    const sampled = await sampleEvents(sql, projectId)
    const rule = await alertOf(sql, projectId)
    return {
      project: String(projectId),
      slug: await first(sql<Text[]>`select slug as text from projects where id = ${projectId}`),
      organization: await first(
        sql<Text[]>`select organization_id::text as text from projects where id = ${projectId}`
      ),
      userId: await first(sql<Text[]>`select user_id::text as text from api_tokens limit 1`),
      largest,
      issues: await texts(
        sql<Text[]>`
          select id::text as text from issues where project_id = ${projectId}
          order by md5(number::text) limit ${samples}`
      ),
      events: sampled.map(({ id }) => id),
      eventsOfLargest: sampled.filter(({ issue_id: issue }) => issue === largest).map(({ id }) => id),
      users: known(sampled.map(({ user }) => user)),
      emails: known(sampled.map(({ email }) => email)),
      customers: known(sampled.map(({ customer }) => customer)),
      releases: await texts(
        sql<Text[]>`
          select release as text from project_hours where project_id = ${projectId} and release <> ''
          group by release order by min(hour), release`
      ),
      rareWords: known(sampled.map(({ message }) => /"([0-9a-f]{9})"$/.exec(message)?.[1] ?? '')),
      ...rule
    }
  } finally {
    await sql.end()
  }
}

type SampledRow = { id: string; issue_id: string; user: string; message: string } & StoredPayloadColumns
type Sampled = { id: string; issue_id: string; user: string; email: string; customer: string; message: string }

const namesInPayload = v.object({
  user: v.optional(v.object({ email: v.optional(v.string()) })),
  tags: v.optional(v.object({ customer: v.optional(v.string()) }))
})

/** A few events of each of some hundred hours, by the order of time. */
async function sampleEvents(sql: Sql, projectId: number): Promise<Sampled[]> {
  const rows = await sql<SampledRow[]>`
    select e.*
    from generate_series(now() - interval '89 days', now() - interval '1 hour', interval '3 hours') as hour, lateral (
      select e.id, e.issue_id, e."user", e.message, e.payload::text as payload, e.packed from events e
      where e.project_id = ${projectId} and e.retention_days = 90 and e.received_at >= hour
      order by e.received_at, e.id limit 10
    ) e order by md5(e.id::text)`
  return rows.map(({ payload, packed, ...row }) => {
    const { user, tags } = v.parse(namesInPayload, JSON.parse(payloadText({ payload, packed })))
    return { ...row, email: user?.email ?? '', customer: tags?.customer ?? '' }
  })
}

/** One rule and one alert, so that there is something to list. */
async function alertOf(sql: Sql, projectId: number): Promise<{ alertRule: string; alert: string }> {
  await sql`
    insert into alert_rules (
      project_id, id, name, is_enabled, kind, filters, actions, cooldown_minutes, created_at, updated_at)
    select ${projectId}, gen_random_uuid(), 'Regressions', false, 'regression', '{}', '[]', 60, now(), now()
    where not exists (select from alert_rules where project_id = ${projectId})`
  await sql`
    insert into alerts (project_id, id, rule_id, rule_name, kind, subject, status, fired_at)
    select project_id, gen_random_uuid(), id, name, kind, 'project', 'resolved', now()
    from alert_rules
    where project_id = ${projectId} and not exists (select from alerts where project_id = ${projectId})`
  const [row] = await sql<{ rule: string; alert: string }[]>`
    select rule_id as rule, id as alert from alerts where project_id = ${projectId} order by id limit 1`
  return { alertRule: row?.rule ?? '', alert: row?.alert ?? '' }
}

function known(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter(text => text !== '')
}
