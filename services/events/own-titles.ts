/** The titles that events have by themselves. Those that are gone, or older than such titles, are missing. */
import * as v from 'valibot'
import { receivedAtOf } from '../../events/event-ids.ts'
import { namesOf } from '../../events/own-names.ts'
import { limits } from '../../schema/limits.ts'
import type { Queryable } from '../database/sql.ts'

const row = v.strictObject({
  id: v.string(),
  title: v.nullable(v.string()),
  culprit: v.nullable(v.string()),
  message: v.string()
})

export async function ownTitles(
  sql: Queryable,
  events: readonly { projectId: number; id: string }[]
): Promise<Map<string, string>> {
  if (events.length === 0) return new Map()
  const keys = events.map(key => ({ ...key, receivedAt: new Date(receivedAtOf(key.id)).toISOString() }))
  const times = keys.map(({ receivedAt }) => receivedAt).sort()
  const rows = await sql.rows(row)`
    select e.id, e.title, e.culprit, left(e.message, ${limits.titleCharsMax + 1}) as message
    from json_to_recordset(${JSON.stringify(keys)}::text::json)
      as k (id uuid, "projectId" bigint, "receivedAt" timestamptz)
    join projects p on p.id = k."projectId"
    join events e on e.project_id = k."projectId" and e.received_at = k."receivedAt" and e.id = k.id
      and e.retention_days = any (p.retention_classes)
    where e.received_at between ${times[0] ?? ''} and ${times.at(-1) ?? ''}`
  return new Map(
    rows.flatMap(({ id, ...kept }) => {
      const names = namesOf(kept)
      return names === null ? [] : [[id, names.title]]
    })
  )
}
