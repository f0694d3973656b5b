/**
 * The parts of the OpenAPI document that do not come from operations: ingestion, the live stream, health and metrics,
 * and the security schemes.
 */
import { limits } from '../../schema/limits.ts'
import { outcomes } from '../../schema/outcomes.ts'
import { levels } from '../../schema/pipeline.ts'
import { refusalsOf } from './refusals.ts'
import type { Json } from './schemas.ts'

export const securitySchemes: Json = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'mesher_session',
    description: 'The session of a person, from a login'
  },
  token: { type: 'http', scheme: 'bearer', description: 'An API token: mshr_…' },
  dsnKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Mesher-Key',
    description:
      'The key of a DSN. It may also come as `Authorization: Bearer`, in `X-Sentry-Auth`, or as ' +
      '`?key=` or `?sentry_key=`'
  },
  metricsToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of the setting MESHER_METRICS_TOKEN; this machine needs none'
  }
}

const text = { type: ['string', 'null'] }
const object = { type: ['object', 'null'] }

/** The documented fields; what else an event holds goes to `extra`, with a note. */
const event: Json = {
  type: 'object',
  description:
    '`message` is required unless there is an `exception`. What is too long or too much is cut and ' +
    'listed in the notes of the event.',
  properties: {
    message: { ...text, description: `Cut to ${limits.messageCharsMax} characters` },
    level: {
      type: ['string', 'integer', 'null'],
      examples: [...levels],
      description:
        `Default error. ${levels.join(', ')}, or what loggers call them, in any case: warn, crit, notice, ` +
        'trace; numbers of pino and syslog'
    },
    timestamp: { type: ['string', 'number', 'null'], description: 'When it happened: ISO 8601, or seconds since 1970' },
    event_id: {
      ...text,
      description: "The client's own id, 32 hex digits or a UUID: sent again within 24 h it is a duplicate"
    },
    platform: text,
    environment: text,
    release: text,
    server_name: text,
    transaction: text,
    logger: text,
    exception: {
      type: ['object', 'array', 'null'],
      description: '{type, value, module?, stacktrace?}, a list of them with the outermost last, or {values: […]}'
    },
    stacktrace: { type: ['object', 'array', 'null'], description: '{frames: […]} or a list of frames, oldest first' },
    breadcrumbs: {
      type: ['object', 'array', 'null'],
      description:
        `{timestamp?, type?, category?, level?, message?, data?}; ` + `the newest ${limits.breadcrumbsMax} are kept`
    },
    tags: {
      type: ['object', 'array', 'null'],
      description: `At most ${limits.tagsMax}: an object, or a list of pairs`
    },
    user: object,
    request: object,
    contexts: object,
    extra: object,
    modules: object,
    sdk: object,
    fingerprint: {
      type: ['array', 'null'],
      items: { type: 'string' },
      description: "Grouping of one's own; {{ default }} stands for the computed one"
    }
  }
}

export const handWrittenSchemas: Readonly<Record<string, Json>> = { Event: event }

const eventReference = { $ref: '#/components/schemas/Event' }
const id = { type: 'string', format: 'uuid' }
const fieldErrors = {
  type: 'array',
  items: {
    type: 'object',
    properties: { path: { type: 'string' }, message: { type: 'string' } },
    required: ['path', 'message']
  }
}
const onlyKey = { tags: ['Ingestion'], security: [{ dsnKey: [] }], 'x-mesher-access': { who: 'dsn_key' } }

const commonRefusals = {
  401: 'No key, or one that is unknown or revoked',
  408: 'The body did not arrive in time',
  413: 'Too large, before or after it was unpacked',
  415: 'A Content-Encoding other than gzip, deflate, br, zstd',
  429: 'The rate limit of the project or the key is used up',
  503: 'It could not be stored in time, or not now'
}

function json(schema: Json): Json {
  return { 'application/json': { schema } }
}

