/**
 * What was cut, dropped or replaced in one event, for the reader of the event. Bounded: beyond `notesMax` notes are
 * counted, not kept.
 */
import { limits } from '../schema/limits.ts'
import type { Note } from '../schema/event.ts'

export type Notes = { kept: Note[]; beyond: number }

const pathCharsMax = 100

export function startNotes(noted: readonly Note[] = []): Notes {
  return { kept: [...noted], beyond: 0 }
}

export function note(notes: Notes, path: string, message: string): void {
  if (notes.kept.length >= limits.notesMax) notes.beyond += 1
  else notes.kept.push({ path: path.slice(0, pathCharsMax), message })
}

/** Undefined when there is nothing to tell. */
export function listNotes({ kept, beyond }: Notes): Note[] | undefined {
  if (kept.length === 0) return undefined
  return beyond === 0 ? kept : [...kept, { path: '', message: `${beyond} more notes were left out` }]
}
