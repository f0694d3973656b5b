/**
 * Whether an envelope holds no event: reports of lost events, sessions, check-ins, feedback, and what Mesher does not
 * keep, whose answer tells the SDK to stop sending it. Asked before it is parsed, so only small ones are looked at; a
 * larger one counts as one with events.
 */
import type { IngestRequest } from '../../schema/pipeline.ts'
import { unpackBody } from '../decode.ts'
import { expandsTo } from '../expansion.ts'
import { readEnvelope } from './envelope.ts'

const packedBytesMax = 16 * 1024
const unpackedBytesMax = 256 * 1024
/** Types of items that become events, or come with one. */
const events: ReadonlySet<string> = new Set(['event', 'raw_security', 'attachment'])

export function holdsNoEvent({ format, encoding, body }: Pick<IngestRequest, 'format' | 'encoding' | 'body'>): boolean {
  if (format !== 'envelope' || body.byteLength > packedBytesMax) return false
  if (expandsTo(unpackedBytesMax, body, encoding)) return false
  const unpacked = unpackBody(body, encoding, packedBytesMax, unpackedBytesMax)
  if (!unpacked.ok) return false
  const { items, mistake } = readEnvelope(unpacked.bytes)
  return mistake === null && items.length > 0 && items.every(({ type }) => !events.has(type))
}
