/**
 * Remembers what committed folds of this process wrote and later ones need not repeat: that a user was seen in a
 * project in an hour, that an issue was seen in a release between two hours. Writing such a fact again changes nothing
 * and only costs a lock on its row, so it does no harm to forget one. What others have taken away again must be
 * forgotten. Bounded for each pool.
 */
import { LRUCache } from 'lru-cache'
import type { ReleaseSpan, Sums } from './sums.ts'
import type { Sql } from '../database/sql.ts'

const usersMax = 200_000
const issuesMax = 20_000

type Memory = {
  /** project → user hash → last hour */
  users: Map<number, Map<string, number>>
  /** issue → release → hours */
  releases: LRUCache<string, Map<string, ReleaseSpan>>
  /** The last time that rows were taken away, as the database counts it. */
  takenAway: string
}

const memoryByPool = new WeakMap<Sql, Memory>()

/** Forgets everything when rows were taken away since the last fold. */
export function forgetBefore(sql: Sql, takenAway: string): void {
  const memory = memoryOf(sql)
  if (memory.takenAway === takenAway) return
  memory.users.clear()
  memory.releases.clear()
  memory.takenAway = takenAway
}

/** Removes from the sums what the tables hold already. */
export function leaveOutKnown(sql: Sql, { projects, issues }: Sums): void {
  const memory = memoryOf(sql)
  for (const { projectId, users } of projects) {
    const known = memory.users.get(projectId)
    if (!known) continue
    for (const [user, hour] of users) {
      if ((known.get(user) ?? -Infinity) >= hour) users.delete(user)
    }
  }
  for (const { issueId, releases } of issues) {
    const known = memory.releases.get(issueId)
    if (!known) continue
    for (const [release, { firstSeen, last }] of releases) {
      const span = known.get(release)
      if (span && span.firstSeen <= firstSeen && span.last >= last) releases.delete(release)
    }
  }
}

/** Remembers what was written, unless rows were taken away since. Call it only after the fold has committed. */
export function remember(sql: Sql, { projects, issues }: Sums, takenAway?: string): void {
  const memory = memoryOf(sql)
  if (takenAway !== undefined && memory.takenAway !== takenAway) return
  if ([...memory.users.values()].reduce((sum, users) => sum + users.size, 0) > usersMax) memory.users.clear()
  for (const { projectId, users } of projects) {
    const known = memory.users.get(projectId) ?? new Map<string, number>()
    memory.users.set(projectId, known)
    for (const [user, hour] of users) known.set(user, Math.max(hour, known.get(user) ?? -Infinity))
  }
  for (const { issueId, releases } of issues) {
    if (releases.size === 0) continue
    const known = memory.releases.get(issueId) ?? new Map<string, ReleaseSpan>()
    memory.releases.set(issueId, known)
    for (const [release, { firstSeen, first, last }] of releases) {
      const span = known.get(release)
      known.set(release, {
        firstSeen: Math.min(firstSeen, span?.firstSeen ?? firstSeen),
        first: Math.min(first, span?.first ?? first),
        last: Math.max(last, span?.last ?? last)
      })
    }
  }
}

function memoryOf(sql: Sql): Memory {
  const known = memoryByPool.get(sql)
  if (known) return known
  const memory: Memory = { users: new Map(), releases: new LRUCache({ max: issuesMax }), takenAway: '' }
  memoryByPool.set(sql, memory)
  return memory
}
