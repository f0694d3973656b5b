/**
 * Tags are what events are filtered by: short names and short texts, at most `tagsMax`. What does not fit is dropped
 * with a note.
 */
import { isObject, type IncomingEvent } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import type { Keeping } from './free-values.ts'
import { note } from './notes.ts'
import { filtered } from './scrubbing/names.ts'
import { isSecretField, type Scrubber } from './scrubbing/scrubber.ts'

type IncomingTags = NonNullable<IncomingEvent['tags']>

const namePattern = new RegExp(`^[A-Za-z0-9_.:-]{1,${limits.tagKeyCharsMax}}$`)

/** Of a name that comes twice in a list of pairs the last value counts. */
export function keepTags(tags: IncomingTags, keeping: Keeping): Record<string, string> {
  return keepEntries(isObject(tags) ? tags : Object.fromEntries(tags), keeping)
}

function keepEntries(tags: Readonly<Record<string, unknown>>, { scrubber, notes }: Keeping): Record<string, string> {
  const kept: Record<string, string> = {}
  let count = 0
  for (const name in tags) {
    const value = tags[name]
    const text = typeof value === 'string' ? value : String(value)
    const problem = problemOf(name, value, text)
    if (problem !== null) note(notes, `tags.${name}`, `dropped: ${problem}`)
    else if (++count <= limits.tagsMax) kept[name] = keptValue(name, text, scrubber)
  }
  if (count > limits.tagsMax) note(notes, 'tags', `${count - limits.tagsMax} beyond ${limits.tagsMax} were dropped`)
  return kept
}

function keptValue(name: string, text: string, scrubber: Scrubber): string {
  if (isSecretField(name, text, scrubber)) return filtered
  return scrubber.isSafe(name) ? text : scrubber.text(text)
}

function problemOf(name: string, value: unknown, text: string): string | null {
  // As a name it would set the prototype, not a member.
  if (!namePattern.test(name) || name === '__proto__') {
    return `a name has 1 to ${limits.tagKeyCharsMax} of the characters A-Z a-z 0-9 _ . : -`
  }
  if (value === null) return 'it has no value'
  if (text.length > limits.tagValueCharsMax) return `a value has at most ${limits.tagValueCharsMax} characters`
  return null
}
