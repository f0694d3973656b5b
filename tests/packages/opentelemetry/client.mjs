/**
 * A service with the SDK of OpenTelemetry: `client.mjs http/json` or `http/protobuf`. Where to send and the key come
 * from the variables that all SDKs read. One exception is recorded on a span, one by a log record, and one record is no
 * exception.
 */
import { context, SpanKind, trace } from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'

const [, , protocol] = process.argv
const isJson = protocol === 'http/json'
const resource = detectResources({ detectors: [envDetector] })
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: isJson ? new JsonLogs() : new ProtobufLogs() })]
})
const tracer = new BasicTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(isJson ? new JsonTraces() : new ProtobufTraces())]
})
const logger = logs.getLogger('shop.checkout')

function pay(amount) {
  if (amount < 0) throw new RangeError(`cannot pay by ${protocol}`)
}

const span = tracer.getTracer('shop').startSpan('POST /pay/:id', {
  kind: SpanKind.SERVER,
  attributes: { 'http.route': '/pay/:id', 'http.request.method': 'POST' }
})
try {
  pay(-1)
} catch (error) {
  span.recordException(error)
}
span.end()

const error = new TypeError(`cannot log by ${protocol}`, { cause: new Error('the disk is full') })
logger.emit({
  severityNumber: SeverityNumber.FATAL,
  body: 'Checkout failed',
  attributes: {
    'exception.type': error.name,
    'exception.message': error.message,
    'exception.stacktrace': error.stack
  },
  context: trace.setSpan(context.active(), span)
})
logger.emit({ severityNumber: SeverityNumber.INFO, body: 'nothing happened' })

await Promise.all([logs.forceFlush(), tracer.forceFlush()])
await Promise.all([logs.shutdown(), tracer.shutdown()])
