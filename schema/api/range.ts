/**
 * Ranges of time as callers ask for them: `from` inclusive, `to` exclusive; api/ranges.ts gives the defaults and judges
 * both together.
 */
import * as v from 'valibot'
import { timeGiven } from './common.ts'

export const rangeDaysMax = 90

export const rangeEntries = {
  from: v.optional(timeGiven),
  to: v.optional(timeGiven)
}

/**
 * What callers may give once or several times; comes out as a list. By `lazy`, so that errors name what is wrong with
 * the one that is.
 */
export function oneOrMore<const Item extends v.GenericSchema<unknown, string>>(item: Item, max: number) {
  const one = v.pipe(
    item,
    v.transform(value => [value])
  )
  const many = v.pipe(v.array(item), v.maxLength(max, `must be given at most ${max} times`))
  const either = v.union([one, many])
  return v.optional(v.lazy((input: unknown) => (input === undefined ? either : Array.isArray(input) ? many : one)))
}

const projectsMax = 50
const projectName = v.pipe(v.string('must be given once'), v.maxLength(200, 'has at most 200 characters'))

/** Projects of an organization by slug or id; without any, all are meant. */
export const projectsGiven = oneOrMore(projectName, projectsMax)
