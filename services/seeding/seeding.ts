/**
 * Writes made-up events of the past as commits and folds would have. A chunk is one transaction with its events, its
 * issues and all rollups, so the counts are right wherever it is broken off. No alert is sent. One chunk is written
 * while the next one is made. What PostgreSQL refused because of another transaction (a deadlock, an issue that
 * changed) is written again.
 */
import { v7 as uuidv7 } from 'uuid'
import type { PlacedEvent } from '../commit/committed-batch.ts'
import { countEvent, type IssueTally } from '../commit/plan.ts'
import { copyEvents, writeEventRows } from '../commit/binary-copy.ts'
import { wordSets } from '../commit/word-sets.ts'
import { writeCounts, writeCreations } from '../commit/statements.ts'
import { leaveOutKnown, remember } from '../rollups/fold-memory.ts'
import { loadNames, type DayNames } from '../rollups/bounds.ts'
import type { Delta, DeltaEvent, DeltaOutcome } from '../rollups/deltas.ts'
import { tagKeysCountedMax } from '../rollups/deltas.ts'
import { writeSums } from '../rollups/statements.ts'
import { sumUp, type Sums } from '../rollups/sums.ts'
import { isUnavailable, sqlStateOf } from '../database/errors.ts'
import { ConnectionError } from '../database/errors.ts'
import type { Sql } from '../database/sql.ts'
import type { WireConnection } from '../database/wire/connection.ts'
import { int, uuids } from '../database/wire/parameters.ts'
import type { Pipeline, PreparedStatement } from '../database/wire/pipeline.ts'

export type Seeding = {
  /** Resolves when the chunk before this one is committed, so at most two are under way. */
  write: (rows: readonly PlacedEvent[]) => Promise<void>
  /** Resolves when everything is committed. */
  finish: () => Promise<void>
}

export type SeedingOptions = {
  projectId: number
  /** Issues that exist; the others are made with their first event. */
  issueIds: Iterable<string>
  /** Minutes are kept for a day; earlier ones are not written. */
  minutesSince: number
}

type NamesOf = (projectId: number, day: number) => DayNames

const handleTransitions: PreparedStatement = {
  name: 'handle_seeded_transitions',
  text: `update transitions t set handled_at = now(), at = i.first_seen from issues i
    where t.project_id = $1::bigint and i.project_id = t.project_id and i.id = t.issue_id
      and t.id = any (array(select id from transitions where handled_at is null and project_id = $1::bigint
        and issue_id = any ($2::uuid[])))`
}

const deadlineMs = 120_000
const triesMax = 5
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Only the caller may use `wire` until `finish` has resolved. */
export function startSeeding(
  sql: Sql,
  wire: WireConnection,
  { projectId, issueIds, minutesSince }: SeedingOptions
): Seeding {
  const made = new Set(issueIds)
  const sets = wordSets(sql)
  let last: Promise<void> = Promise.resolve()

  async function write(rows: readonly PlacedEvent[]): Promise<void> {
    const names = await loadNames(sql, daysOf(projectId, rows))
    await sets.write(sql)
    const { created, counted } = tallied(rows, made)
    for (const { issueId } of created) made.add(issueId)

    const send = async (): Promise<void> => {
      const sums: Sums[] = []
      await wire.run(
        pipeline => {
          pipeline.copy(copyEvents, out => writeEventRows(out, rows, sets))
          writeIssues(pipeline, projectId, created, counted)
          sums.push(writeRollups(sql, pipeline, rows, names, minutesSince))
        },
        { deadlineMs }
      )
      for (const each of sums) remember(sql, each)
    }
    const previous = last
    const sent = send()
    last = committed(previous, sent, send)
    // The failure reaches the caller through `finish`.
    last.catch(() => {})
    await previous
  }
  return { write, finish: () => last }
}

