/**
 * Removes what is to be erased, a bounded step at a time. One short transaction locks an erasure, deletes some rows and
 * notes how far it got, so a restart continues there. Rows that another transaction has locked are passed over: a step
 * never waits, so it cannot deadlock with writers. Every table that has a `project_id` is visited again until nothing
 * is left in any.
 */
import * as v from 'valibot'
import { person } from '../../schema/api/persons.ts'
import { erasureKinds } from '../deletions/requests.ts'
import { removeFromHours } from './hours.ts'
import { takePersonStep, type PersonStep } from './person-steps.ts'
import { erasureTables, type ErasureTable } from './tables.ts'
import { uncount } from './uncount.ts'
import type { Sql, TransactionSql } from '../database/sql.ts'

const erasureInHandRow = v.strictObject({
  id: v.string(),
  kind: v.picklist(erasureKinds),
  organization_id: v.string(),
  project_id: v.number(),
  issue_id: v.nullable(v.string()),
  received_before: v.nullable(v.date()),
  person: v.nullable(person),
  name: v.string(),
  requested_by: v.nullable(v.string()),
  requested_at: v.date(),
  position: v.string(),
  pass_rows: v.number(),
  rows_removed: v.number()
})
type ErasureInHand = v.InferOutput<typeof erasureInHandRow>

/** `none`: there is nothing to do at the moment. `finished`: everything is gone. */
export type ErasureStep =
  | { state: 'none' }
  | { state: 'waiting' | 'removing'; rows: number }
  | { state: 'finished'; kind: ErasureInHand['kind']; name: string; rows: number }

/** A step visits further tables for this long; one statement may take longer. */
const lookMs = 300
const pauses = { waitingS: 1, betweenPassesS: 2, spoolS: 5 } as const

/** Takes one step of the erasure that has waited longest, and deletes at most `rowsMax` rows. */
export async function takeErasureStep(sql: Sql, { rowsMax }: { rowsMax: number }): Promise<ErasureStep> {
  return await sql.begin(async sql => {
    const [erasure] = await sql.rows(erasureInHandRow)`
      select id, kind, organization_id, coalesce(project_id, 0) as project_id, issue_id, received_before, person, name,
        requested_by, requested_at, position, pass_rows, rows_removed
      from erasures where finished_at is null and due_at <= clock_timestamp() order by due_at limit 1
      for update skip locked`
    if (erasure === undefined) return { state: 'none' }
    if (erasure.kind === 'event' || erasure.kind === 'person') return await stepOfEvents(sql, erasure, rowsMax)
    if (erasure.position === '' && (await mustWait(sql, erasure))) {
      await rest(sql, erasure, pauses.waitingS)
      return { state: 'waiting', rows: 0 }
    }
    return erasure.kind === 'organization' ? await finish(sql, erasure) : await remove(sql, erasure, rowsMax)
  })
}

async function stepOfEvents(sql: TransactionSql, erasure: ErasureInHand, rowsMax: number): Promise<ErasureStep> {
  const { state, rows } = await takeStepOfEvents(sql, erasure, rowsMax)
  if (state === 'done') return await finish(sql, erasure)
  const seconds = { removing: 0, waiting: pauses.waitingS, spool: pauses.spoolS }[state]
  await sql`
    update erasures set rows_removed = rows_removed + ${rows}, position = ${state === 'spool' ? 'spools' : ''},
      due_at = clock_timestamp() + make_interval(secs => ${seconds})
    where id = ${erasure.id}`
  return { state: state === 'removing' ? state : 'waiting', rows }
}

async function takeStepOfEvents(
  sql: TransactionSql,
  { id: erasureId, project_id: projectId, person, requested_by: requestedBy, requested_at: requestedAt }: ErasureInHand,
  rowsMax: number
): Promise<PersonStep> {
  if (person !== null) {
    return await takePersonStep(sql, { id: erasureId, projectId, person, requestedBy, requestedAt }, rowsMax)
  }
  const counted = await uncount(sql, { erasureId, projectId, rowsMax })
  return { state: counted === 'more' ? 'removing' : counted, rows: 0 }
}

/**
 * What was committed before the request is counted into the rollups a moment later, so what is removed before that
 * would come back.
 */
