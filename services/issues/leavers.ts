/**
 * Takes issues from somebody who leaves an organization, so that nobody who cannot see them has them. Call it in the
 * transaction that ends the membership, after that: an assignment at the same moment holds the membership.
 */
import * as v from 'valibot'
import { noteActivity, type Deed } from './activity.ts'
import type { TransactionSql } from '../database/sql.ts'

export type IssuesOfProject = { projectId: number; issueIds: string[] }

const rowSchema = v.strictObject({
  project_id: v.number(),
  id: v.string(),
  name: v.string(),
  email: v.string()
})

/** Returns the issues that have no assignee any more. Their activity says who did it, and who had them. */
export async function unassignLeaver(
  sql: TransactionSql,
  { organizationId, userId, callerId }: { organizationId: string; userId: string; callerId: string }
): Promise<IssuesOfProject[]> {
  const rows = await sql.rows(rowSchema)`
    with locked as (
      select i.project_id, i.id from projects p join issues i on i.project_id = p.id and i.assignee_id = ${userId}
      where p.organization_id = ${organizationId} order by i.project_id, i.id for update of i
    )
    update issues i set assignee_id = null from locked l, users u
    where i.project_id = l.project_id and i.id = l.id and u.id = ${userId}
    returning i.project_id, i.id, u.name, u.email`
  const byProject = new Map<number, string[]>()
  for (const row of rows) byProject.set(row.project_id, [...(byProject.get(row.project_id) ?? []), row.id])
  const [someone] = rows
  const data = { left: { id: userId, name: someone?.name ?? '', email: someone?.email ?? '' } }
  const unassigned = [...byProject].map(([projectId, issueIds]) => ({ projectId, issueIds: issueIds.sort() }))
  for (const { projectId, issueIds } of unassigned) {
    await noteActivity(
      sql,
      { projectId, userId: callerId },
      issueIds.map((issueId): Deed => ({ issueId, kind: 'unassigned', data }))
    )
  }
  return unassigned
}
