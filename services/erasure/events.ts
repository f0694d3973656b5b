/**
 * Erases single events, in one transaction that holds their issues. Their rows are gone at once, and so is what hangs
 * on them: the client's ids, feedback about them, and what their issues show and count of them. Rollups follow: what
 * the events were counted as is noted in `erased_events`, because folds may not have counted it yet
 * (services/erasure/uncount.ts). An issue of which nothing is left is deleted.
 */
import * as v from 'valibot'
import { tagKeysCountedMax } from '../rollups/deltas.ts'
import { parseJson } from '../../events/json.ts'
import { facets } from '../../schema/facets.ts'
import type { TransactionSql } from '../database/sql.ts'
import { allWords } from '../search/word-sets.ts'
import { payloadText, storedPayloadColumns } from '../events/payloads.ts'
import { recountIssues, type EventErasure, type GoneEvent } from './issue-facts.ts'
import type { LockedIssue } from '../issues/locks.ts'

/** Identifies the row of an event and its partition. */
export type ErasedKey = { id: string; receivedAt: Date; retentionDays: number; issueId: string }

const takenRow = v.strictObject({
  id: v.string(),
  issue_id: v.string(),
  received_at: v.date(),
  user_hash: v.nullable(v.string()),
  user: v.string(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  bytes: v.number(),
  weight: v.number(),
  /** `key=value` of what is derived of the event. */
  facets: v.array(v.string()),
  ...storedPayloadColumns
})
type Taken = Omit<v.InferOutput<typeof takenRow>, 'packed' | 'payload'> & { payload: string }

/** The issues of all of these events, with their families, are `locked`. Returns how many events were still there. */
export async function eraseEvents(
  sql: TransactionSql,
  erasure: EventErasure,
  keys: readonly ErasedKey[],
  locked: readonly LockedIssue[]
): Promise<number> {
  const { projectId } = erasure
  const gone: GoneEvent[] = []
  for (const retentionDays of new Set(keys.map(key => key.retentionDays))) {
    const ofClass = keys.filter(key => key.retentionDays === retentionDays)
    const taken = await takeOut(sql, projectId, retentionDays, ofClass)
    await noteTaken(sql, erasure, taken)
    gone.push(...taken.map(({ payload, ...row }) => ({ ...row, clientId: membersOf(payload).clientId })))
  }
  if (gone.length === 0) return 0
  await forgetTraces(sql, projectId, gone)
  await recountIssues(sql, erasure, gone, locked)
  return gone.length
}

/** Of one class of retention, so that only the partitions of these days are opened. */
async function takeOut(
  sql: TransactionSql,
  projectId: number,
  retentionDays: number,
  keys: readonly ErasedKey[]
): Promise<Taken[]> {
  const times = keys.map(({ receivedAt }) => receivedAt.toISOString()).sort()
  const rows = await sql.rows(takenRow)`
    with gone as (
      delete from events e using json_to_recordset(${JSON.stringify(keys)}::text::json)
        as k (id uuid, "receivedAt" timestamptz)
      where e.project_id = ${projectId} and e.retention_days = ${retentionDays}
        and e.received_at between ${times[0] ?? ''} and ${times.at(-1) ?? ''}
        and e.received_at = k."receivedAt" and e.id = k.id
      returning e.*
    ), minutes as (
      update alert_rule_minutes m set count = m.count - c.count from (
        select r.id, g.issue_id, date_trunc('minute', g.received_at) as minute,
          sum(coalesce(g.weight, 1)) as count
        from alert_rules r join gone g on ${allWords(sql, 'g')} @@ r.filter
        where r.project_id = ${projectId} group by 1, 2, 3
      ) c
      where m.project_id = ${projectId} and m.rule_id = c.id and m.issue_id = c.issue_id and m.minute = c.minute
    ), users as (
      delete from alert_rule_users u using gone g where u.project_id = ${projectId} and u.issue_id = g.issue_id
        and u.user_hash = g.user_hash
    )
    select id, issue_id, received_at, user_hash::text as user_hash, "user", level, environment, release,
      coalesce(octet_length(packed), octet_length(payload::text)) as bytes, coalesce(weight, 1) as weight,
      payload::text as payload, packed, array(
        select lexeme from unnest(tsvector_to_array(${allWords(sql, 'g')})) lexeme
        where split_part(lexeme, '=', 1) = any (${facets.map(({ name }) => name)}) and strpos(lexeme, '=') > 0
      ) as facets from gone g`
  return rows.map(({ payload, packed, ...row }) => ({ ...row, payload: payloadText({ payload, packed }) }))
}

/** What they are counted as in the rollups. */
async function noteTaken(
  sql: TransactionSql,
  { erasureId, projectId }: EventErasure,
  taken: readonly Taken[]
): Promise<void> {
  const rows = taken.map(({ payload, facets, ...row }) => ({ ...row, tags: countedTags(payload, facets) }))
  await sql`
    insert into erased_events (project_id, erasure_id, id, issue_id, received_at, user_hash, "user", level,
      environment, release, bytes, weight, tags)
    select ${projectId}, ${erasureId}, id, issue_id, received_at, user_hash, "user", level, environment, release,
      bytes, weight, array(select json_array_elements_text(tags))
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (id uuid, issue_id uuid, received_at timestamptz,
      user_hash bigint, "user" text, level text, environment text, release text, bytes bigint,
      weight integer, tags json)`
}

/** As services/rollups/deltas.ts counts them. A tag is in the place of the facet of its name. */
function countedTags(payload: string, facets: readonly string[]): string[] {
  const { tags } = membersOf(payload)
  const derived = facets.flatMap(lexeme => {
    const end = lexeme.indexOf('=')
    const name = lexeme.slice(0, end)
    return Object.hasOwn(tags, name) ? [] : [name, lexeme.slice(end + 1)]
  })
  return [...Object.entries(tags).slice(0, tagKeysCountedMax).flat(), ...derived]
}

const payloadMembers = v.object({
  event_id: v.fallback(v.nullish(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))), null),
  tags: v.fallback(v.optional(v.record(v.string(), v.string())), undefined)
})

/** What is no event any more has neither. */
function membersOf(payload: string): { clientId: string | null; tags: Record<string, string> } {
  const parsed = parseJson(payload)
  const members = v.safeParse(payloadMembers, parsed.ok ? parsed.value : null)
  if (!members.success) return { clientId: null, tags: {} }
  return { clientId: members.output.event_id ?? null, tags: members.output.tags ?? {} }
}

/** What refers to the events; a reference in the activity of an issue leads nowhere any more. */
async function forgetTraces(sql: TransactionSql, projectId: number, gone: readonly GoneEvent[]): Promise<void> {
  const ids = gone.map(({ id }) => id)
  const clientIds = gone.map(event => event.clientId).filter(id => id !== null)
  await sql`
    delete from event_keys where project_id = ${projectId} and event_id = any (${clientIds}::uuid[])
      and id = any (${ids}::uuid[])`
  await sql`
    delete from user_feedback where project_id = ${projectId}
      and (stored_event_id = any (${ids}::uuid[]) or event_id = any (${clientIds}::uuid[]))`
  await sql`
    update issue_activity set data = data || '{"event_id": null}' where project_id = ${projectId}
      and issue_id in (select issue_id from unnest(${gone.map(event => event.issue_id)}::uuid[]) issue_id)
      and data->>'event_id' = any (${ids})`
  await sql`
    update alerts set event_id = null where project_id = ${projectId} and event_id = any (${ids}::uuid[])`
  await sql`delete from alert_rule_minutes where project_id = ${projectId} and count <= 0`
}
