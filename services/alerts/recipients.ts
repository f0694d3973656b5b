/**
 * Who gets mail by the alert rules of an organization: members whose address is confirmed, and addresses that were
 * asked by mail and have agreed. Everybody else is asked once, and again at most hourly and a few times, within limits
 * of the organization and of the address, so that rules cannot be used to send mail to strangers.
 */
import * as v from 'valibot'
import type { Queryable, Sql } from '../database/sql.ts'
import { hashSecret, newSecret } from '../machine/secrets.ts'
import { giveBackMails, takeMails } from './mail-counts.ts'

/** `waiting`: for an answer, or for being asked. `askedAt` is null for an address that was not asked. */
export type Recipient = { email: string; state: 'ready' | 'waiting' | 'declined'; askedAt: Date | null }

const askedAgainMs = 3_600_000
/** By one organization, within `unansweredDays`. */
const timesMax = 5
/** By all organizations. */
const perAddressAndDay = 5
/** Then an address is as if it had never been asked. */
const unansweredDays = 30

const recipientRow = v.strictObject({
  email: v.string(),
  asked_at: v.nullable(v.date()),
  is_declined: v.boolean(),
  is_ready: v.boolean()
})

/** By address, in lower case. */
export async function recipientsOf(
  sql: Queryable,
  organizationId: string,
  emails: readonly string[]
): Promise<Map<string, Recipient>> {
  if (emails.length === 0) return new Map()
  const rows = await sql.rows(recipientRow)`
    select e.email, r.asked_at, r.declined_at is not null as is_declined, r.confirmed_at is not null or exists (
      select from users u join memberships m on m.user_id = u.id and m.organization_id = ${organizationId}
      where u.email = e.email and u.email_confirmed_at is not null) as is_ready
    from unnest(${[...new Set(emails)]}::text[]) e (email)
      left join mail_recipients r on r.organization_id = ${organizationId} and r.email = e.email`
  return new Map(
    rows.map(({ email, asked_at: askedAt, is_declined: isDeclined, is_ready: isReady }) => [
      email,
      { email, state: isDeclined ? 'declined' : isReady ? 'ready' : 'waiting', askedAt }
    ])
  )
}

export type Question = { email: string; secret: string }

/**
 * Writes down that an address is asked now, and returns the secret of the link; null when it may not be asked now. With
 * `again` it may have been asked before.
 */
export async function beginQuestion(
  sql: Sql,
  {
    organizationId,
    email,
    callerId,
    again
  }: { organizationId: string; email: string; callerId: string; again: boolean },
  now: number
): Promise<Question | null> {
  const secret = newSecret()
  const at = new Date(now)
  const before = again ? new Date(now - askedAgainMs) : null
  return await sql.begin(async sql => {
    if (!(await takeMails(sql, organizationId, 'question', { mails: 1, now }))) return null
    const { count } = await sql`
      insert into mail_recipients as r (organization_id, email, secret_hash, asked_by, asked_at, times_asked)
      select ${organizationId}, ${email}, ${hashSecret(secret)}, ${callerId}, ${at}, 1
      where (select count(*) from mail_recipients where email = ${email}
        and asked_at > ${at}::timestamptz - interval '1 day') < ${perAddressAndDay}
      on conflict (organization_id, email) do update set secret_hash = excluded.secret_hash,
        asked_by = excluded.asked_by, asked_at = excluded.asked_at, times_asked = r.times_asked + 1
      where r.confirmed_at is null and r.declined_at is null and r.times_asked < ${timesMax}
        and (r.asked_at is null or r.asked_at <= ${before}::timestamptz)`
    if (count > 0) return { email, secret }
    await giveBackMails(sql, organizationId, 'question', 1)
    return null
  })
}

/** For a question that the mail server did not take. */
export async function takeBackQuestion(sql: Queryable, { secret }: Question): Promise<void> {
  await sql`
    update mail_recipients set asked_at = null, times_asked = greatest(0, times_asked - 1)
    where secret_hash = ${hashSecret(secret)}`
}

const askedRow = v.strictObject({
  email: v.string(),
  organization: v.string(),
  is_declined: v.boolean(),
  is_confirmed: v.boolean()
})
export type Asked = { email: string; organization: string; state: 'waiting' | 'confirmed' | 'declined' }

/** Null for a secret that is unknown, or that a later question has replaced. */
export async function findAsked(sql: Queryable, secret: string): Promise<Asked | null> {
  const [row] = await sql.rows(askedRow)`
    select r.email, o.slug as organization, r.declined_at is not null as is_declined,
      r.confirmed_at is not null as is_confirmed
    from mail_recipients r join organizations o on o.id = r.organization_id and o.deleted_at is null
    where r.secret_hash = ${hashSecret(secret)}`
  if (row === undefined) return null
  const { email, organization, is_declined: isDeclined, is_confirmed: isConfirmed } = row
  return { email, organization, state: isDeclined ? 'declined' : isConfirmed ? 'confirmed' : 'waiting' }
}

/**
 * The link was mailed to the address, so its holder may say yes and no, as often as they change their mind. A user who
 * has the address and says yes while logged in (`userId`) has confirmed it for their account too.
 */
export async function answerQuestion(
  sql: Sql,
  secret: string,
  { wants, userId, now }: { wants: boolean; userId: string | null; now: number }
): Promise<void> {
  const at = new Date(now)
  await sql.begin(async sql => {
    await sql`
      update mail_recipients set confirmed_at = ${wants ? at : null}, declined_at = ${wants ? null : at}
      where secret_hash = ${hashSecret(secret)}`
    if (!wants || userId === null) return
    await sql`
      update users set email_confirmed_at = coalesce(email_confirmed_at, ${at}) where id = ${userId}
        and email = (select email from mail_recipients where secret_hash = ${hashSecret(secret)})`
  })
}

/** Addresses that have not answered, in steps. */
export async function forgetUnanswered(
  sql: Queryable,
  { now, rowsMax }: { now: number; rowsMax: number }
): Promise<number> {
  const { count } = await sql`
    delete from mail_recipients where ctid = any (array(
      select ctid from mail_recipients
      where confirmed_at is null and declined_at is null
        and (asked_at is null or asked_at < ${new Date(now)}::timestamptz - make_interval(days => ${unansweredDays}))
      limit ${rowsMax}))`
  return count
}
