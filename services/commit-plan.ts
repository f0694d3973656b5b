/**
 * Decides in memory what one transaction writes: which events are stored, duplicates or discarded, and how often each
 * issue is counted. It decides from beliefs (known issues, no duplicates unless known); the transaction checks them.
 * Pure: the same batches and knowledge give the same plan, but for the ids of new issues.
 */
import assert from 'node:assert'
import { v7 as uuidv7 } from 'uuid'
import type { Outcome } from '../schema/outcomes.ts'
import type { CommittedOutcome, Level, PreparedBatch, PreparedEvent } from '../schema/pipeline.ts'
import { cacheKey, type KnownIssue } from './known-issues.ts'

/** What an earlier attempt taught: batches that are in the ledger, and client event ids with the id they were given. */
export type Knowledge = { committed: Set<string>, keys: Map<string, string> }

export type IssueChange = {
  issueId: string
  projectId: number
  title: string
  level: Level
  kind: 'created' | 'regressed' | 'updated'
}

/** `bytes` is the size of the payload as stored, known once the row is written. */
export type StoredEvent = { event: PreparedEvent, issueId: string, bytes: number }

/** How one issue is counted by a commit. `sample` is the newest event. `created` when no issue is known. */
export type IssueTally = {
  issueId: string
  projectId: number
  fingerprint: string
  created: boolean
  count: number
  firstSeen: number
  lastSeen: number
  sample: PreparedEvent
  releases: Set<string> | string
  change: IssueChange
  lastBatch: number
}

export type PlannedBatch = { batch: PreparedBatch, outcomes: CommittedOutcome[], stored: StoredEvent[], changes: IssueChange[] }

/** One row of what became of events: project, hour (ms since the epoch), outcome, count. */
export type OutcomeCount = { projectId: number, hour: number, outcome: Outcome, count: number }

export type Redirection = KnownIssue & { projectId: number }

export type CommitPlan = {
  batches: PlannedBatch[]
  /** Sorted by (retention, project, id). */
  rows: StoredEvent[]
  /** First claims of client event ids, sorted by (project, event id). */
  claims: PreparedEvent[]
  /** Sorted by (project, issue id). */
  counted: IssueTally[]
  /** Sorted by (project, fingerprint). */
  created: IssueTally[]
  redirections: Redirection[]
  outcomes: OutcomeCount[]
}

const hourMs = 3_600_000

/** The key of `Knowledge.keys`. */
export function eventKey (projectId: number, eventId: string): string {
  return eventId + projectId
}

/** The time inside a UUIDv7, in ms since the epoch. */
export function timeOfId (id: string): number {
  return parseInt(id.slice(0, 8), 16) * 0x1_0000 + parseInt(id.slice(9, 13), 16)
}

