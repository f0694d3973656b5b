/**
 * Messages for chats and phones. Each text escapes what its service would take for markup, and none can mention people.
 * What would be longer than the service takes ends at a line.
 */
import type { Notification, NotifiedAlert } from '../../schema/alerts.ts'
import {
  alertsUrl,
  alertUrl,
  headline,
  linesWithin,
  namedMax,
  restOf,
  sentenceOf,
  type Links
} from '../notification-texts.ts'

/** Slack splits or cuts longer texts. */
const slackCharsMax = 4_000

export function slackBody(notification: Notification, links: Links): object {
  const head = `*${slackText(headline(notification))}*`
  const text = linesWithin(
    slackCharsMax,
    notification,
    head,
    alert => `• <${alertUrl(notification, alert, links)}|${slackText(sentenceOf(alert))}>`
  )
  return { text, unfurl_links: false }
}

/** What begins a mention or a link in Slack is a `<`. */
function slackText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_~`|]/g, ' ')
}

const discordCharsMax = 2_000

export function discordBody(notification: Notification, links: Links): object {
  const content = linesWithin(
    discordCharsMax,
    notification,
    `**${discordText(headline(notification))}**`,
    alert => `- ${discordText(sentenceOf(alert))} <${alertUrl(notification, alert, links)}>`
  )
  return { content, allowed_mentions: { parse: [] } }
}

function discordText(text: string): string {
  return text.replaceAll(/[\\*_~`|<>[\]()#@:]/g, '\\$&')
}

const mattermostCharsMax = 16_000

export function mattermostBody(notification: Notification, links: Links): object {
  const text = linesWithin(
    mattermostCharsMax,
    notification,
    `**${withoutMentions(discordText(headline(notification)))}**`,
    alert => `- [${withoutMentions(discordText(sentenceOf(alert)))}](${alertUrl(notification, alert, links)})`
  )
  return { text }
}

/** A word joiner after the sign: the name behind it is no name of anybody. */
function withoutMentions(text: string): string {
  return text.replaceAll('@', '@\u2060')
}

const telegramCharsMax = 4_096

/** Without `parse_mode` it is plain text, which has no markup. */
export function telegramBody(chatId: string, notification: Notification, links: Links): object {
  return {
    chat_id: chatId,
    text: withoutMentions(plainText(telegramCharsMax / 2, notification, links)),
    link_preview_options: { is_disabled: true }
  }
}

export function plainText(charsMax: number, notification: Notification, links: Links): string {
  return linesWithin(
    charsMax,
    notification,
    headline(notification),
    alert => `• ${sentenceOf(alert)}\n  ${alertUrl(notification, alert, links)}`
  )
}

/** In bytes the limit is 4,096: a UTF-16 unit has three at most. */
const ntfyCharsMax = 1_300
const priorities: Readonly<Record<string, number>> = { fatal: 5, error: 4 }

export function ntfyBody(topic: string, notification: Notification, links: Links): object {
  const level = notification.alerts[0]?.issue?.level ?? 'error'
  return {
    topic,
    title: headline(notification),
    message: plainText(ntfyCharsMax, notification, links),
    priority: priorities[level] ?? 3,
    click: alertsUrl(notification, links)
  }
}

/** An adaptive card. Its text runs, unlike its text blocks, know no Markdown. */
export function teamsBody(notification: Notification, links: Links): object {
  const line = (text: string, others: object = {}): object => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...others }]
  })
  const rest = restOf(notification)
  const alertLine = (alert: NotifiedAlert): object =>
    line(sentenceOf(alert), {
      selectAction: { type: 'Action.OpenUrl', url: alertUrl(notification, alert, links) }
    })
  const content = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    body: [
      line(headline(notification), { weight: 'Bolder', size: 'Medium' }),
      ...notification.alerts.slice(0, namedMax).map(alertLine),
      ...(rest === '' ? [] : [line(rest)])
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open in Mesher', url: alertsUrl(notification, links) }]
  }
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }]
  }
}
