/**
 * Folds the deltas that commits left in `rollup_deltas` into the rollups: one transaction takes some rows, sums them up
 * and adds the sums. So every event is counted exactly once, whichever node folds and whenever one dies. A delta that
 * another node is folding is passed over. Reads of rollups lack what has not been folded yet. A failure rolls
 * everything back, and the next fold takes the same deltas.
 */
import { forgetBefore, leaveOutKnown, remember } from './fold-memory.ts'
import { loadNames, type ProjectDay } from './bounds.ts'
import { decodeDelta, type Delta } from './deltas.ts'
import { writeSums } from './statements.ts'
import { sumUp, type Sums } from './sums.ts'
import type { Sql } from '../database/sql.ts'
import type { WireConnection } from '../database/wire/connection.ts'
import { int } from '../database/wire/parameters.ts'
import type { PreparedStatement } from '../database/wire/pipeline.ts'
import { withWire } from '../database/wire/pool.ts'

/** How many deltas and events were folded. Fewer deltas than `rowsMax` mean that none are left. */
export type Folded = { deltas: number; events: number }

export type FoldOptions = { rowsMax: number; deadlineMs?: number }

const begin: PreparedStatement = { name: 'begin', text: 'begin' }
const commit: PreparedStatement = { name: 'commit', text: 'commit' }
const take: PreparedStatement = {
  name: 'take_deltas',
  text: `delete from rollup_deltas
    where id = any (array(select id from rollup_deltas order by id limit $1::bigint for update skip locked))
    returning payload, (select last_value + is_called::integer from rollups_taken_away)`
}

/**
 * The name of an advisory lock that folds share; whoever has it alone may take away what they have written, and says so
 * by the next value of `rollups_taken_away`.
 */
export const foldsLock = 'mesher folds'

const shareLock: PreparedStatement = {
  name: 'share_folds_lock',
  text: `select pg_advisory_xact_lock_shared(hashtext('${foldsLock}'))`
}

const dayMs = 86_400_000

/** Folds the oldest deltas, at most `rowsMax`, into the rollups. */
export async function foldRollups(sql: Sql, { rowsMax, deadlineMs = 30_000 }: FoldOptions): Promise<Folded> {
  return await withWire(sql, async wire => {
    try {
      return await fold(sql, wire, rowsMax, deadlineMs)
    } catch (error) {
      // Ends the transaction that may still be open on the connection.
      wire.close()
      throw error
    }
  })
}

async function fold(sql: Sql, wire: WireConnection, rowsMax: number, deadlineMs: number): Promise<Folded> {
  const [, , taken] = await wire.run(
    pipeline => {
      pipeline.execute(begin)
      pipeline.execute(shareLock)
      pipeline.execute(take, [int(rowsMax)])
    },
    { deadlineMs }
  )

  const rows = taken?.rows ?? []
  const takenAway = rows[0]?.[1] ?? ''
  if (rows.length > 0) forgetBefore(sql, takenAway)
  const deltas = rows.map(([payload]) => decodeDelta(payload ?? ''))
  const sums = await summed(sql, deltas)
  await wire.run(
    pipeline => {
      if (deltas.length > 0) writeSums(pipeline, sums)
      pipeline.execute(commit)
    },
    { deadlineMs }
  )
  remember(sql, sums, takenAway)
  return { deltas: deltas.length, events: sums.events }
}

async function summed(sql: Sql, deltas: readonly Delta[]): Promise<Sums> {
  const sums = sumUp(deltas, await loadNames(sql, daysOf(deltas)))
  leaveOutKnown(sql, sums)
  return sums
}

/** Every stored event has an outcome, so the outcomes name all projects and days. */
function* daysOf(deltas: readonly Delta[]): Generator<ProjectDay> {
  for (const { outcomes } of deltas) {
    for (const { projectId, hour } of outcomes) yield { projectId, day: hour - (hour % dayMs) }
  }
}

/** Deletes minutes older than 25 h, at most `rowsMax`; returns how many. */
export async function forgetMinutes(sql: Sql, { now, rowsMax }: { now: number; rowsMax: number }): Promise<number> {
  const { count } = await sql`
    delete from issue_minutes where ctid = any (array(
      select ctid from issue_minutes where minute < ${new Date(now)}::timestamptz - interval '25 hours'
        order by minute limit ${rowsMax}))`
  return count
}
