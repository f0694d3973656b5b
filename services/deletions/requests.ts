/**
 * What is to be erased. It is requested in the transaction that hides it from people, removed in the background
 * (services/erasure/steps.ts), and shown with its progress.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import type { Person } from '../../schema/api/persons.ts'
import type { Queryable } from '../database/sql.ts'

/**
 * `project`, `organization`: the caller has marked their rows as deleted. `issue`: the caller has deleted the rows of
 * `issues` in the same transaction, so that the next event of their fingerprints makes new ones; everything else of
 * them goes in the background. `older_than`: events received before a moment and kept for longer than the project now
 * wants. `event`: the caller has erased it in the same transaction (services/erasure/events.ts), and its rollups
 * follow. `person`: all events of somebody that are accepted before, and what else is known of them.
 */
export type ErasureRequest = { requestedBy: string | null } & (
  | { kind: 'organization'; organizationId: string }
  | { kind: 'project'; projectId: number }
  | { kind: 'issue'; projectId: number; issueIds: readonly string[] }
  | { kind: 'older_than'; projectId: number; receivedBefore: Date }
  | { kind: 'event'; projectId: number; erasureId: string }
  | { kind: 'person'; projectId: number; person: Person }
)

export const erasureKinds = [
  'organization',
  'project',
  'issue',
  'older_than',
  'event',
  'person'
] as const satisfies ErasureRequest['kind'][]

/** By then every node knows that the keys of a deleted project are gone, and has committed what it had accepted. */
export const graceSeconds = 15

/**
 * Call it in the transaction that deletes. The time is the clock's and not the transaction's, which may have waited for
 * locks. Returns the ids of the erasures.
 */
export async function requestErasure(sql: Queryable, request: ErasureRequest): Promise<string[]> {
  const { kind, requestedBy } = request
  if (kind === 'organization') {
    const id = uuidv7()
    await sql`
      insert into erasures (id, kind, organization_id, name, requested_by, requested_at, due_at)
      select ${id}, 'organization', id, name, ${requestedBy}::uuid, moment, moment
      from organizations, clock_timestamp() as moment where id = ${request.organizationId}`
    return [id]
  }
  const subjects = kind === 'issue' ? request.issueIds : [null]
  const ids = kind === 'event' ? [request.erasureId] : subjects.map(() => uuidv7())
  const before = kind === 'older_than' ? request.receivedBefore : null
  const person = kind === 'person' ? JSON.stringify(request.person) : null
  const seconds = kind === 'project' ? graceSeconds : 0
  await sql`
    insert into erasures (id, kind, organization_id, project_id, issue_id, received_before, person, name,
      requested_by, requested_at, due_at)
    select s.id, ${kind}, p.organization_id, p.id, s.issue_id, ${before}::timestamptz, ${person}::text::jsonb, p.name,
      ${requestedBy}::uuid, moment, moment + make_interval(secs => ${seconds})
    from clock_timestamp() as moment, projects p, unnest(${ids}::uuid[], ${subjects}::uuid[]) as s (id, issue_id)
    where p.id = ${request.projectId}`
  return ids
}

const erasureRow = v.strictObject({
  id: v.string(),
  kind: v.picklist(erasureKinds),
  organization_id: v.string(),
  project_id: v.nullable(v.number()),
  issue_id: v.nullable(v.string()),
  name: v.string(),
  rows_removed: v.number(),
  requested_by: v.nullable(v.string()),
  requested_at: v.date(),
  due_at: v.date(),
  finished_at: v.nullable(v.date())
})
export type Erasure = v.InferOutput<typeof erasureRow>

/** Newest first; `after` is the last id of the page before. */
export async function listErasures(
  sql: Queryable,
  {
    of,
    after,
    limit
  }: { of: { organizationId: string } | { requestedBy: string }; after: string | null; limit: number }
): Promise<Erasure[]> {
  const theirs =
    'organizationId' in of ? sql`organization_id = ${of.organizationId}` : sql`requested_by = ${of.requestedBy}`
  return await sql.rows(erasureRow)`
    select id, kind, organization_id, project_id, issue_id, name, rows_removed, requested_by, requested_at, due_at,
      finished_at from erasures
    where ${theirs} ${after === null ? sql`` : sql`and id < ${after}`} order by id desc limit ${limit}`
}