export function planCommit (
  batches: readonly PreparedBatch[], knowledge: Knowledge, known: (key: string) => KnownIssue | undefined
): CommitPlan {
  const tallies = new Map<string, IssueTally>()
  const redirections = new Map<string, Redirection>()
  const claimed = new Map<string, string>()
  const counts = new Map<string, OutcomeCount>()
  const plan: CommitPlan = { batches: [], rows: [], claims: [], counted: [], created: [], redirections: [], outcomes: [] }

  batches.forEach((batch, index) => {
    const planned: PlannedBatch = { batch, outcomes: [], stored: [], changes: [] }
    const settle = (id: string, projectId: number, outcome: Outcome, time: number): void => {
      addOutcome(counts, projectId, time, outcome)
      if (outcome !== 'duplicate') planned.outcomes.push({ id, outcome })
    }

    for (const event of batch.events) {
      if (event.eventId !== null) {
        const key = eventKey(event.projectId, event.eventId)
        const firstId = knowledge.keys.get(key) ?? claimed.get(key)
        if (firstId !== undefined) {
          planned.outcomes.push({ id: event.id, outcome: 'duplicate', firstId })
          settle(event.id, event.projectId, 'duplicate', event.receivedAt)
          continue
        }
        claimed.set(key, event.id)
        plan.claims.push(event)
      }

      const cached = cacheKey(event.projectId, event.fingerprint)
      const issue = known(cached)
      if (issue && (issue.discarded || issue.target !== issue.issueId)) {
        redirections.set(cached, { ...issue, projectId: event.projectId })
        if (issue.discarded) {
          settle(event.id, event.projectId, 'discarded', event.receivedAt)
          continue
        }
      }

      const tally = countEvent(tallies, event, issue, cached)
      if (tally.lastBatch !== index) {
        tally.lastBatch = index
        planned.changes.push(tally.change)
      }
      planned.stored.push({ event, issueId: tally.issueId, bytes: 0 })
      settle(event.id, event.projectId, 'stored', event.receivedAt)
    }
    for (const { id, projectId } of batch.sampledOut) settle(id, projectId, 'sampled_out', timeOfId(id))
    for (const { id, projectId } of batch.quarantined) settle(id, projectId, 'quarantined', timeOfId(id))
    assert.equal(planned.outcomes.length, batch.events.length + batch.sampledOut.length + batch.quarantined.length)
    plan.batches.push(planned)
  })

  plan.rows = plan.batches.flatMap(planned => planned.stored).sort(byTimeline)
  plan.claims.sort(byEventId)
  for (const tally of tallies.values()) (tally.created ? plan.created : plan.counted).push(tally)
  plan.counted.sort((a, b) => a.projectId - b.projectId || compare(a.issueId, b.issueId))
  plan.created.sort((a, b) => a.projectId - b.projectId || compare(a.fingerprint, b.fingerprint))
  plan.redirections = [...redirections.values()]
  plan.outcomes = [...counts.values()]
  return plan
}

/** Two fingerprints that lead to one issue share a tally, so it goes by the target where one is known. */
function countEvent (tallies: Map<string, IssueTally>, event: PreparedEvent, issue: KnownIssue | undefined, cached: string): IssueTally {
  const key = issue?.target ?? cached
  const tally = tallies.get(key)
  if (!tally) {
    const started = startTally(event, issue)
    tallies.set(key, started)
    return started
  }
  tally.count += 1
  if (event.receivedAt < tally.firstSeen) tally.firstSeen = event.receivedAt
  if (event.id > tally.sample.id) {
    tally.sample = event
    tally.lastSeen = event.receivedAt
    tally.change.title = event.title
    tally.change.level = event.level
  }
  addRelease(tally, event.release)
  return tally
}

function startTally (event: PreparedEvent, issue: KnownIssue | undefined): IssueTally {
  const { projectId, fingerprint, receivedAt, title, level, release } = event
  const issueId = issue?.target ?? uuidv7()
  return {
    issueId,
    projectId,
    fingerprint,
    created: issue === undefined,
    count: 1,
    firstSeen: receivedAt,
    lastSeen: receivedAt,
    sample: event,
    releases: release,
    change: { issueId, projectId, title, level, kind: issue ? 'updated' : 'created' },
    lastBatch: -1
  }
}

/** Most issues see one release in a batch: a set is made for the second. */
function addRelease (tally: IssueTally, release: string): void {
  if (typeof tally.releases !== 'string') tally.releases.add(release)
  else if (tally.releases !== release) tally.releases = new Set([tally.releases, release])
}

function addOutcome (counts: Map<string, OutcomeCount>, projectId: number, time: number, outcome: Outcome): void {
  const hour = Math.floor(time / hourMs) * hourMs
  const key = `${projectId} ${hour} ${outcome}`
  const count = counts.get(key)
  if (count) count.count += 1
  else counts.set(key, { projectId, hour, outcome, count: 1 })
}

function byTimeline (a: StoredEvent, b: StoredEvent): number {
  return a.event.retentionDays - b.event.retentionDays || a.event.projectId - b.event.projectId || compare(a.event.id, b.event.id)
}

function byEventId (a: PreparedEvent, b: PreparedEvent): number {
  return a.projectId - b.projectId || compare(a.eventId ?? '', b.eventId ?? '')
}

function compare (a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
