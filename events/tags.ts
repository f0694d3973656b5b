/** Tags are what events are filtered by: short names and short texts, at most `tagsMax`. What does not fit is dropped with a note. */
import { isObject, type IncomingEvent } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import type { Keeping } from './free-values.ts'
import { note, type Notes } from './notes.ts'
import { filtered } from './secrets.ts'

type IncomingTags = NonNullable<IncomingEvent['tags']>

const namePattern = /^[A-Za-z0-9_.:-]{1,32}$/

/** Of a name that comes twice the last value counts. */
export function keepTags (tags: IncomingTags, { isSecret, notes }: Keeping): Record<string, string> {
  const kept: Record<string, string> = {}
  let count = 0
  const keep = (name: string, value: unknown): void => {
    const text = tagText(name, value, notes)
    if (text === undefined) return
    if (!Object.hasOwn(kept, name)) {
      count += 1
      if (count > limits.tagsMax) return
    }
    kept[name] = isSecret(name) ? filtered : text
  }
  if (isObject(tags)) for (const name in tags) keep(name, tags[name])
  else for (const [name, value] of tags) keep(name, value)

  if (count > limits.tagsMax) note(notes, 'tags', `${count - limits.tagsMax} beyond ${limits.tagsMax} were dropped`)
  return kept
}

/** The text of a tag that can be kept. */
function tagText (name: string, value: unknown, notes: Notes): string | undefined {
  const text = String(value)
  const problem = problemOf(name, value, text)
  if (problem === null) return text
  note(notes, `tags.${name}`, `dropped: ${problem}`)
  return undefined
}

function problemOf (name: string, value: unknown, text: string): string | null {
  // As a name it would set the prototype, not a member.
  if (!namePattern.test(name) || name === '__proto__') return `a name has 1 to ${limits.tagKeyCharsMax} of the characters A-Z a-z 0-9 _ . : -`
  if (value === null) return 'it has no value'
  if (text.length > limits.tagValueCharsMax) return `a value has at most ${limits.tagValueCharsMax} characters`
  return null
}
