/**
 * Releases and environments of a project: names that its events have brought. Times are the hours in which they were
 * first and last seen.
 */
import * as v from 'valibot'
import { listOf, pageEntries, time } from './common.ts'

export const seenQuery = v.strictObject(pageEntries)

export const release = v.object({ version: v.string(), first_seen: time, last_seen: time, events_24h: v.number() })
export type Release = v.InferOutput<typeof release>
export const releaseList = listOf(release)

export const environment = v.object({ name: v.string(), first_seen: time, last_seen: time, events_24h: v.number() })
export type Environment = v.InferOutput<typeof environment>
export const environmentList = listOf(environment)
