/** What reading a request gives, whatever its format: the values found in it, and where there is none, why. */
import type { Note } from '../schema/event.ts'
import type { Refusal } from '../schema/outcomes.ts'
import type { EnvelopeRest } from '../schema/pipeline.ts'

/**
 * A value as found in a request, with its text where that is at hand, or why that place in the request holds none.
 * `coerced` says that the value was given the form of an event, and what was changed for that.
 */
export type ParsedItem =
  | { index: number; value: unknown; text?: string | undefined; coerced?: readonly Note[] }
  | { index: number; error: Refusal }

/** Without items there is nothing to store but what `rest` names. */
export type ParsedRequest = { ok: true; items: ParsedItem[]; rest?: EnvelopeRest } | { ok: false; refusal: Refusal }
