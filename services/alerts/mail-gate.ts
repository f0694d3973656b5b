/**
 * Lets a notification by mail through to those recipients of a rule that may get mail, as long as the organization has
 * not sent too many. Notifications of other kinds pass. Like every sender it never rejects.
 */
import * as v from 'valibot'
import type { DeliveryResult, Notification } from '../../schema/alerts.ts'
import type { Sql } from '../database/sql.ts'
import { giveBackMails, mailsMaxPerHour, takeMails } from './mail-counts.ts'
import { recipientsOf } from './recipients.ts'
import type { Send } from './send-notification.ts'

export type MailGateOptions = { sql: Sql; send: Send; /** Milliseconds since the epoch. */ now: () => number }

const projectRow = v.strictObject({ organization_id: v.string() })

export function mailGate({ sql, send, now }: MailGateOptions): Send {
  async function sendMail(to: readonly string[], notification: Notification): Promise<DeliveryResult> {
    const [project] = await sql.rows(projectRow)`
      select organization_id from projects where id = ${Number(notification.project.id)} and deleted_at is null`
    if (project === undefined) return { ok: false, detail: 'the project is gone', isFinal: true }
    const { organization_id: organizationId } = project
    const recipients = await recipientsOf(sql, organizationId, to)
    const ready = to.filter(email => recipients.get(email)?.state === 'ready')
    if (ready.length === 0) return { ok: false, detail: 'no recipient has agreed to get mail yet', isFinal: true }
    if (!(await takeMails(sql, organizationId, 'alert', { mails: ready.length, now: now() }))) {
      const detail = `the organization has sent as many mails as it may in an hour (${mailsMaxPerHour.alert})`
      return { ok: false, detail, isFinal: false, recipients: ready }
    }
    const result = await send({ type: 'email', to: ready }, notification)
    const isUnsent = !result.ok && result.recipients === undefined
    if (isUnsent) await giveBackMails(sql, organizationId, 'alert', ready.length)
    if (ready.length === to.length) return result
    return { ...result, detail: `${result.detail}; ${to.length - ready.length} of ${to.length} have not agreed` }
  }

  return async (action, notification) => {
    if (action.type !== 'email') return await send(action, notification)
    try {
      return await sendMail(action.to, notification)
    } catch {
      // The database is away: the delivery waits for it, and says so when somebody can read it again.
      return { ok: false, detail: 'the recipients could not be looked up', isFinal: false }
    }
  }
}