const events: Json = {
  post: {
    ...onlyKey,
    operationId: 'sendEvent',
    summary: 'Send an event',
    requestBody: { required: true, content: json(eventReference) },
    responses: {
      202: {
        description: 'Its fate is sealed; a duplicate answers the first id',
        content: json({ type: 'object', properties: { id, outcome: { enum: outcomes } }, required: ['id', 'outcome'] })
      },
      ...refusalsOf({ 400: 'Not an event', ...commonRefusals })
    }
  }
}

const bulk: Json = {
  post: {
    ...onlyKey,
    operationId: 'sendEvents',
    summary: `Send up to ${limits.bulkEventsMax} events`,
    requestBody: {
      required: true,
      content: {
        ...json({ type: 'array', items: eventReference, minItems: 1, maxItems: limits.bulkEventsMax }),
        'application/x-ndjson': { schema: { type: 'string' } }
      }
    },
    responses: {
      202: {
        description: 'The fate of each, in the order of the input',
        content: json({
          type: 'object',
          properties: {
            accepted: { type: 'integer' },
            rejected: { type: 'integer' },
            results: {
              type: 'array',
              items: {
                type: 'object',
                properties: { status: { enum: [202, 400] }, id, outcome: { enum: outcomes }, errors: fieldErrors },
                required: ['status']
              }
            }
          },
          required: ['accepted', 'rejected', 'results']
        })
      },
      ...refusalsOf({ 400: 'Neither a list nor lines of JSON, or too many of them', ...commonRefusals })
    }
  }
}

const socket: Json = {
  get: {
    ...onlyKey,
    operationId: 'openIngestSocket',
    summary: 'Send events over a WebSocket',
    description:
      'Each text frame is one event, or `{"ref": any, "event": {…}}`. Each is answered, once it is ' +
      'durable: `{"type":"accepted","id","ref"?}` or ' +
      '`{"type":"rejected","status","errors","retry_after"?,"ref"?}`.',
    responses: {
      101: { description: 'The socket is open' },
      ...refusalsOf({ 400: 'Not a WebSocket', 401: commonRefusals[401], 503: 'Too many sockets are open' })
    }
  }
}

function sentry(operationId: string, summary: string, type: string): Json {
  return {
    parameters: [
      { name: 'project_id', in: 'path', required: true, schema: { type: 'string', pattern: '^[1-9][0-9]*$' } }
    ],
    post: {
      ...onlyKey,
      operationId,
      summary,
      description: 'For SDKs of Sentry: set their DSN. Refusals are `{"detail", "causes"?}` as those SDKs read them.',
      requestBody: { required: true, content: { [type]: { schema: { type: 'string' } } } },
      responses: {
        200: {
          description: 'Stored; `id` is the id that the client gave',
          content: json({ type: 'object', properties: { id: { type: 'string' } } })
        },
        ...Object.fromEntries(
          ['400', '401', '403', '413', '429', '503'].map(status => [
            status,
            {
              description: 'Refused',
              content: json({ type: 'object', properties: { detail: { type: 'string' } }, required: ['detail'] })
            }
          ])
        )
      }
    }
  }
}

function otlp(operationId: string, summary: string): Json {
  const message = { 'application/x-protobuf': { schema: { type: 'string' } }, ...json({ type: 'object' }) }
  return {
    post: {
      ...onlyKey,
      operationId,
      summary,
      description:
        'OTLP over HTTP, at this address, below `/otlp`, `/api/{project_id}/otlp` and ' +
        '`/api/{project_id}/integration/otlp`. What tells of an exception becomes an event; all else is counted.',
      requestBody: { required: true, content: message },
      responses: {
        200: { description: 'Stored; `partial_success` says what was not', content: message },
        ...Object.fromEntries(
          ['400', '401', '403', '413', '415', '429', '503'].map(status => [
            status,
            { description: 'Refused: a `google.rpc.Status`', content: message }
          ])
        )
      }
    }
  }
}

