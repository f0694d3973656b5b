/** What the operations on events take and answer. `''` stands for a name that the event does not have. */
import * as v from 'valibot'
import { levels } from '../pipeline.ts'
import { listOf, pageEntries, time } from './common.ts'
import { oneOrMore, rangeEntries } from './range.ts'

/** Where texts of events stand in lists, they are cut to this. */
export const messageCharsInLists = 500

export const level = v.picklist(levels, `must be one of ${levels.join(', ')}`)

/** An event in a list. `issue_id` is the issue that shows it, `title` the one of its group before any merge. */
export const eventItem = v.object({
  id: v.string(),
  issue_id: v.string(),
  title: v.string(),
  message: v.string(),
  level: v.string(),
  environment: v.string(),
  release: v.string(),
  user: v.string(),
  received_at: time,
  timestamp: time
})
export type EventItem = v.InferOutput<typeof eventItem>

export const eventList = listOf(eventItem)

const once = v.string('must be given once')
const filterValue = v.pipe(once, v.minLength(1, 'must not be empty'), v.maxLength(200, 'has at most 200 characters'))
const filterValuesMax = 20

/** `key=value` is written `key:value`; the key may hold colons too. */
export const tagForm = /^[\w.:-]{1,32}:/

/** Several values of one filter mean any of them, as do several tags of one key; different filters must all hold. */
export const eventFilterEntries = {
  query: v.optional(v.pipe(once, v.maxLength(500, 'has at most 500 characters'))),
  tag: oneOrMore(v.pipe(v.string(), v.maxLength(233, 'is too long for a tag'), v.regex(tagForm, 'must be key:value')), filterValuesMax),
  level: oneOrMore(level, levels.length),
  environment: oneOrMore(filterValue, filterValuesMax),
  release: oneOrMore(filterValue, filterValuesMax),
  user: oneOrMore(filterValue, filterValuesMax)
}

export const eventListQuery = v.strictObject({ ...pageEntries, ...rangeEntries, ...eventFilterEntries })
