/**
 * What expires of artifacts, in bounded steps: bundles that nobody used for 90 days or whose upload failed a day ago,
 * the entries of deleted bundles, and files that no entry names any more.
 */
import type { Sql } from '../database/sql.ts'
import { noteChange } from './bundles.ts'
import * as v from 'valibot'

/** Since an upload was last used. */
export const daysKept = 90
const failedHoursKept = 24

export type UpkeepBounds = { rowsMax: number }

const projectRow = v.strictObject({ project_id: v.number() })

/** Returns how many bundles are deleted from now on. */
export async function expireBundles(sql: Sql, { rowsMax }: UpkeepBounds): Promise<number> {
  return await sql.begin(async sql => {
    const rows = await sql.rows(projectRow)`
      update artifact_bundles set state = 'deleted', chunks = '{}' where ctid = any (array(
        select ctid from artifact_bundles
        where state <> 'deleted' and last_used_at < now() - make_interval(days => ${daysKept})
          or state in ('error', 'waiting') and worked_at < now() - make_interval(hours => ${failedHoursKept})
        limit ${rowsMax} for update skip locked))
      returning project_id`
    for (const projectId of [...new Set(rows.map(row => row.project_id))].sort((a, b) => a - b)) {
      await noteChange(sql, projectId)
    }
    return rows.length
  })
}

/** Entries of deleted bundles; returns how many rows are gone. */
export async function removeDeletedBundles(sql: Sql, { rowsMax }: UpkeepBounds): Promise<number> {
  return await sql.begin(async sql => {
    const { count: entries } = await sql`
      delete from artifact_entries where ctid = any (array(
        select e.ctid from artifact_bundles b
          join artifact_entries e on e.project_id = b.project_id and e.bundle_id = b.id
        where b.state = 'deleted' limit ${rowsMax} for update of e skip locked))`
    if (entries >= rowsMax) return entries
    const { count: bundles } = await sql`
      delete from artifact_bundles where ctid = any (array(
        select ctid from artifact_bundles b where state = 'deleted'
          and not exists (select from artifact_entries e where e.project_id = b.project_id and e.bundle_id = b.id)
        limit ${rowsMax - entries} for update skip locked))`
    return entries + bundles
  })
}

/**
 * Files that no bundle holds. One that was added within the last hour may belong to a bundle that is being assembled. A
 * file that a bundle gets in the same moment is kept by the entry's reference: then the statement fails, and the next
 * run finds the rest.
 */
export async function removeUnusedFiles(sql: Sql, { rowsMax }: UpkeepBounds): Promise<number> {
  const { count } = await sql`
    delete from artifact_files where ctid = any (array(
      select ctid from artifact_files f where added_at < now() - interval '1 hour'
        and not exists (select from artifact_entries e where e.project_id = f.project_id and e.sha1 = f.sha1)
      limit ${rowsMax} for update skip locked))`
  return count
}
