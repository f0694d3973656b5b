/**
 * The parts of an event that are kept as given (extra, contexts, request, variables of a frame, …): secrets are
 * replaced by name, what lies deeper than `depthMax` by a marker. Nothing is copied until something has to change, and
 * then only the way down to it.
 */
import { isObject } from '../schema/event.ts'
import { limits } from '../schema/limits.ts'
import { note, type Notes } from './notes.ts'
import { filtered, type IsSecret } from './scrubbing/names.ts'
import { withoutUrlSecrets } from './scrubbing/urls.ts'

export const tooDeep = '[Too deep]'

/** What one event's values are kept by. */
export type Keeping = { isSecret: IsSecret; notes: Notes }

/** What was met on the way down, noted once for the whole part. */
type Walk = { isSecret: IsSecret; deep: boolean; infinite: boolean }

/** `path` names the part in the notes. The part itself is the first of `depthMax` levels. */
export function keepObject(object: Record<string, unknown>, path: string, keeping: Keeping): Record<string, unknown> {
  const walk = startWalk(keeping)
  const kept = walkObject(object, 1, walk)
  noteWalk(walk, path, keeping)
  return kept
}

/**
 * For what has documented members (a frame, a breadcrumb): only objects and lists in it can be deep or hide something.
 */
export function keepMembers<Members extends Record<string, unknown>>(
  object: Members,
  path: string,
  keeping: Keeping
): Members {
  let copy: Record<string, unknown> | undefined
  for (const key in object) {
    const value = object[key]
    if (typeof value !== 'object' || value === null) continue
    const walk = startWalk(keeping)
    const kept = walkValue(value, 0, walk)
    noteWalk(walk, `${path}.${key}`, keeping)
    if (kept === value) continue
    copy ??= { ...object }
    copy[key] = kept
  }
  return copy === undefined ? object : { ...object, ...copy }
}

function startWalk({ isSecret }: Keeping): Walk {
  return { isSecret, deep: false, infinite: false }
}

function noteWalk({ deep, infinite }: Walk, path: string, { notes }: Keeping): void {
  if (deep) note(notes, path, `cut at ${limits.depthMax} levels`)
  if (infinite) note(notes, path, 'numbers too large for JSON readers became text')
}

function walkObject(object: Record<string, unknown>, depth: number, walk: Walk): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  for (const key in object) {
    const value = object[key]
    const kept = walk.isSecret(key) ? withoutSecret(value) : walkMember(key, value, depth, walk)
    if (kept === value) continue
    // The spread defines every member, `__proto__` too, so the assignment reaches no prototype.
    copy ??= { ...object }
    copy[key] = kept
  }
  return copy ?? object
}

function withoutSecret(value: unknown): unknown {
  return value === null || value === '' ? value : filtered
}

function walkMember(key: string, value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return key === 'url' ? withoutUrlSecrets(value, walk.isSecret) : value
  return walkValue(value, depth, walk)
}

function walkValue(value: unknown, depth: number, walk: Walk): unknown {
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
  let copy: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    const value = list[index]
    const kept = walkValue(value, depth, walk)
    if (kept === value) continue
    copy ??= [...list]
    copy[index] = kept
  }
  return copy ?? list
}
