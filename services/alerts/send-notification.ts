/**
 * Sends a notification to one target, once. It never rejects: it returns how the delivery ended, in words for the
 * delivery log. Webhooks are signed with their secret over time and body, so that a receiver can check who sent it and
 * refuse an old one that is sent again.
 */
import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { discordBody, mailOf, slackBody, webhookBody } from '../../events/notification-texts.ts'
import type { Action, DeliveryResult, Notification } from '../../schema/alerts.ts'
import { postJson } from '../machine/post-json.ts'
import { TargetRefused, type Resolve } from '../machine/public-address.ts'

export type SendOptions = {
  allowPrivate: boolean
  /** `smtp://user:password@host:587`, or smtps; `?from=` names the sender. */
  smtpUrl: string | null
  publicUrl: string
  timeoutMs?: number
  resolve?: Resolve
}

export type Send = (action: Action, notification: Notification) => Promise<DeliveryResult>

export function sender({ allowPrivate, smtpUrl, publicUrl, timeoutMs = 10_000, resolve }: SendOptions): Send {
  const links = { publicUrl }
  const post = (url: string, body: string, headers: Record<string, string> = {}): Promise<number> =>
    postJson({ url, body, headers }, { allowPrivate, timeoutMs, ...(resolve === undefined ? {} : { resolve }) })

  async function sendBy(action: Action, notification: Notification): Promise<DeliveryResult> {
    switch (action.type) {
      case 'webhook': {
        const now = new Date()
        const body = webhookBody(notification, links, now)
        return answered(await post(action.url, body, webhookHeaders(notification, action.secret, body, now)))
      }
      case 'slack':
        return answered(await post(action.url, slackBody(notification, links)))
      case 'discord':
        return answered(await post(action.url, discordBody(notification, links)))
      case 'email':
        return await sendMail(smtpUrl, action.to, notification, links, timeoutMs)
    }
  }

  return async (action, notification) => {
    try {
      return await sendBy(action, notification)
    } catch (error) {
      return {
        ok: false,
        detail: error instanceof Error ? error.message.slice(0, detailCharsMax) : 'failed',
        isFinal: error instanceof TargetRefused
      }
    }
  }
}

const detailCharsMax = 300
/** SMTP takes several commands, each within the limit. All of it must end before the delivery is due again. */
const mailTimes = 2.5

/** Redirects are not followed: their targets were not checked. */
function answered(status: number): DeliveryResult {
  return { ok: status >= 200 && status < 300, detail: `answered ${status}`, isFinal: false }
}

/** `t` is in seconds; what is signed is `<t>.<body>`. */
function webhookHeaders(
  { deliveryId }: Notification,
  secret: string | undefined,
  body: string,
  now: Date
): Record<string, string> {
  const t = Math.floor(now.getTime() / 1000)
  const headers = { 'X-Mesher-Delivery': deliveryId, 'X-Mesher-Timestamp': String(t) }
  if (secret === undefined) return headers
  return {
    ...headers,
    'X-Mesher-Signature': `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
  }
}

async function sendMail(
  smtpUrl: string | null,
  to: readonly string[],
  notification: Notification,
  links: { publicUrl: string },
  timeoutMs: number
): Promise<DeliveryResult> {
  if (smtpUrl === null) return { ok: false, detail: 'no mail server is configured (MESHER_SMTP_URL)', isFinal: false }
  const url = new URL(smtpUrl)
  const from = url.searchParams.get('from') ?? defaultFrom(url, links.publicUrl)
  url.searchParams.delete('from')
  const transport = createTransport({
    url: url.href,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs
  })
  const limit = new AbortController()
  const late = sleep(mailTimes * timeoutMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`the mail server took longer than ${(mailTimes * timeoutMs) / 1000} s`)
  })
  try {
    const sent = transport.sendMail({
      from,
      to: [...to],
      ...mailOf(notification, links),
      // The same at every attempt: mail programs show a message that came twice only once.
      messageId: `<${notification.deliveryId}@${new URL(links.publicUrl).hostname}>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Mesher-Delivery': notification.deliveryId },
      disableFileAccess: true,
      disableUrlAccess: true
    })
    const { rejected } = await Promise.race([sent, late])
    if (rejected.length === 0) return { ok: true, detail: 'accepted by the mail server', isFinal: false }
    return {
      ok: false,
      detail: `accepted, but not for ${rejected.length} of ${to.length} recipients`,
      isFinal: false,
      recipients: rejected
    }
  } finally {
    late.catch(() => {})
    limit.abort()
    transport.close()
  }
}

function defaultFrom({ username }: URL, publicUrl: string): string {
  const user = decodeURIComponent(username)
  return user.includes('@') ? user : `Mesher <mesher@${new URL(publicUrl).hostname}>`
}
