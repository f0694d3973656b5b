/**
 * Sends a notification to one target, once: by mail, or with the requests of its channel (events/channels/requests.ts).
 * It never rejects: it returns how the delivery ended, in words for the delivery log.
 */
import { requestsOf, resultOf, type PostedAction } from '../../events/channels/requests.ts'
import { mailOf } from '../../events/notification-texts.ts'
import type { Action, DeliveryResult, Notification } from '../../schema/alerts.ts'
import type { SendMail } from '../machine/mail.ts'
import { postJson } from '../machine/post-json.ts'
import type { Proxy } from '../machine/proxy.ts'
import { TargetRefused, type Resolve } from '../machine/public-address.ts'

export type SendOptions = {
  allowPrivate: boolean
  /** Null without a mail server. */
  sendMail: SendMail | null
  publicUrl: string
  timeoutMs?: number
  proxy?: Proxy | null
  resolve?: Resolve
}

export type Send = (action: Action, notification: Notification) => Promise<DeliveryResult>

export function sender({ allowPrivate, sendMail, publicUrl, timeoutMs = 10_000, ...network }: SendOptions): Send {
  const links = { publicUrl }

  /** One after the other, up to the first that fails: what is repeated later is all of them. */
  async function post(action: PostedAction, notification: Notification): Promise<DeliveryResult> {
    const begun = performance.now()
    let result: DeliveryResult = { ok: true, detail: 'nothing is open any more', isFinal: false }
    for (const { url, headers, body } of requestsOf(action, notification, links, new Date())) {
      const leftMs = Math.round(begun + times * timeoutMs - performance.now())
      if (leftMs <= 0) return { ok: false, detail: `took longer than ${(times * timeoutMs) / 1000} s`, isFinal: false }
      const options = { allowPrivate, timeoutMs: Math.min(timeoutMs, leftMs), ...network }
      const answer = await postJson({ url, body, headers }, options)
      result = resultOf(action.type, answer, new Date())
      if (!result.ok) return result
    }
    return result
  }

  return async (action, notification) => {
    try {
      return action.type === 'email'
        ? await sendByMail(sendMail, action.to, notification, links)
        : await post(action, notification)
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
/** Incidents take several requests, each within the limit. All of it must end before the delivery is due again. */
const times = 2.5

async function sendByMail(
  sendMail: SendMail | null,
  to: readonly string[],
  notification: Notification,
  links: { publicUrl: string }
): Promise<DeliveryResult> {
  if (sendMail === null) return { ok: false, detail: 'no mail server is configured (MESHER_SMTP_URL)', isFinal: false }
  const id = notification.deliveryId
  const rejected = await sendMail({ to, ...mailOf(notification, links), id, headers: { 'X-Mesher-Delivery': id } })
  if (rejected.length === 0) return { ok: true, detail: 'accepted by the mail server', isFinal: false }
  return {
    ok: false,
    detail: `accepted, but not for ${rejected.length} of ${to.length} recipients`,
    isFinal: false,
    recipients: rejected
  }
}
