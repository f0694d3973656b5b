/**
 * The users of a seeded project. Most errors hit a user, some users are hit often, and most issues affect only a few
 * users.
 */
import { userHashOf } from '../../events/users.ts'
import type { UserNames } from '../../schema/pipeline.ts'
import { itemAt, pick, type Random } from './random.ts'

/** `json` is the user as events carry it. */
export type Person = { identity: string; names: UserNames; hash: string; json: string }

export type People = {
  /** A user whom this issue hits; undefined for an event without a user. */
  hitBy: (issue: number) => Person | undefined
}

const names = [
  'ada',
  'grace',
  'linus',
  'margaret',
  'dennis',
  'barbara',
  'edsger',
  'radia',
  'ken',
  'frances',
  'donald',
  'hedy',
  'alan',
  'katherine',
  'tim',
  'joan'
]
const anonymousShare = 0.2
const circleShare = 0.7
const circle = 40

export function createPeople(count: number, projectId: number, random: Random): People {
  const people = Array.from({ length: count }, (_, index) => personOf(index, projectId, random))

  function hitBy(issue: number): Person | undefined {
    const chance = random.unit()
    if (chance < anonymousShare) return undefined
    if (chance < anonymousShare + circleShare) return itemAt(people, (scattered(issue) + random.below(circle)) % count)
    // The square makes some people ten times as likely as others.
    return itemAt(people, Math.floor(random.unit() ** 2 * count))
  }
  return { hitBy }
}

/** Where the circle of an issue begins. */
function scattered(issue: number): number {
  return Math.imul(issue, 0x9e3779b1) >>> 0
}

function personOf(index: number, projectId: number, random: Random): Person {
  const identity = String(10_000 + index)
  const email = `${pick(names, random)}.${index}@example.com`
  return {
    identity,
    names: { email, username: '' },
    hash: userHashOf(projectId, identity),
    json: JSON.stringify({ id: identity, email })
  }
}
