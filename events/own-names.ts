/**
 * The title and the culprit that an event has by itself, as its row keeps them. Mostly the title is the first line of
 * the message that the row has anyway, so it is kept only where it is another. Rows older than these columns have
 * neither; their culprit is null then, which it never is in others.
 */
import { limits } from '../schema/limits.ts'
import { culpritOf, titleOf } from './grouping/titles.ts'
import { storedEvent } from './stored-event.ts'
import { firstLine } from './text.ts'

export type Names = { title: string; culprit: string }

/** `message` is that of the row, or as much of it as holds a title. */
export type KeptNames = { title: string | null; culprit: string | null; message: string }

/** The title as a row keeps it: null where the message says it. */
export function keptTitle({ title, message }: { title: string; message: string }): string | null {
  return title === titleIn(message) ? null : title
}

/** Null for a row that is older than its columns. */
export function namesOf({ title, culprit, message }: KeptNames): Names | null {
  return culprit === null ? null : { title: title ?? titleIn(message), culprit }
}

/** Of an event as it was stored; null when that is no event. */
export function namesOfPayload(payload: string, receivedAt: number): Names | null {
  const event = storedEvent(payload, receivedAt)
  return event === null ? null : { title: titleOf(event), culprit: culpritOf(event) }
}

function titleIn(message: string): string {
  return firstLine(message, limits.titleCharsMax)
}
