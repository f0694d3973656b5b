/** Patterns of a search (`1.2.*`) as PostgreSQL's LIKE: only the stars have a meaning. */
import type { Pattern } from '../../events/search/query.ts'

export function isExact(pattern: Pattern): boolean {
  return pattern.length === 1
}

/** The value itself, or all that begin with one. */
export function isSimple(pattern: Pattern): boolean {
  return isExact(pattern) || (pattern.length === 2 && pattern[1] === '')
}

/** `start` stands before what the pattern is about. */
export function likeOf(start: string, pattern: Pattern): string {
  return pattern.map((part, index) => (index === 0 ? start + part : part).replaceAll(/[\\%_]/g, '\\$&')).join('%')
}
