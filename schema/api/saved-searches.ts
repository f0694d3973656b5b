/** What the operations on saved searches take and return. */
import * as v from 'valibot'
import { listOf, time, uuid } from './common.ts'

export const savedSorts = ['last_seen', 'first_seen', 'events', 'users', 'trend', 'priority'] as const

const name = v.pipe(
  v.string('must be a string'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(100, 'must have at most 100 characters')
)
const query = v.pipe(v.string('must be a string'), v.trim(), v.maxLength(1_000, 'must have at most 1000 characters'))
const sort = v.picklist(savedSorts, `must be one of ${savedSorts.join(', ')}`)
const flag = v.boolean('must be true or false')

export const newSearchBody = v.strictObject({
  name,
  query,
  sort: v.optional(sort, 'last_seen'),
  shared: v.optional(flag, false),
  default: v.optional(flag, false)
})
export type NewSearch = v.InferOutput<typeof newSearchBody>

export const searchChange = v.strictObject({
  name: v.optional(name),
  query: v.optional(query),
  sort: v.optional(sort),
  shared: v.optional(flag),
  default: v.optional(flag)
})
export type SearchChange = v.InferOutput<typeof searchChange>

/** `default` and `can_change` are the caller's; `owner` is the name of who saved it. */
export const savedSearch = v.object({
  id: uuid,
  name: v.string(),
  query: v.string(),
  sort,
  shared: v.boolean(),
  default: v.boolean(),
  owner: v.string(),
  can_change: v.boolean(),
  created_at: time,
  updated_at: time
})
export type SavedSearch = v.InferOutput<typeof savedSearch>

export const savedSearchList = listOf(savedSearch)