const stream: Json = {
  get: {
    operationId: 'openStream',
    tags: ['Live stream'],
    summary: 'Watch what happens',
    description:
      'A WebSocket; with a cookie the Origin must be that of the server. Client: `subscribe` and ' +
      '`unsubscribe` (`project`), `ping`. Server: `subscribed`, `events`, `issue`, `issue_counts`, ' +
      '`alert`, `dropped`, `pong`, `error`.',
    security: [{ session: [] }, { token: [] }],
    'x-mesher-access': { who: 'user', scope: 'read' },
    responses: {
      101: { description: 'The socket is open' },
      ...refusalsOf({
        400: 'Not a WebSocket',
        401: 'No credential, or one that is not valid',
        403: 'The Origin is not ours',
        503: 'Too many sockets are open'
      })
    }
  }
}

function operations(
  operationId: string,
  summary: string,
  okText: string,
  extra: Json = {},
  refused: Readonly<Record<number, string>> = {}
): Json {
  return {
    get: {
      operationId,
      tags: ['Operations'],
      summary,
      security: [],
      'x-mesher-access': { who: 'anyone' },
      responses: {
        200: { description: okText, content: json({ type: 'object' }) },
        ...refusalsOf({ 405: 'Another method than GET or HEAD', ...refused })
      },
      ...extra
    }
  }
}

const chunkUpload: Json = {
  post: {
    operationId: 'toolUploadChunks',
    tags: ['Build tools'],
    summary: 'Upload chunks, which `toolAssembleBundle` makes a bundle of',
    description:
      'Each part of the form is a chunk: `file_gzip` with its gzip, or `file` with itself, and as its file name the ' +
      'SHA-1 of the unpacked chunk. A chunk that nothing is made of expires after a day. A token needs the scope ci.',
    'x-mesher-access': { who: 'role', role: 'member', scope: 'ci' },
    security: [{ session: [] }, { token: [] }],
    parameters: [{ name: 'org', in: 'path', required: true, schema: { type: 'string' } }],
    requestBody: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: { type: 'object', properties: { file_gzip: { type: 'array', items: { type: 'string' } } } }
        }
      }
    },
    responses: {
      200: { description: 'Stored', content: { 'application/json': { schema: { type: 'object' } } } },
      ...refusalsOf(
        {
          400: 'The form is broken, or a chunk is not what its name says',
          401: 'No credential, or one that is unknown, revoked or expired',
          403: 'The scope of the token is not enough, or the Origin is not ours',
          404: "Unknown, or not the caller's",
          413: 'The body or a chunk is too large, or too many chunks wait',
          503: 'Not available now; Retry-After says when to come again'
        },
        true
      )
    }
  }
}

export const handWrittenPaths: Readonly<Record<string, Json>> = {
  '/api/0/organizations/{org}/chunk-upload/': chunkUpload,
  '/api/v1/events': events,
  '/api/v1/events/bulk': bulk,
  '/ingest': socket,
  '/api/{project_id}/envelope/': sentry(
    'sendEnvelope',
    "Send an envelope of Sentry's protocol",
    'application/x-sentry-envelope'
  ),
  '/api/{project_id}/store/': sentry('storeEvent', "Send an event of Sentry's protocol", 'application/json'),
  '/api/{project_id}/security/': sentry(
    'sendSecurityReport',
    "Send a browser's security report",
    'application/csp-report'
  ),
  '/v1/logs': otlp('sendOtlpLogs', 'Send log records of OpenTelemetry'),
  '/v1/traces': otlp('sendOtlpTraces', 'Send spans of OpenTelemetry'),
  '/v1/metrics': otlp('sendOtlpMetrics', 'Send metrics of OpenTelemetry, which are counted and not kept'),
  '/api/v1/stream': stream,
  '/healthz': operations('getLiveness', 'Whether the server is alive', 'It is'),
  '/readyz': operations(
    'getReadiness',
    'Whether events can be taken',
    'They can',
    {},
    { 503: 'They cannot, or the server is about to stop; `checks` says why' }
  ),
  '/metrics': operations('getMetrics', 'Figures for Prometheus', 'The figures', {
    security: [{}, { metricsToken: [] }],
    'x-mesher-access': { who: 'metrics_token' },
    responses: {
      200: { description: 'The figures', content: { 'text/plain': { schema: { type: 'string' } } } },
      ...refusalsOf({ 403: 'From elsewhere, without the token' })
    }
  })
}
