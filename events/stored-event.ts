/**
 * A stored event read again as the value that was prepared: it has been normalised and scrubbed, which changes nothing
 * more a second time but gives what an older version stored its present form. What is no event is null.
 */
import type { NormalisedEvent } from '../schema/event.ts'
import type { ProjectSettings } from '../schema/pipeline.ts'
import { parseJson } from './json.ts'
import { normalise } from './normalise.ts'
import { hasEventForm } from './validate.ts'

const scrub: ProjectSettings['scrub'] = { enabled: false, fields: [], ip: 'keep' }

/** `receivedAt` decides about times alone. */
export function storedEvent(payload: string, receivedAt: number): NormalisedEvent | null {
  const parsed = parseJson(payload)
  if (!parsed.ok || !hasEventForm(parsed.value)) return null
  return normalise(parsed.value, receivedAt, scrub, []).event
}
