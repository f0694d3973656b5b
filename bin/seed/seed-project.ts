/**
 * Fills a project: makes its issues, then event after event in the order of time, and hands them over in chunks. While
 * PostgreSQL works on one chunk the next is made, in short turns, so that what waits for its socket is sent meanwhile.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { ProjectSettings, RetentionDays } from '../../schema/pipeline.ts'
import type { PlacedEvent } from '../../services/commit/committed-batch.ts'
import { ensureEventPartitions } from '../../services/database/partitions.ts'
import { keptSince } from '../../services/database/retention-periods.ts'
import { findIssues, tendIssues, tidyTables } from '../../services/seeding/project.ts'
import { startSeeding } from '../../services/seeding/seeding.ts'
import type { Sql } from '../../services/database/sql.ts'
import { withWire } from '../../services/database/wire/pool.ts'
import { createRandom } from './random.ts'
import { seedEvents } from './seed-events.ts'
import { createIssues, type PayloadSize, type SeedIssue } from './seed-issues.ts'

export type SeedOptions = {
  projectId: number
  retentionDays: RetentionDays
  events: number
  issues: number
  users: number
  days: number
  size: PayloadSize
  /** The same one makes the same events, but for their ids and their times, which go up to now. */
  seed: number
  now: number
}

export type SeedHooks = {
  /** Called with the name of each step that begins. */
  onStep: (text: string) => void
  onProgress: (done: number, all: number) => void
  /** Ends the seeding after the current chunk. */
  signal?: AbortSignal
}

/** What has been written. */
export type Seeded = { events: number; issues: number }

const chunkEvents = 10_000
const turnEvents = 250
/** Minutes are kept for 25 h. */
const minutesMs = 25 * 3_600_000

export async function seedProject(sql: Sql, options: SeedOptions, hooks: SeedHooks): Promise<Seeded> {
  const { projectId, retentionDays, events, days, now } = options
  const from = Math.max(keptSince(retentionDays, now), now - days * 86_400_000)
  const random = createRandom(options.seed, projectId)
  const project = settingsOf(options)
  hooks.onStep('making issues')
  const { issues, known } = await issuesOf(
    sql,
    createIssues(options.issues, { project, size: options.size }, random),
    projectId
  )
  await ensureEventPartitions(sql, { retentionDays, from, to: now })

  hooks.onStep('writing events')
  const rows = seedEvents(
    { project, issues, events, users: options.users, from, to: now, size: options.size },
    random,
    createRandom(now, projectId)
  )
  const written = await withWire(sql, async wire => {
    const seeding = startSeeding(sql, wire, { projectId, issueIds: known, minutesSince: now - minutesMs })
    let written = 0
    for (;;) {
      const chunk = await nextChunk(rows)
      if (chunk.length === 0) break
      await seeding.write(chunk)
      hooks.onProgress((written += chunk.length), events)
      if (hooks.signal?.aborted) break
    }
    await seeding.finish()
    return written
  })

  hooks.onStep('tidying up')
  const begun = issues.map(({ id }) => id).filter(id => id !== '' && !known.has(id))
  await tendIssues(sql, projectId, begun, now)
  await tidyTables(sql, { retentionDays, now }, hooks.onProgress)
  return { events: written, issues: begun.length }
}

async function nextChunk(rows: Iterator<PlacedEvent>): Promise<PlacedEvent[]> {
  const chunk: PlacedEvent[] = []
  while (chunk.length < chunkEvents) {
    const { done, value } = rows.next()
    if (done) break
    chunk.push(value)
    if (chunk.length % turnEvents === 0) await turn()
  }
  return chunk
}

/** Events of merged issues go to their roots; discarded issues get none. */
async function issuesOf(
  sql: Sql,
  made: SeedIssue[],
  projectId: number
): Promise<{ issues: SeedIssue[]; known: Set<string> }> {
  const found = await findIssues(
    sql,
    projectId,
    made.map(({ fingerprint }) => fingerprint)
  )
  const issues = made.filter(({ fingerprint }) => found.get(fingerprint)?.discarded !== true)
  for (const issue of issues) issue.id = found.get(issue.fingerprint)?.rootId ?? ''
  return { issues, known: new Set(issues.flatMap(({ id }) => (id === '' ? [] : [id]))) }
}

function settingsOf({ projectId, retentionDays }: SeedOptions): ProjectSettings {
  return {
    projectId,
    retentionDays,
    sampleRate: 1,
    rateLimitPerMinute: null,
    scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
  }
}
