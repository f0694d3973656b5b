/**
 * The parts of an event that are kept as given (extra, contexts, request, variables of a frame, …): secrets are
 * replaced by name, what lies deeper than `depthMax` by a marker. Nothing is copied until something has to change, and
 * then only the way down to it.
 */
import { isObject } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import { note, type Notes } from './notes.ts'
import { filtered } from './scrubbing/names.ts'
import { isSecretOption } from './scrubbing/pairs.ts'
import { isSecretField, noScrubber, type Scrubber } from './scrubbing/scrubber.ts'
import { withoutUrlSecrets } from './scrubbing/urls.ts'

export const tooDeep = '[Too deep]'

/** What one event's values are kept by. */
export type Keeping = { scrubber: Scrubber; notes: Notes }

/** What was met on the way down, noted once for the whole part. */
type Walk = { scrubber: Scrubber; deep: boolean; infinite: boolean; keys: number; wide: boolean }

/** `path` names the part in the notes. The part itself is the first of `depthMax` levels. */
export function keepObject(object: Record<string, unknown>, path: string, keeping: Keeping): Record<string, unknown> {
  const walk = startWalk(keeping)
  const kept = walkObject(object, 1, walk)
  noteWalk(walk, path, keeping)
  return kept
}

/** What a part with documented members is to keep as it is, and which of its texts are scrubbed. */
export type Documented = { texts?: ReadonlySet<string>; source?: ReadonlySet<string> }

/**
 * For what has documented members (a frame, a breadcrumb): of its own texts only the named ones can hide something, and
 * objects and lists in it. What is `source` (lines of a program) is bounded, not scrubbed.
 */
export function keepMembers<Members extends Record<string, unknown>>(
  object: Members,
  path: string,
  keeping: Keeping,
  { texts, source }: Documented
): Members {
  let copy: Record<string, unknown> | undefined
  for (const key in object) {
    const value = object[key]
    const isScrubbed = typeof value === 'string' && texts?.has(key) === true
    if (value === null || (typeof value !== 'object' && !isScrubbed)) continue
    const kept = keepValue(value, `${path}.${key}`, source?.has(key) === true ? unscrubbed(keeping) : keeping)
    if (kept === value) continue
    copy ??= { ...object }
    copy[key] = kept
  }
  return copy === undefined ? object : { ...object, ...copy }
}

/** The same object without scrubbing: for what tells of a program, not of its users. */
export function boundObject(object: Record<string, unknown>, path: string, keeping: Keeping): Record<string, unknown> {
  return keepObject(object, path, unscrubbed(keeping))
}

function unscrubbed({ notes }: Keeping): Keeping {
  return { scrubber: noScrubber, notes }
}

function keepValue(value: unknown, path: string, keeping: Keeping): unknown {
  const walk = startWalk(keeping)
  const kept = walkValue(value, 0, walk)
  noteWalk(walk, path, keeping)
  return kept
}

function startWalk({ scrubber }: Keeping): Walk {
  return { scrubber, deep: false, infinite: false, keys: 0, wide: false }
}

function noteWalk({ deep, infinite, wide }: Walk, path: string, { notes }: Keeping): void {
  if (deep) note(notes, path, `cut at ${limits.depthMax} levels`)
  if (wide) note(notes, path, `cut at ${limits.keysMax} keys of an object or list, ${limits.partKeysMax} in all`)
  if (infinite) note(notes, path, 'numbers too large for JSON readers became text')
}

function walkObject(object: Record<string, unknown>, depth: number, walk: Walk): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  let count = 0
  for (const key in object) {
    if (isBeyond(++count, walk)) return firstOf(copy ?? object, count - 1)
    const value = object[key]
    const kept = isSecretField(key, value, walk.scrubber) ? withoutSecret(value) : walkMember(key, value, depth, walk)
    if (kept === value) continue
    // The spread defines every member, `__proto__` too, so the assignment reaches no prototype.
    copy ??= { ...object }
    copy[key] = kept
  }
  return copy ?? object
}

/** Whether a key is one too many: what no page could show must not be stored. */
function isBeyond(count: number, walk: Walk): boolean {
  walk.keys += 1
  if (count <= limits.keysMax && walk.keys <= limits.partKeysMax) return false
  walk.wide = true
  return true
}

function firstOf(object: Record<string, unknown>, count: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).slice(0, count))
}

function withoutSecret(value: unknown): unknown {
  return value === null || value === '' ? value : filtered
}

/** What a browser says of itself holds numbers of every form, and nothing of a person. */
const leftNames = new Set(['User-Agent', 'user-agent', 'user_agent', 'HTTP_USER_AGENT'])

function walkMember(key: string, value: unknown, depth: number, walk: Walk): unknown {
  const { scrubber } = walk
  if (typeof value !== 'string') return walkValue(value, depth, walk)
  if (leftNames.has(key) || scrubber.isSafe(key)) return value
  return scrubber.text(key === 'url' ? withoutUrlSecrets(value, scrubber.isSecret) : value)
}

function walkValue(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return walk.scrubber.text(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    walk.infinite = true
    return String(value)
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= limits.depthMax) {
    walk.deep = true
    return tooDeep
  }
  return isObject(value)
    ? walkObject(value, depth + 1, walk)
    : Array.isArray(value)
      ? walkList(value, depth + 1, walk)
      : value
}

function walkList(list: readonly unknown[], depth: number, walk: Walk): readonly unknown[] {
  const { isSecret } = walk.scrubber
  let copy: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    if (isBeyond(index + 1, walk)) return (copy ?? list).slice(0, index)
    const value = list[index]
    const before = index === 0 ? undefined : list[index - 1]
    const isArgument = typeof value === 'string' && typeof before === 'string' && isSecretOption(before, isSecret)
    const kept = isArgument ? withoutSecret(value) : walkValue(value, depth, walk)
    if (kept === value) continue
    copy ??= [...list]
    copy[index] = kept
  }
  return copy ?? list
}
