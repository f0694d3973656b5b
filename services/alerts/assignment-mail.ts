/**
 * Mail to whom issues were assigned by somebody else: one for each act, sent once, to members whose address is
 * confirmed and within the hourly limit of the organization. It rejects when the mail server does not take it; the
 * dashboard tells the same.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { assignmentMail } from '../../events/assignment-mail.ts'
import type { Sql } from '../database/sql.ts'
import { readStreamIssues } from '../issues/stream.ts'
import type { SendMail } from '../machine/mail.ts'
import { giveBackMails, takeMails } from './mail-counts.ts'

export type Assignment = {
  organizationId: string
  projectId: number
  assigneeId: string
  /** Who assigned them. */
  userId: string
  issueIds: readonly string[]
}

const aboutRow = v.strictObject({
  organization: v.string(),
  slug: v.string(),
  email: v.string(),
  by_name: v.string(),
  by_email: v.string()
})

/** Returns how many mails were sent. */
export async function mailAssignee(
  sql: Sql,
  { organizationId, projectId, assigneeId, userId, issueIds }: Assignment,
  { sendMail, publicUrl, now }: { sendMail: SendMail; publicUrl: string; now: number }
): Promise<number> {
  if (assigneeId === userId) return 0
  const [about] = await sql.rows(aboutRow)`
    select o.slug as organization, p.slug, u.email, b.name as by_name, b.email as by_email
    from projects p join organizations o on o.id = p.organization_id
      join memberships m on m.organization_id = o.id and m.user_id = ${assigneeId}
      join users u on u.id = m.user_id and u.email_confirmed_at is not null
      join users b on b.id = ${userId}
    where p.id = ${projectId} and p.deleted_at is null`
  const issues = await readStreamIssues(sql, projectId, issueIds)
  if (about === undefined || issues.length === 0) return 0
  if (!(await takeMails(sql, organizationId, 'alert', { mails: 1, now }))) return 0
  const by = about.by_name || about.by_email
  const url = `${publicUrl}/${about.organization}/${about.slug}/issues`
  try {
    await sendMail({ to: [about.email], ...assignmentMail({ by, url, issues }), id: uuidv7(), headers: {} })
    return 1
  } catch (error) {
    await giveBackMails(sql, organizationId, 'alert', 1)
    throw error
  }
}
