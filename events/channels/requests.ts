/**
 * How a notification becomes requests, for every channel but mail, and what an answer means. Pure: a preview is what
 * would be sent. Repeating requests is harmless where a service has incidents, since they carry their key.
 */
import type { Action, DeliveryResult, Notification } from '../../schema/alerts.ts'
import { addressOf } from '../alert-actions.ts'
import { opening, opsgenieCall, pagerdutyEvent } from './incidents.ts'
import { discordBody, mattermostBody, ntfyBody, slackBody, teamsBody, telegramBody } from './messages.ts'
import { templateBody, webhookBody, webhookHeaders } from './webhooks.ts'
import type { Links } from '../notification-texts.ts'

export type ChannelRequest = { url: string; headers: Readonly<Record<string, string>>; body: string }

/** `retryAfter` is the header. */
export type ChannelAnswer = { status: number; retryAfter: string | null; body: string }

export type PostedAction = Exclude<Action, { type: 'email' }>
type Type = PostedAction['type']
/** Written so that the type of a channel and of its action go together. */
type ActionOf<T extends Type> = { [K in T]: { type: K } & Extract<PostedAction, { type: K }> }[T]
type Requests<A> = (action: A, notification: Notification, links: Links, now: Date) => ChannelRequest[]

type Channel<T extends Type> = {
  requests: Requests<ActionOf<T>>
  /** Statuses that say that the same request will be refused again: the address is gone, the key is wrong. */
  refusals: readonly number[]
}

const channels: { [T in Type]: Channel<T> } = {
  webhook: {
    requests: ({ url, secret }, notification, links, now) => {
      const body = webhookBody(notification, links, now)
      return [{ url, body, headers: webhookHeaders(notification, secret, body, now) }]
    },
    refusals: []
  },
  template: {
    requests: ({ url, authorization, template }, notification, links) => [
      {
        url,
        body: templateBody(template, notification, links),
        headers: authorization === undefined ? {} : { Authorization: authorization }
      }
    ],
    refusals: []
  },
  slack: { requests: message(slackBody), refusals: [400, 403, 404, 410] },
  discord: { requests: message(discordBody), refusals: [400, 401, 403, 404] },
  teams: { requests: message(teamsBody), refusals: [400, 401, 403, 404, 410] },
  mattermost: { requests: message(mattermostBody), refusals: [400, 403, 404] },
  telegram: {
    requests: (action, notification, links) => [
      request(`${base(action)}/bot${action.token}/sendMessage`, telegramBody(action.chat_id, notification, links))
    ],
    refusals: [400, 401, 403, 404]
  },
  ntfy: {
    requests: (action, notification, links) => [
      request(
        base(action),
        ntfyBody(action.topic, notification, links),
        action.token === undefined ? {} : { Authorization: `Bearer ${action.token}` }
      )
    ],
    refusals: [400, 401, 403, 404]
  },
  pagerduty: {
    requests: (action, notification, links) =>
      concerned(notification).map(alert =>
        request(`${base(action)}/v2/enqueue`, pagerdutyEvent(action.routing_key, notification, alert, links))
      ),
    refusals: [400, 401, 403, 404]
  },
  opsgenie: {
    requests: (action, notification, links) =>
      concerned(notification).map(alert => {
        const { path, body } = opsgenieCall(notification, alert, links)
        return request(`${base(action)}${path}`, body, { Authorization: `GenieKey ${action.api_key}` })
      }),
    refusals: [401, 403, 404, 422]
  }
}

function message(bodyOf: (notification: Notification, links: Links) => object): Requests<{ url: string }> {
  return ({ url }, notification, links) => [request(url, bodyOf(notification, links))]
}

function request(url: string, body: object, headers: Record<string, string> = {}): ChannelRequest {
  return { url, headers, body: JSON.stringify(body) }
}

function base(action: Action): string {
  const url = addressOf(action)
  return url.endsWith('/') ? url.slice(0, -1) : url
}

function concerned(notification: Notification) {
  return notification.isResolution ? notification.alerts.slice(0, 1) : opening(notification)
}

/** None when there is nothing left to tell. */
export function requestsOf<T extends Type>(
  action: ActionOf<T>,
  notification: Notification,
  links: Links,
  now: Date
): ChannelRequest[] {
  const channel: Channel<T> = channels[action.type]
  return channel.requests(action, notification, links, now)
}

/** Redirects are not followed: their targets were not checked. */
export function resultOf(type: Type, answer: ChannelAnswer, now: Date): DeliveryResult {
  const { status } = answer
  const detail = `answered ${status}`
  if (status >= 200 && status < 300) return { ok: true, detail, isFinal: false }
  const retryAfterS = status === 429 || status === 503 ? retryAfterOf(answer, now) : null
  return {
    ok: false,
    detail,
    isFinal: channels[type].refusals.includes(status),
    ...(retryAfterS === null ? {} : { retryAfterS })
  }
}

/** Seconds, or a date. Telegram says it in the body. */
function retryAfterOf({ retryAfter, body }: ChannelAnswer, now: Date): number | null {
  if (retryAfter === null) {
    const seconds = /"retry_after"\s*:\s*(\d{1,6})\b/.exec(body)?.[1]
    return seconds === undefined ? null : Number(seconds)
  }
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter)
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1_000))
}
