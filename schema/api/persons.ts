/** What the operations on persons take and return: the people that events are about, as events name them. */
import * as v from 'valibot'
import { limits } from '../limits.ts'
import { listOf, time, uuid } from './common.ts'
import { issueSummary } from './issue-summary.ts'

const name = v.optional(
  v.pipe(
    v.string('must be given once'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(limits.nameCharsMax, `has at most ${limits.nameCharsMax} characters`)
  )
)

/**
 * Somebody whom one of these names: an event is theirs when it says any of them. `user` is what Mesher shows: the id,
 * else the e-mail address, else the username, else the address.
 */
export const personEntries = { user: name, id: name, email: name, username: name, ip_address: name } as const
export const personKinds = ['user', 'id', 'email', 'username', 'ip_address'] as const

export const person = v.strictObject(personEntries)
export type Person = v.InferOutput<typeof person>

function isNamed(given: Person): boolean {
  return personKinds.some(kind => given[kind] !== undefined)
}
const needsName = `needs one of ${personKinds.join(', ')}`

export const personGiven = v.pipe(person, v.check(isNamed, needsName))
export const personQuery = v.pipe(v.strictObject(personEntries), v.check(isNamed, needsName))

export const exportQuery = v.pipe(
  v.strictObject({ ...personEntries, cursor: v.optional(v.pipe(v.string('must be given once'), v.maxLength(500))) }),
  v.check(({ cursor: _cursor, ...given }) => isNamed(given), needsName)
)

const names = v.array(v.string())

/** `is_complete` is false where there are more events than are looked at: counts are of the newest then. */
export const personDetail = v.object({
  event_count: v.number(),
  is_complete: v.boolean(),
  first_seen: v.nullable(time),
  last_seen: v.nullable(time),
  /** What the newest events call them, at most 20 of each. */
  names: v.object({ id: names, email: names, username: names, ip_address: names }),
  /** Those with the newest events first, at most 100. Counts and times are of this person. */
  issues: v.array(v.object({ issue: issueSummary, event_count: v.number(), first_seen: time, last_seen: time })),
  feedback_count: v.number()
})
export type PersonDetail = v.InferOutput<typeof personDetail>

const searchedChars = { least: 3, most: 100 } as const
const foundMax = 20

export const personSearchQuery = v.strictObject({
  query: v.pipe(
    v.string('must be given once'),
    v.trim(),
    v.minLength(searchedChars.least, `has at least ${searchedChars.least} characters`),
    v.maxLength(searchedChars.most, `has at most ${searchedChars.most} characters`)
  ),
  limit: v.optional(
    v.pipe(
      v.string('must be given once'),
      v.regex(/^\d{1,2}$/, `must be a whole number from 1 to ${foundMax}`),
      v.metadata({ type: 'integer', minimum: 1, maximum: foundMax, pattern: undefined }),
      v.transform(Number),
      v.minValue(1, `must be a whole number from 1 to ${foundMax}`),
      v.maxValue(foundMax, `must be a whole number from 1 to ${foundMax}`)
    ),
    '10'
  )
})

/** `user` is what Mesher shows of them; the others are '' where that is them. */
const foundPerson = v.object({ user: v.string(), email: v.string(), username: v.string(), last_seen: time })
export type FoundPerson = v.InferOutput<typeof foundPerson>

/** With `is_complete` false there may be others. */
export const personList = v.object({ ...listOf(foundPerson).entries, is_complete: v.boolean() })

/** One for each project; `GET /api/v1/deletions` tells how far they are. */
export const personErasures = v.object({ data: v.array(v.object({ id: uuid, project_id: v.string() })) })