/** In order: a chunk that is refused because the one before was refused is sent again after it. */
async function committed(previous: Promise<void>, sent: Promise<void>, send: () => Promise<void>): Promise<void> {
  const [before, result] = await Promise.allSettled([previous, sent])
  if (before.status === 'rejected') throw before.reason
  if (result.status === 'fulfilled') return
  let error: unknown = result.reason
  for (let tries = 1; tries < triesMax && isPassing(error); tries++) {
    const again = await send().then(
      () => null,
      (reason: unknown) => ({ reason })
    )
    if (again === null) return
    error = again.reason
  }
  throw error
}

/** Refused because of other transactions. */
function isPassing(error: unknown): boolean {
  return sqlStateOf(error) === 'MSH03' || (isUnavailable(error) && !(error instanceof ConnectionError))
}

function tallied(
  rows: readonly PlacedEvent[],
  made: ReadonlySet<string>
): { created: IssueTally[]; counted: IssueTally[] } {
  const tallies = new Map<string, IssueTally>()
  for (const { event, issueId } of rows) {
    countEvent(tallies, event, { issueId, rootId: issueId, discarded: false })
  }
  const all = [...tallies.values()]
  return {
    created: all.filter(({ issueId }) => !made.has(issueId)).sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    counted: all.filter(({ issueId }) => made.has(issueId)).sort((a, b) => (a.issueId < b.issueId ? -1 : 1))
  }
}

function writeIssues(pipeline: Pipeline, projectId: number, created: IssueTally[], counted: IssueTally[]): void {
  if (counted.length > 0) writeCounts(pipeline, counted, uuidv7())
  if (created.length > 0) writeCreations(pipeline, created)
  pipeline.execute(handleTransitions, [int(projectId), uuids([...created, ...counted].map(({ issueId }) => issueId))])
}

/** Called once the rows are written: before, the size of their payloads is not known. */
function writeRollups(
  sql: Sql,
  pipeline: Pipeline,
  rows: readonly PlacedEvent[],
  names: NamesOf,
  minutesSince: number
): Sums {
  const sums = sumUp([deltaOf(rows)], names)
  for (const { minutes } of sums.issues) {
    for (const minute of minutes.keys()) if (minute < minutesSince) minutes.delete(minute)
  }
  leaveOutKnown(sql, sums)
  writeSums(pipeline, sums)
  return sums
}

function deltaOf(rows: readonly PlacedEvent[]): Delta {
  const outcomes = new Map<number, DeltaOutcome>()
  for (const {
    event: { projectId, receivedAt }
  } of rows) {
    const hour = Math.floor(receivedAt / hourMs) * hourMs
    const counted = outcomes.get(hour)
    if (counted === undefined) outcomes.set(hour, { projectId, hour, outcome: 'stored', count: 1 })
    else counted.count += 1
  }
  return { outcomes: [...outcomes.values()], eachEvent: onEvent => eachEvent(rows, onEvent) }
}

function eachEvent(rows: readonly PlacedEvent[], onEvent: (event: DeltaEvent) => void): void {
  const counted: DeltaEvent = {
    projectId: 0,
    issueId: '',
    receivedAt: 0,
    level: '',
    environment: '',
    release: '',
    userHash: '',
    bytes: 0,
    weight: 1,
    tags: []
  }
  for (const { event, issueId, bytes } of rows) {
    const { projectId, receivedAt, level, environment, release, userHash, tags, facets = {} } = event
    Object.assign(counted, { projectId, issueId, receivedAt, level, environment, release, userHash, bytes })
    counted.tags.length = 0
    for (const [key, value] of Object.entries(tags).slice(0, tagKeysCountedMax)) counted.tags.push(key, value)
    for (const [key, value = ''] of Object.entries(facets)) counted.tags.push(key, value)
    onEvent(counted)
  }
}

function daysOf(projectId: number, rows: readonly PlacedEvent[]): { projectId: number; day: number }[] {
  const days = new Set(rows.map(({ event }) => Math.floor(event.receivedAt / dayMs) * dayMs))
  return [...days].map(day => ({ projectId, day }))
}
