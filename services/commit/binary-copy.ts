/**
 * Writes rows of `events` as a binary COPY stream. The columns and their order stand in `copyEvents`, and what is
 * written must match them. The size of each payload is noted in its row. Text that PostgreSQL cannot hold (NUL) is
 * refused by PostgreSQL, not here.
 */
import { keptTitle } from '../../events/own-names.ts'
import type { PlacedEvent } from './committed-batch.ts'
import type { WordSets } from './word-sets.ts'
import { writePayload } from '../events/payloads.ts'
import { writeSearch } from '../search/write-search.ts'
import type { ByteWriter } from '../database/wire/byte-writer.ts'
import type { PreparedStatement } from '../database/wire/pipeline.ts'

export const copyEvents: PreparedStatement = {
  name: 'copy_events',
  text: `copy events (project_id, received_at, id, retention_days, issue_id, occurred_at, user_hash, level, environment,
    release, "user", message, title, culprit, weight, word_set, search, packed) from stdin (format binary)`
}
const columns = 18

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')

export function writeEventRows(out: ByteWriter, rows: readonly PlacedEvent[], sets: WordSets): void {
  out.ensure(signature.length)
  out.length += signature.copy(out.buffer, out.length)
  out.int32(0)
  out.int32(0)
  for (const row of rows) writeEventRow(out, row, sets.idOf(row.event))
  out.int16(-1)
}

function writeEventRow(out: ByteWriter, row: PlacedEvent, wordSet: number | null): void {
  const { event, issueId, weight } = row
  out.int16(columns)
  out.int32(8)
  out.int64(event.projectId)
  out.int32(8)
  out.timestamp(event.receivedAt)
  out.uuid(event.id)
  out.int32(2)
  out.int16(event.retentionDays)
  out.uuid(issueId)
  out.int32(8)
  out.timestamp(event.occurredAt)
  if (event.userHash === '') {
    out.int32(-1)
  } else {
    out.int32(8)
    out.hex(event.userHash, 8)
  }
  out.text(event.level)
  out.text(event.environment)
  out.text(event.release)
  out.text(event.user)
  out.text(event.message)
  const title = keptTitle(event)
  if (title === null) out.int32(-1)
  else out.text(title)
  out.text(event.culprit)
  if (weight === 1) {
    out.int32(-1)
  } else {
    out.int32(4)
    out.int32(weight)
  }
  if (wordSet === null) {
    out.int32(-1)
  } else {
    out.int32(4)
    out.int32(wordSet)
  }
  writeSearch(out, event, wordSet)
  row.bytes = writePayload(out, event.payload)
}
