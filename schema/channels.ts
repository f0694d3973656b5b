/**
 * The channels of notifications: where an action of a rule can go, and the fields that each has. Plain data, which
 * imports nothing: forms, masks, the API and its document follow from it. How a notification becomes a request stands
 * in events/channels/requests.ts, what a field may hold in alerts.ts; a test holds the three together.
 */

/** `url`: of the service or the receiver. `emails`: a list. `json`: a text of several lines. */
export type FieldKind = 'url' | 'text' | 'json' | 'emails'

export type ChannelField = {
  name: string
  label: string
  kind: FieldKind
  hint: string
  optional?: true
  /** Masked whenever an action is read. Of an address its host stays. */
  secret?: true
  /** What counts when it is left out. */
  fallback?: string
}

type ChannelFacts = {
  id: string
  label: string
  fields: readonly [ChannelField, ...ChannelField[]]
  /** It has incidents, which are closed when an alert is resolved. */
  closes?: true
}

const secretUrl = { name: 'url', label: 'Address', kind: 'url', secret: true } as const

export const channels = [
  {
    id: 'webhook',
    label: 'Webhook',
    fields: [
      { name: 'url', label: 'Address', kind: 'url', hint: 'Gets a signed POST with JSON.' },
      { name: 'secret', label: 'Secret', kind: 'text', hint: 'Signs X-Mesher-Signature.', optional: true, secret: true }
    ]
  },
  {
    id: 'template',
    label: 'JSON template',
    fields: [
      { ...secretUrl, hint: 'Gets a POST with the JSON below.' },
      {
        name: 'authorization',
        label: 'Authorization',
        kind: 'text',
        hint: 'The header of that name.',
        optional: true,
        secret: true
      },
      {
        name: 'template',
        label: 'Template',
        kind: 'json',
        hint: 'Texts may hold fields: {{ title }}, {{ issue.title }}'
      }
    ]
  },
  { id: 'slack', label: 'Slack', fields: [{ ...secretUrl, hint: 'An incoming webhook of Slack.' }] },
  { id: 'discord', label: 'Discord', fields: [{ ...secretUrl, hint: 'A webhook of a Discord channel.' }] },
  {
    id: 'teams',
    label: 'Microsoft Teams',
    fields: [{ ...secretUrl, hint: 'Of a workflow “when a Teams webhook request is received”.' }]
  },
  { id: 'mattermost', label: 'Mattermost', fields: [{ ...secretUrl, hint: 'An incoming webhook of Mattermost.' }] },
  {
    id: 'telegram',
    label: 'Telegram',
    fields: [
      { name: 'token', label: 'Bot token', kind: 'text', hint: 'From @BotFather.', secret: true },
      { name: 'chat_id', label: 'Chat', kind: 'text', hint: 'The id of a chat, or @channel.' },
      {
        name: 'url',
        label: 'Address',
        kind: 'url',
        hint: 'Of a Bot API server of your own.',
        optional: true,
        fallback: 'https://api.telegram.org'
      }
    ]
  },
  {
    id: 'ntfy',
    label: 'ntfy',
    fields: [
      { name: 'topic', label: 'Topic', kind: 'text', hint: 'Who knows it can read it.', secret: true },
      {
        name: 'token',
        label: 'Access token',
        kind: 'text',
        hint: 'Of a protected topic.',
        optional: true,
        secret: true
      },
      {
        name: 'url',
        label: 'Address',
        kind: 'url',
        hint: 'Of a server of your own.',
        optional: true,
        fallback: 'https://ntfy.sh'
      }
    ]
  },
  {
    id: 'pagerduty',
    label: 'PagerDuty',
    closes: true,
    fields: [
      {
        name: 'routing_key',
        label: 'Integration key',
        kind: 'text',
        hint: 'Of an integration “Events API V2”.',
        secret: true
      },
      {
        name: 'url',
        label: 'Address',
        kind: 'url',
        hint: 'In the EU https://events.eu.pagerduty.com',
        optional: true,
        fallback: 'https://events.pagerduty.com'
      }
    ]
  },
  {
    id: 'opsgenie',
    label: 'Opsgenie',
    closes: true,
    fields: [
      { name: 'api_key', label: 'API key', kind: 'text', hint: 'Of an integration “API”.', secret: true },
      {
        name: 'url',
        label: 'Address',
        kind: 'url',
        hint: 'In the EU https://api.eu.opsgenie.com',
        optional: true,
        fallback: 'https://api.opsgenie.com'
      }
    ]
  },
  {
    id: 'email',
    label: 'E-mail',
    fields: [
      {
        name: 'to',
        label: 'E-mail to',
        kind: 'emails',
        hint: 'With commas between them. Those not confirmed are asked by mail first.'
      }
    ]
  }
] as const satisfies readonly ChannelFacts[]

export type ChannelId = (typeof channels)[number]['id']

export const channelIds = channels.map(({ id }) => id)

export function channelNamed(id: ChannelId): ChannelFacts {
  const found = channels.find(channel => channel.id === id)
  if (found === undefined) throw new Error(`there is no channel ${id}`)
  return found
}

/** Stands for a secret in what is read; sent back, it stands for what is stored. */
export const mask = '********'
