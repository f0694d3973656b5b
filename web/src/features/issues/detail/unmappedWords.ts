/** Why a frame shows minified code, and what to do about it. */
import { texts } from './texts.ts'

export type Unmapped = { why: string; remedy: string }

const known: Readonly<Record<string, Unmapped>> = texts.unmapped

/** Null for what is no reason. A reason of a newer server is told by its name. */
export function unmappedOf(reason: unknown): Unmapped | null {
  if (typeof reason !== 'string') return null
  return known[reason] ?? { why: reason, remedy: texts.unmappedOtherwise }
}