async function mustWait(
  sql: TransactionSql,
  { kind, organization_id: organizationId, requested_at: requestedAt }: ErasureInHand
): Promise<boolean> {
  if (kind === 'older_than') return false
  const { count } =
    kind === 'organization'
      ? await sql`
        select from erasures where organization_id = ${organizationId} and kind = 'project' and finished_at is null
        limit 1`
      : await sql`select from rollup_deltas where created_at <= ${requestedAt} limit 1`
  return count > 0
}

async function remove(sql: TransactionSql, erasure: ErasureInHand, rowsMax: number): Promise<ErasureStep> {
  const tables = (await erasureTables(sql, erasure)).filter(table => table.position > erasure.position)
  const until = performance.now() + lookMs
  let { position } = erasure
  let rows = 0
  for (const table of tables) {
    rows += await removeFrom(sql, erasure, table, rowsMax - rows)
    if (rows >= rowsMax) break
    position = table.position
    if (performance.now() > until) break
  }
  const isThrough = position === (tables.at(-1)?.position ?? erasure.position)
  if (isThrough && erasure.pass_rows + rows === 0 && !(await isAnythingLeft(sql, erasure))) {
    return await finish(sql, erasure)
  }
  await sql`
    update erasures set position = ${isThrough ? '' : position},
      pass_rows = ${isThrough ? 0 : erasure.pass_rows + rows}, rows_removed = rows_removed + ${rows},
      due_at = clock_timestamp() + make_interval(secs => ${isThrough ? pauses.betweenPassesS : 0})
    where id = ${erasure.id}`
  return { state: 'removing', rows }
}

async function removeFrom(
  sql: TransactionSql,
  erasure: ErasureInHand,
  { name, isEvents }: ErasureTable,
  rowsMax: number
): Promise<number> {
  const removal = sql`
    delete from ${sql(name)} where ctid = any (array(
      select ctid from ${sql(name)} where ${isDoomed(sql, erasure)} limit ${rowsMax} for update skip locked))`
  if (isEvents && erasure.kind === 'issue') return await removeFromHours(sql, erasure.project_id, removal)
  const { count } = await removal
  return count
}

/** Rows that were passed over still exist. */
async function isAnythingLeft(sql: TransactionSql, erasure: ErasureInHand): Promise<boolean> {
  for (const { name } of await erasureTables(sql, erasure)) {
    const { count } = await sql`select from ${sql(name)} where ${isDoomed(sql, erasure)} limit 1`
    if (count > 0) return true
  }
  return false
}

function isDoomed(
  sql: TransactionSql,
  { kind, project_id: projectId, issue_id: issueId, received_before: before }: ErasureInHand
) {
  switch (kind) {
    case 'issue':
      return sql`project_id = ${projectId} and issue_id = ${issueId}`
    case 'older_than':
      return sql`project_id = ${projectId} and received_at < ${before}`
    case 'project':
    case 'organization':
      return sql`project_id = ${projectId}`
    case 'event':
    case 'person':
      throw new Error('these are no rows of whole tables')
  }
}

/** What is left of a project or an organization must tell nothing about it. */
async function finish(
  sql: TransactionSql,
  { id, kind, project_id: projectId, organization_id: organizationId, name, rows_removed: rows }: ErasureInHand
): Promise<ErasureStep> {
  if (kind === 'project') {
    await sql`
      update projects set name = '', platform = '', slug = 'deleted-' || id,
        scrub_fields = '{}', scrub_safe_fields = '{}', fingerprint_rules = '', stack_rules = ''
      where id = ${projectId}`
  }
  if (kind === 'organization') {
    await sql`delete from former_organization_slugs where organization_id = ${organizationId}`
    await sql`update organizations set name = '', slug = 'deleted-' || id where id = ${organizationId}`
  }
  await sql`update erasures set finished_at = clock_timestamp(), position = '', person = null where id = ${id}`
  return { state: 'finished', kind, name, rows }
}

/** Moves it behind the others. */
async function rest(sql: TransactionSql, { id }: ErasureInHand, seconds: number): Promise<void> {
  await sql`update erasures set due_at = clock_timestamp() + make_interval(secs => ${seconds}) where id = ${id}`
}
