/**
 * How much an issue asks to be looked at: a product of how often it happens, how many people it hits, how severe it is
 * and how lately it was seen. Its logarithm is kept apart from the clock: an hour later every issue has lost the same
 * share, so the order of a list does not change while nobody touches it. The dashboard bundles this file, so it imports
 * nothing.
 */

/** In the range and the environments of a list. */
export type Prioritized = {
  events: number
  users: number
  level: string
  /** Milliseconds since the epoch. */
  lastSeen: number
}

export type PriorityParts = { rate: number; users: number; level: number; recency: number }

/** Each level weighs twice the next one. */
export const levelWeights = { fatal: 8, error: 4, warning: 2, info: 1, debug: 0.5 } as const
/** In so many days without an event an issue loses half of its priority. */
export const halfLifeDays = 3

const hourMs = 3_600_000
const dayMs = 24 * hourMs
export const halfLifeMs = halfLifeDays * dayMs

/** How many days rates are of. Hours are rounded, so that a list stays the same while it is paged through. */
export function rateDays({ from, to }: { from: number; to: number }): number {
  return Math.max(1, Math.round((to - from) / hourMs)) / 24
}

export function priorityParts(
  { events, users, level, lastSeen }: Prioritized,
  days: number,
  now: number
): PriorityParts {
  return {
    rate: 1 + Math.log2(1 + events / days),
    users: 1 + Math.log2(1 + users),
    level: weightOf(level),
    recency: 2 ** -(Math.max(0, now - lastSeen) / halfLifeMs)
  }
}

export function priorityOf(parts: PriorityParts): number {
  return parts.rate * parts.users * parts.level * parts.recency
}

/** What lists are sorted by: the logarithm to the base of 2, as if the clock stood at the epoch. */
export function priorityKey(issue: Prioritized, days: number): number {
  const { rate, users, level } = priorityParts(issue, days, issue.lastSeen)
  return Math.log2(rate * users * level) + issue.lastSeen / halfLifeMs
}

function weightOf(level: string): number {
  return Object.entries(levelWeights).find(([name]) => name === level)?.[1] ?? levelWeights.debug
}
