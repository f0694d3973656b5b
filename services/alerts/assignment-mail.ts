/**
 * Mail to whom issues were assigned by somebody else: one for each act, sent once, to members whose address is
 * confirmed and within the hourly limit of the organization. One that the mail server does not take is not sent again:
 * an open dashboard tells the same.
 */
import { v7 as uuidv7 } from 'uuid'
import * as v from 'valibot'
import { assignmentMail } from '../../events/assignment-mail.ts'
import type { Sql } from '../database/sql.ts'
import { readStreamIssues } from '../issues/stream.ts'
import { mailFailure, type SendMail } from '../machine/mail.ts'
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

/** Returns why a mail was not sent; null when one was, or when there is nobody to send one to. */
export async function mailAssignee(
  sql: Sql,
  { organizationId, projectId, assigneeId, userId, issueIds }: Assignment,
  { sendMail, publicUrl, now }: { sendMail: SendMail; publicUrl: string; now: number }
): Promise<string | null> {
  if (assigneeId === userId) return null
  const [about] = await sql.rows(aboutRow)`
    select o.slug as organization, p.slug, u.email, b.name as by_name, b.email as by_email
    from projects p join organizations o on o.id = p.organization_id
      join memberships m on m.organization_id = o.id and m.user_id = ${assigneeId}
      join users u on u.id = m.user_id and u.email_confirmed_at is not null
      join users b on b.id = ${userId}
    where p.id = ${projectId} and p.deleted_at is null`
  const issues = await readStreamIssues(sql, projectId, issueIds)
  if (about === undefined || issues.length === 0) return null
  if (!(await takeMails(sql, organizationId, 'alert', { mails: 1, now }))) {
    return 'the organization has sent as many mails as it may'
  }
  const by = about.by_name || about.by_email
  const url = `${publicUrl}/${about.organization}/${about.slug}/issues`
  const mail = { to: [about.email], ...assignmentMail({ by, url, issues }), id: uuidv7(), headers: {} }
  const failure = await mailFailure(sendMail(mail))
  if (failure !== null) await giveBackMails(sql, organizationId, 'alert', 1)
  return failure
}
