/**
 * An event as it is read: frames that were stored without their map are mapped now, if the map is there by now. What is
 * stored stays as it was, and so does the issue.
 */
import * as v from 'valibot'
import { mapEvent } from '../../events/symbolication/map-event.ts'
import { storedEvent } from '../../events/stored-event.ts'
import type { MapFinder } from '../../schema/symbolication.ts'
import type { Sql } from '../database/sql.ts'
import type { SymbolStore } from './symbol-store.ts'

const readingDeadlineMs = 4_000
const revisionRow = v.strictObject({ artifact_revision: v.number() })

/** `isMappedLate`: a frame has been mapped that was stored without its map. */
export type ReadEvent = { payload: string; isMappedLate: boolean }

export async function mappedWhenRead(
  sql: Sql,
  symbols: SymbolStore,
  { projectId, receivedAt, payload }: { projectId: number; receivedAt: Date; payload: string }
): Promise<ReadEvent> {
  const asStored = { payload, isMappedLate: false }
  const event = storedEvent(payload, receivedAt.getTime())
  // With nothing known, what is missing is what maps could be about.
  if (event === null || mapEvent(event, () => ({ kind: 'unknown' })).missing.length === 0) return asStored
  const [row] = await sql.rows(revisionRow)`select artifact_revision from projects where id = ${projectId}`
  const scope = { projectId, revision: row?.artifact_revision ?? 0 }
  const find: MapFinder = place =>
    scope.revision > 0
      ? symbols.find(scope, place)
      : { kind: 'none', reason: place.debugId === '' && place.release === '' ? 'no_debug_id' : 'not_uploaded' }

  const first = mapEvent(event, find)
  if (first.missing.length > 0) await symbols.load(scope, first.missing, readingDeadlineMs)
  const mapped = first.missing.length === 0 ? first : mapEvent(event, find)
  return mapped.event === event ? asStored : { payload: JSON.stringify(mapped.event), isMappedLate: mapped.mapped > 0 }
}
