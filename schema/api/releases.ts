/**
 * Releases and environments of a project: names that its events have brought, and when they were first and last seen,
 * environments by the hour. `events_24h` are of the last 24 hours, and `other` are those of that time whose name is too
 * rare to be counted by itself.
 */
import * as v from 'valibot'
import { listOf, pageEntries, time } from './common.ts'

export const seenQuery = v.strictObject(pageEntries)

export const release = v.object({ version: v.string(), first_seen: time, last_seen: time, events_24h: v.number() })
export type Release = v.InferOutput<typeof release>
const otherEvents = { other: v.number(), estimated: v.boolean(), extrapolated: v.boolean() }
export const releaseList = v.object({ ...listOf(release).entries, ...otherEvents })

export const environment = v.object({ name: v.string(), first_seen: time, last_seen: time, events_24h: v.number() })
export type Environment = v.InferOutput<typeof environment>
export const environmentList = v.object({ ...listOf(environment).entries, ...otherEvents })
