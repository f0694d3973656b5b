/**
 * Asks addresses by mail whether they want the alerts of an organization. A mail that the server does not take counts
 * as not sent: the address can be asked again.
 */
import { v7 as uuidv7 } from 'uuid'
import type { Sql } from '../database/sql.ts'
import { mailFailure, type SendMail } from '../machine/mail.ts'
import { giveBackMails } from './mail-counts.ts'
import { beginQuestion, takeBackQuestion, type Question } from './recipients.ts'

export type Asking = {
  sendMail: SendMail
  /** Without a slash at the end. */
  publicUrl: string
  organization: { id: string; slug: string }
  caller: { id: string; email: string }
  /** Whether those are asked again who were asked some time ago. */
  again: boolean
}

/**
 * Asks those of the addresses that may be asked now. Returns the number of mails that were sent, and the reason why the
 * mail server did not take one.
 */
export async function askRecipients(
  sql: Sql,
  emails: readonly string[],
  { sendMail, publicUrl, organization, caller, again }: Asking,
  now: number
): Promise<{ sent: number; failure: string | null }> {
  const questions: Question[] = []
  for (const email of [...new Set(emails)].sort()) {
    const about = { organizationId: organization.id, email, callerId: caller.id, again }
    const question = await beginQuestion(sql, about, now)
    if (question !== null) questions.push(question)
  }
  const failures = await Promise.all(
    questions.map(async question => {
      const text = textOf({ publicUrl, slug: organization.slug, askedBy: caller.email, secret: question.secret })
      const failure = await mailFailure(sendMail({ to: [question.email], ...text, id: uuidv7(), headers: {} }))
      if (failure === null) return null
      await takeBackQuestion(sql, question)
      await giveBackMails(sql, organization.id, 'question', 1)
      return failure
    })
  )
  const failed = failures.filter(failure => failure !== null)
  return { sent: questions.length - failed.length, failure: failed[0] ?? null }
}

type Text = { publicUrl: string; slug: string; askedBy: string; secret: string }

/** Names the organization by its slug: its name is any text, and this goes to strangers. */
function textOf({ publicUrl, slug, askedBy, secret }: Text): { subject: string; text: string } {
  return {
    subject: `[Mesher] Alerts of ${slug}: do you want them?`,
    text: [
      `${askedBy} would like to have alerts of the organization "${slug}" sent to you`,
      `by Mesher, the error tracker at ${publicUrl}.`,
      '',
      'Do you want them? Say yes or no here:',
      `${publicUrl}/account/mail/${secret}`,
      '',
      'Nothing is sent to you before you have said yes.',
      ''
    ].join('\n')
  }
}
