/** Fingerprints that clients send, or rules of the project give: parts with variables, and what stands for the rest. */
import { isText, type NormalisedEvent } from '../../schema/event.ts'
import { expanded } from './variables.ts'

const standIn = /^\s*\{\{\s*default\s*\}\}\s*$/

/** Null when the event has none: nothing, blanks, or the stand-in alone ask for nothing. */
export function fingerprintComponents(event: NormalisedEvent, computed: () => readonly string[]): string[] | null {
  const { fingerprint } = event
  if (fingerprint === undefined || !fingerprint.some(isText)) return null
  return fingerprint.length === 1 && isStandIn(fingerprint[0] ?? '') ? null : resolved(fingerprint, event, computed)
}

/** `computed` is what stands for `{{ default }}`. */
export function resolved(
  parts: readonly string[],
  event: NormalisedEvent,
  computed: () => readonly string[]
): string[] {
  return parts.flatMap(part => (isStandIn(part) ? computed() : [expanded(part, event, 'fingerprint')]))
}

export function isStandIn(part: string): boolean {
  return standIn.test(part)
}
