/**
 * The clients' own event ids, kept for at least 24 h after the commit, so that an event may safely be sent again. They
 * are claimed in the transaction of the commit (`claim_event_keys`) and looked up here when a claim was refused.
 */
import * as v from 'valibot'
import type { Sql } from '../database/sql.ts'
import type { PreparedEvent } from '../../schema/pipeline.ts'
import { eventKey } from './plan.ts'

const eventKeyRow = v.strictObject({ project_id: v.number(), event_id: v.string(), id: v.string() })

/** The first id of each client event id among `events`, by `eventKey`. */
export async function learnEventKeys(sql: Sql, events: readonly PreparedEvent[]): Promise<Map<string, string>> {
  const keys = events.filter(event => event.eventId !== null).map(({ projectId, eventId }) => ({ projectId, eventId }))
  if (keys.length === 0) return new Map()
  const rows = await sql.rows(eventKeyRow)`
    select distinct on (e.project_id, e.event_id) e.project_id, replace(e.event_id::text, '-', '') as event_id, e.id
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("projectId" bigint, "eventId" uuid)
    join event_keys e on e.project_id = k."projectId" and e.event_id = k."eventId"
    where e.day >= (now() at time zone 'utc')::date - 1
    order by e.project_id, e.event_id, e.day`
  return new Map(rows.map(row => [eventKey(row.project_id, row.event_id), row.id]))
}
