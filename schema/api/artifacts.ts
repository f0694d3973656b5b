/** What builds have uploaded for a project: bundles of scripts with source maps, and debug files. */
import * as v from 'valibot'
import { pageEntries, time, uuid } from './common.ts'

export const artifactQuery = v.strictObject({
  ...pageEntries,
  release: v.optional(v.pipe(v.string('must be given once'), v.maxLength(250, 'has at most 250 characters')))
})

/**
 * `state` `waiting` and `assembling`: not usable yet. `error`: `detail` says why it cannot be used; it goes in a day.
 * `bytes` is what its files take, compressed; files that it shares with other bundles count in each. Debug files
 * (`kind` `debug_file`) are stored; ProGuard mappings (`/proguard/<id>.txt`) are applied, others not yet.
 */
export const artifactItem = v.object({
  id: uuid,
  kind: v.picklist(['scripts', 'debug_file']),
  name: v.string(),
  release: v.string(),
  dist: v.string(),
  state: v.picklist(['waiting', 'assembling', 'ok', 'error']),
  detail: v.string(),
  file_count: v.number(),
  bytes: v.number(),
  uploaded_at: time,
  last_used_at: time
})
export type ArtifactItem = v.InferOutput<typeof artifactItem>

/** `usage` is of the whole project: each file counts once. */
export const artifactList = v.object({
  data: v.array(artifactItem),
  next_cursor: v.nullable(v.string()),
  usage: v.object({ files: v.number(), bytes: v.number(), bytes_max: v.number(), days_kept: v.number() })
})
export type ArtifactList = v.InferOutput<typeof artifactList>
