/**
 * Answers in the form of OTLP over HTTP, in the encoding of the request. When all was taken it is an empty message,
 * else it says how many were not, and why the first was not. A refusal is a `google.rpc.Status`; exporters send again
 * what was refused with 429 or 503, after the time in `Retry-After`, and drop what was refused otherwise.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { EventResult, Refusal } from '../schema/outcomes.ts'
import type { OtlpFormat } from '../schema/pipeline.ts'
import { retryAfterOf, type Header, type HttpAnswer } from './answer.ts'

export type OtlpForm = 'otlp' | 'otlp_json'

const types: Readonly<Record<OtlpForm, string>> = { otlp: 'application/x-protobuf', otlp_json: 'application/json' }
const exposed: Header = ['Access-Control-Expose-Headers', 'retry-after']

/** The codes of gRPC that mean what these statuses mean. */
const codes = new Map([
  [400, 3],
  [401, 16],
  [403, 7],
  [404, 5],
  [405, 12],
  [408, 4],
  [413, 8],
  [415, 3],
  [429, 8],
  [503, 14]
])
const unknownCode = 2

/** What JSON calls the number of what was not taken; in Protocol Buffers it is field 1 of each. */
const rejected: Readonly<Record<OtlpFormat, string>> = {
  otlp_logs: '',
  otlp_traces: '',
  otlp_metrics: '',
  otlp_logs_json: 'rejectedLogRecords',
  otlp_traces_json: 'rejectedSpans',
  otlp_metrics_json: 'rejectedDataPoints'
}

export function otlpAnswer(format: OtlpFormat, results: readonly (EventResult | undefined)[]): HttpAnswer {
  const refused = results.flatMap(result => (result?.status === 400 ? [result.detail] : []))
  const [first] = refused
  const form = rejected[format] === '' ? 'otlp' : 'otlp_json'
  return { status: 200, type: types[form], body: body(), headers: [exposed] }

  function body(): string | Uint8Array {
    if (first === undefined) return form === 'otlp' ? new Uint8Array(0) : '{}'
    const errorMessage = `${refused.length} of ${results.length} exceptions were refused: ${first}`
    if (form === 'otlp_json') {
      return JSON.stringify({ partialSuccess: { [rejected[format]]: String(refused.length), errorMessage } })
    }
    const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.Varint).int64(refused.length).tag(2, WireType.LengthDelimited).string(errorMessage)
    return writer.join().finish()
  }
}

export function otlpRefusal(form: OtlpForm, refusal: Refusal, headers: readonly Header[]): HttpAnswer {
  const { status, detail, errors } = refusal
  const code = codes.get(status) ?? unknownCode
  const message = [detail, ...(errors?.map(({ path, message }) => `${path}: ${message}`) ?? [])].join(' ')
  const seconds = retryAfterOf(refusal)
  const retryAfter: Header[] = seconds === null ? [] : [['Retry-After', seconds]]
  return {
    status,
    type: types[form],
    body: form === 'otlp_json' ? JSON.stringify({ code, message }) : statusMessage(code, message),
    headers: [...headers, exposed, ...retryAfter]
  }
}

function statusMessage(code: number, message: string): Uint8Array {
  const writer = new BinaryWriter()
  return writer.tag(1, WireType.Varint).int32(code).tag(2, WireType.LengthDelimited).string(message).finish()
}
