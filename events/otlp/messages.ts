/**
 * What is read of OTLP's messages, by the numbers of their fields (opentelemetry-proto 1.x). Names are those of its
 * JSON. What is left out is never looked at: links, flags, dropped counts, points of metrics.
 */
import type { Message } from './protobuf.ts'

const anyValue: Message = {
  1: { name: 'stringValue', scalar: 'text' },
  2: { name: 'boolValue', scalar: 'flag' },
  3: { name: 'intValue', scalar: 'int' },
  4: { name: 'doubleValue', scalar: 'double' },
  5: { name: 'arrayValue', message: () => arrayValue },
  6: { name: 'kvlistValue', message: () => attributes },
  7: { name: 'bytesValue', scalar: 'base64' }
}
const arrayValue: Message = { 1: { name: 'values', message: () => anyValue, isList: true } }
const keyValue: Message = { 1: { name: 'key', scalar: 'text' }, 2: { name: 'value', message: () => anyValue } }
const attributes: Message = { 1: { name: 'values', message: () => keyValue, isList: true } }
const resource: Message = { 1: { name: 'attributes', message: () => keyValue, isList: true } }
const scope: Message = { 1: { name: 'name', scalar: 'text' }, 2: { name: 'version', scalar: 'text' } }

const logRecord: Message = {
  1: { name: 'timeUnixNano', scalar: 'nanos' },
  2: { name: 'severityNumber', scalar: 'enum' },
  3: { name: 'severityText', scalar: 'text' },
  5: { name: 'body', message: () => anyValue },
  6: { name: 'attributes', message: () => keyValue, isList: true },
  9: { name: 'traceId', scalar: 'hex' },
  10: { name: 'spanId', scalar: 'hex' },
  11: { name: 'observedTimeUnixNano', scalar: 'nanos' },
  12: { name: 'eventName', scalar: 'text' }
}
const spanEvent: Message = {
  1: { name: 'timeUnixNano', scalar: 'nanos' },
  2: { name: 'name', scalar: 'text' },
  3: { name: 'attributes', message: () => keyValue, isList: true }
}
const span: Message = {
  1: { name: 'traceId', scalar: 'hex' },
  2: { name: 'spanId', scalar: 'hex' },
  4: { name: 'parentSpanId', scalar: 'hex' },
  5: { name: 'name', scalar: 'text' },
  6: { name: 'kind', scalar: 'enum' },
  9: { name: 'attributes', message: () => keyValue, isList: true },
  11: { name: 'events', message: () => spanEvent, isList: true }
}
const metric: Message = {}

/** The request of a signal: lists of resources, of scopes within them, of records within those. */
export type Signal = {
  request: Message
  resources: string
  scopes: string
  records: string
  /** What the records are counted as that are not kept. */
  item: 'otel_log' | 'otel_span' | 'otel_metric'
}

function signal(name: string, records: string, record: Message, item: Signal['item']): Signal {
  const [resources, scopes] = [`resource${name}`, `scope${name}`]
  const ofScope: Message = {
    1: { name: 'scope', message: () => scope },
    2: { name: records, message: () => record, isList: true, skips: true }
  }
  const ofResource: Message = {
    1: { name: 'resource', message: () => resource },
    2: { name: scopes, message: () => ofScope, isList: true }
  }
  return {
    request: { 1: { name: resources, message: () => ofResource, isList: true } },
    resources,
    scopes,
    records,
    item
  }
}

export const signals = {
  otlp_logs: signal('Logs', 'logRecords', logRecord, 'otel_log'),
  otlp_traces: signal('Spans', 'spans', span, 'otel_span'),
  otlp_metrics: signal('Metrics', 'metrics', metric, 'otel_metric')
} as const satisfies Record<string, Signal>

export type SignalName = keyof typeof signals
