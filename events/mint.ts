/** New ids: UUIDv7 (RFC 9562), so that ids sort by the time they were made and carry it. */
import { v7 as uuidv7 } from 'uuid'

/** The id of one event, of a batch, or of anything else that is made now. */
export function mintId (): string {
  return uuidv7()
}

/** The id of event 0 of a request with many; the others have their number in the last 16 bits, which are 0 here. */
export function mintBulkSeed (): string {
  return uuidv7().slice(0, -4) + '0000'
}
