/**
 * The steps of an erasure of a person in one project, each repeated until it finds nothing:
 * 1. Events go, some at a time. Only those accepted until the request, and some seconds after it, are meant.
 * 2. The rollups are counted without them (services/erasure/uncount.ts).
 * 3. Feedback with the person's e-mail address goes, and quarantined events that name them.
 * 4. While the spool of a node holds batches from before the request, all of it is repeated from time to time.
 * Then the erasure no longer says whom it was about.
 */
import type { Person } from '../../schema/api/persons.ts'
import { graceSeconds } from '../deletions/requests.ts'
import type { TransactionSql } from '../database/sql.ts'
import { leastId, type Position } from '../search/event-windows.ts'
import { lockFamilies } from '../issues/locks.ts'
import { eraseEvents, type ErasedKey } from './events.ts'
import { addressesOf, namedIn } from '../persons/words.ts'
import { pageOfPerson, type FoundEvent, type FoundPage, type PersonIn } from '../persons/find.ts'
import { uncount } from './uncount.ts'

export type PersonErasure = {
  id: string
  projectId: number
  person: Person
  requestedBy: string | null
  requestedAt: Date
}

/** `spool`: batches from before the request may still come from the disk of a node. */
export type PersonStep = { state: 'removing' | 'waiting' | 'spool' | 'done'; rows: number }

/** Large events are read whole, so few at once. */
const eventsMax = 200

export async function takePersonStep(
  sql: TransactionSql,
  erasure: PersonErasure,
  rowsMax: number
): Promise<PersonStep> {
  const { id, projectId, person, requestedBy, requestedAt } = erasure
  const until = new Date(requestedAt.getTime() + graceSeconds * 1_000)
  const keys = await keysOfPerson(sql, { projectId, person }, until, Math.min(rowsMax, eventsMax))
  if (keys.length > 0) {
    const issueIds = keys.map(key => key.issueId)
    const locked = await lockFamilies(sql, projectId, issueIds)
    if (locked === null) return { state: 'waiting', rows: 0 }
    return { state: 'removing', rows: await eraseEvents(sql, { erasureId: id, projectId, requestedBy }, keys, locked) }
  }
  const counted = await uncount(sql, { erasureId: id, projectId, rowsMax })
  if (counted !== 'done') return { state: counted === 'more' ? 'removing' : 'waiting', rows: 0 }
  const rows = await removeWords(sql, projectId, person, until, rowsMax)
  if (rows > 0) return { state: 'removing', rows }
  return { state: (await mayStillCome(sql, until)) ? 'spool' : 'done', rows: 0 }
}

/** Some of their events; none when there are no more. Events of others that the index finds are passed over. */
async function keysOfPerson(sql: TransactionSql, one: PersonIn, until: Date, rowsMax: number): Promise<ErasedKey[]> {
  let before: Position | null = { at: until.getTime(), id: leastId }
  while (before !== null) {
    const { events, end }: FoundPage = await pageOfPerson(sql, one, { before, from: 0 }, rowsMax)
    if (events.length > 0) return events.map(keyOf)
    before = end
  }
  return []
}

function keyOf({
  id,
  received_at: receivedAt,
  retention_days: retentionDays,
  issue_id: issueId
}: FoundEvent): ErasedKey {
  return { id, receivedAt, retentionDays, issueId }
}

async function removeWords(
  sql: TransactionSql,
  projectId: number,
  person: Person,
  until: Date,
  rowsMax: number
): Promise<number> {
  const { count: feedback } = await sql`
    delete from user_feedback where ctid = any (array(
      select ctid from user_feedback where project_id = ${projectId} and lower(email) = any (${addressesOf(person)})
        and received_at <= ${until} limit ${rowsMax}))`
  return feedback + (await removeQuarantined(sql, projectId, person, until, rowsMax))
}

async function removeQuarantined(
  sql: TransactionSql,
  projectId: number,
  person: Person,
  until: Date,
  rowsMax: number
): Promise<number> {
  const { count } = await sql`
    delete from quarantined_events where ctid = any (array(
      select ctid from quarantined_events where project_id = ${projectId} and created_at <= ${until}
        and body ~* ${namedIn(person)} limit ${rowsMax}))`
  return count
}

/**
 * Whether a node's spool may hold batches from before. A node says of its spool what it has a moment after it writes to
 * it, and every minute.
 */
async function mayStillCome(sql: TransactionSql, until: Date): Promise<boolean> {
  const { count } = await sql`
    select where clock_timestamp() <= ${until}::timestamptz or exists (
      select from spools s
      where s.oldest_at <= ${until}
        or (s.noted_at <= ${until} and exists (
          select from nodes n where n.name = s.node and n.seen_at > clock_timestamp() - interval '2 minutes')))`
  return count > 0
}
