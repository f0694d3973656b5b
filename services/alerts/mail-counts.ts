/**
 * How many mails an organization sends in an hour: alerts by the number of recipients, and questions whether somebody
 * wants them. Counted in the database, so the limits hold for all nodes. Mails beyond a limit are refused.
 */
import type { Queryable } from '../database/sql.ts'

export type MailKind = 'alert' | 'question'

export const mailsMaxPerHour: Readonly<Record<MailKind, number>> = { alert: 200, question: 20 }
const hourMs = 3_600_000

/** Counts mails that are about to be sent; false when all of them together are too many for this hour. */
export async function takeMails(
  sql: Queryable,
  organizationId: string,
  kind: MailKind,
  { mails, now }: { mails: number; now: number }
): Promise<boolean> {
  const [at, since, max] = [new Date(now), new Date(now - hourMs), mailsMaxPerHour[kind]]
  const { count } = await sql`
    insert into mail_counts as c (organization_id, kind, since, mails)
    select ${organizationId}, ${kind}, ${at}, ${mails} where ${mails}::integer <= ${max}
    on conflict (organization_id, kind) do update set
      since = case when c.since > ${since} then c.since else excluded.since end,
      mails = case when c.since > ${since} then c.mails + excluded.mails else excluded.mails end
    where case when c.since > ${since} then c.mails + excluded.mails else excluded.mails end <= ${max}`
  return count > 0
}

/** For mails that the mail server did not take. */
export async function giveBackMails(
  sql: Queryable,
  organizationId: string,
  kind: MailKind,
  mails: number
): Promise<void> {
  await sql`
    update mail_counts set mails = greatest(0, mails - ${mails}) where organization_id = ${organizationId}
      and kind = ${kind}`
}
