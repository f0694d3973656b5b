/** What events in the database hold, for tests that look at rows. */
import { payloadText, type StoredPayloadColumns } from '../../services/events/payloads.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test says what it expects of it
export function parsedPayload({ payload, packed }: StoredPayloadColumns): any {
  return JSON.parse(payloadText({ payload, packed }))
}
