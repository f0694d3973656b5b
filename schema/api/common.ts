/** What the schemas of many operations share: ids, pages, ranges of time, problems. */
import * as v from 'valibot'
import { isoTimeMs } from '../iso-time.ts'

export const roles = ['member', 'admin', 'owner'] as const
export type Role = (typeof roles)[number]

/** `ci` is for builds: releases and artifacts, and nothing else. `write` and `admin` may do that too. */
export const scopes = ['read', 'write', 'admin', 'ci'] as const
export type Scope = (typeof scopes)[number]

export const uuid = v.pipe(v.string('must be a string'), v.uuid('must be a UUID'), v.toLowerCase())

/** A time as the API returns it: ISO 8601, UTC, milliseconds. */
export const time = v.pipe(v.string('must be a string'), v.isoTimestamp('must be an ISO 8601 time'))

/** A time as callers give it, any ISO 8601 form; comes out as a Date. */
export const timeGiven = v.pipe(
  v.string('must be a string'),
  v.metadata({ format: 'date-time' }),
  v.check(text => isoTimeMs(text) !== null, 'must be an ISO 8601 time'),
  v.transform(text => new Date(isoTimeMs(text) ?? NaN))
)

export const pageEntries = {
  cursor: v.optional(v.pipe(v.string('must be a string'), v.maxLength(500, 'is no cursor of this list'))),
  limit: v.optional(
    v.pipe(
      v.string('must be given once'),
      v.regex(/^\d{1,4}$/, 'must be a whole number from 1 to 100'),
      v.metadata({ type: 'integer', minimum: 1, maximum: 100, pattern: undefined }),
      v.transform(Number),
      v.minValue(1, 'must be a whole number from 1 to 100'),
      v.maxValue(100, 'must be a whole number from 1 to 100')
    ),
    '25'
  )
}

export function listOf<const Item extends v.GenericSchema>(item: Item) {
  return v.object({ data: v.array(item), next_cursor: v.nullable(v.string()) })
}

/** A value of a tag, and how many events have it. */
export const valueCount = v.object({ value: v.string(), count: v.number() })
export type ValueCount = v.InferOutput<typeof valueCount>

export const problemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  errors: v.optional(
    v.array(
      v.object({
        path: v.string(),
        message: v.string(),
        line: v.exactOptional(v.number()),
        column: v.exactOptional(v.number())
      })
    )
  )
})
export type ProblemBody = v.InferOutput<typeof problemSchema>
