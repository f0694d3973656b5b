/** The event as JSON Schema, as an application on Fastify declares it: ajv compiles it once and checks every body. */

const text = { type: 'string' } as const
const name = { type: 'string', maxLength: 200 } as const
const frames = {
  type: 'array',
  maxItems: 250,
  items: {
    type: 'object',
    properties: {
      filename: text,
      function: text,
      module: text,
      lineno: { type: 'integer' },
      colno: { type: 'integer' },
      in_app: { type: 'boolean' }
    }
  }
} as const

export const eventSchema = {
  type: 'object',
  anyOf: [{ required: ['message'] }, { required: ['exception'] }],
  properties: {
    event_id: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    timestamp: { type: 'string', format: 'date-time' },
    message: { type: 'string', maxLength: 8192 },
    level: { enum: ['fatal', 'error', 'warning', 'info', 'debug'] },
    platform: name,
    environment: name,
    release: name,
    server_name: name,
    transaction: name,
    logger: name,
    exception: {
      type: 'object',
      required: ['values'],
      properties: {
        values: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['type', 'value'],
            properties: { type: text, value: text, stacktrace: { type: 'object', properties: { frames } } }
          }
        }
      }
    },
    breadcrumbs: { type: 'array', maxItems: 100, items: { type: 'object' } },
    tags: { type: 'object', maxProperties: 50, additionalProperties: name },
    user: { type: 'object', properties: { id: text, email: text, username: text, ip_address: text } },
    extra: { type: 'object' }
  }
} as const

export const acceptedSchema = {
  type: 'object',
  properties: { id: text, outcome: text }
} as const

export type Frame = { filename?: string; function?: string; in_app?: boolean }

/** What the schema lets through, as far as the peer looks at it. */
export type PeerEvent = {
  timestamp?: string
  message?: string
  level?: string
  platform?: string
  environment?: string
  release?: string
  transaction?: string
  exception?: { values: Array<{ type: string; value: string; stacktrace?: { frames?: Frame[] } }> }
  tags?: Record<string, string>
  user?: { id?: string; email?: string }
}
