/**
 * Decides in memory what one transaction writes: which events are stored, duplicates or discarded, and how often each
 * issue is counted. It decides from beliefs: the known issues, and that no event is a duplicate. The transaction checks
 * them. Pure, except for the ids of new issues: the same batches and knowledge give the same plan.
 */
import { v7 as uuidv7 } from 'uuid'
import { receivedAtOf } from '../../events/event-ids.ts'
import type { Outcome } from '../../schema/outcomes.ts'
import { limits } from '../../schema/limits.ts'
import type { CommittedOutcome, PreparedBatch, PreparedEvent, RetentionDays, Weights } from '../../schema/pipeline.ts'
import type { DeltaOutcome } from '../rollups/deltas.ts'
import type { CountedIssue, PlacedEvent } from './committed-batch.ts'
import type { KnownIssue, KnownIssues } from './known-issues.ts'

/**
 * What was looked up for this commit: batches that are in the ledger, the first ids of client event ids, issues (by
 * `issueKey`) that are new unless they are among the known ones, and retentions that have changed.
 */
export type Knowledge = {
  committed: Set<string>
  keys: Map<string, string>
  issues: Set<string>
  /** Of projects whose retention is another than their events say. */
  retention: Map<number, RetentionDays>
}

/**
 * How one issue is counted by a commit; its root is counted along. `sample` is the newest event; `created` is true when
 * no issue is known. `count` is the sum of the weights, `seen` how many events are known to be stored of the issue.
 */
export type IssueTally = {
  issueId: string
  rootId: string
  projectId: number
  fingerprint: string
  created: boolean
  count: number
  seen: number
  firstSeen: number
  lastSeen: number
  sample: PreparedEvent
  releases: Set<string> | string
  change: CountedIssue
  lastBatch: number
}

export type PlannedBatch = {
  batch: PreparedBatch
  outcomes: CommittedOutcome[]
  stored: PlacedEvent[]
  changes: CountedIssue[]
}

export type Redirection = KnownIssue & { projectId: number }

/** A fingerprint that an issue of an older version of grouping gets. */
export type Adoption = { projectId: number; fingerprint: string; issue: KnownIssue }

export type CommitPlan = {
  batches: PlannedBatch[]
  /** Sorted by (retention, project). */
  rows: PlacedEvent[]
  /** First claims of client event ids, sorted by (project, event id). */
  claims: PreparedEvent[]
  /** Sorted by (project, issue id). */
  counted: IssueTally[]
  /** Sorted by (project, fingerprint). */
  created: IssueTally[]
  /** Sorted by (project, fingerprint). */
  adopted: Adoption[]
  redirections: Redirection[]
  outcomes: DeltaOutcome[]
}

const hourMs = 3_600_000

/** The key of `Knowledge.keys`. */
export function eventKey(projectId: number, eventId: string): string {
  return eventId + projectId
}

/** The key of `Knowledge.issues`. */
export function issueKey({ projectId, fingerprint }: { projectId: number; fingerprint: string }): string {
  return fingerprint + projectId
}

export function planCommit(batches: readonly PreparedBatch[], knowledge: Knowledge, known: KnownIssues): CommitPlan {
  const tallies = new Map<string, IssueTally>()
  const redirections = new Map<string, Redirection>()
  const adoptions = new Map<string, Adoption>()
  const claimed = new Map<string, string>()
  const counts = createCounts()
  const plan: CommitPlan = {
    batches: [],
    rows: [],
    claims: [],
    counted: [],
    created: [],
    adopted: [],
    redirections: [],
    outcomes: []
  }

  /** The id of the event that had this client event id first, if it was another one. */
  function firstOf(event: PreparedEvent, clientId: string): string | undefined {
    const key = eventKey(event.projectId, clientId)
    const firstId = knowledge.keys.get(key) ?? claimed.get(key)
    if (firstId !== undefined) return firstId
    claimed.set(key, event.id)
    plan.claims.push(event)
    return undefined
  }

  /** The first events of an issue are kept whatever share is, and stand for themselves. */
  function weightOf(event: PreparedEvent, weights: Weights, issue: KnownIssue | undefined): number {
    const seen = tallies.get(tallyKey(event, issue))?.seen ?? seenOf(issue)
    return seen < limits.firstEventsKept ? weights.first : weights.sampled
  }

  /** Decides one event and returns its outcome. */
  function decide(event: PreparedEvent, planned: PlannedBatch, index: number): CommittedOutcome {
    const { id, projectId, eventId } = event
    const issue = known.get(projectId, event.fingerprint)
    const weight = event.weights === undefined ? 1 : weightOf(event, event.weights, issue)
    if (weight === 0 && issue?.discarded !== true) {
      // What is left out must not be the first of an issue that is gone by now.
      if (issue) redirections.set(issue.issueId, { ...issue, projectId })
      return { id, outcome: 'sampled_out' }
    }
    const firstId = eventId === null ? undefined : firstOf(event, eventId)
    if (firstId !== undefined) return { id, outcome: 'duplicate', firstId }

    if (issue && (issue.discarded || issue.rootId !== issue.issueId)) {
      redirections.set(issue.issueId, { ...issue, projectId })
    }
    if (issue?.adopts) adoptions.set(issueKey(event), { projectId, fingerprint: event.fingerprint, issue })
    if (issue?.discarded) return { id, outcome: 'discarded' }

    const tally = countEvent(tallies, event, issue, weight)
    if (tally.lastBatch !== index) {
      tally.lastBatch = index
      planned.changes.push(tally.change)
    }
    const { issueId, rootId } = tally
    const row = { event: withRetention(event, knowledge), issueId, rootId, bytes: 0, weight }
    planned.stored.push(row)
    plan.rows.push(row)
    return { id, outcome: 'stored' }
  }

  for (const [index, batch] of batches.entries()) {
    const planned: PlannedBatch = { batch, outcomes: [], stored: [], changes: [] }
    for (const event of batch.events) {
      const outcome = decide(event, planned, index)
      planned.outcomes.push(outcome)
      counts.add(event.projectId, event.receivedAt, outcome.outcome)
    }
    for (const [outcome, events] of [
      ['sampled_out', batch.sampledOut],
      ['quarantined', batch.quarantined]
    ] as const) {
      for (const { id, projectId } of events) {
        planned.outcomes.push({ id, outcome })
        counts.add(projectId, receivedAtOf(id), outcome)
      }
    }
    plan.batches.push(planned)
  }

  plan.rows.sort(byTimeline)
  plan.claims.sort(byEventId)
  for (const tally of tallies.values()) (tally.created ? plan.created : plan.counted).push(tally)
  plan.counted.sort((a, b) => a.projectId - b.projectId || compare(a.issueId, b.issueId))
  plan.created.sort(byFingerprint)
  plan.adopted = [...adoptions.values()].sort(byFingerprint)
  plan.redirections = [...redirections.values()]
  plan.outcomes = counts.all()
  return plan
}

function withRetention(event: PreparedEvent, { retention }: Knowledge): PreparedEvent {
  const retentionDays = retention.get(event.projectId)
  return retentionDays === undefined ? event : { ...event, retentionDays }
}

/** Of an issue of which nobody has looked that up, many. */
function seenOf(issue: KnownIssue | undefined): number {
  return issue === undefined ? 0 : (issue.seen ?? Infinity)
}

/** Several fingerprints may lead to one issue, so the key is the issue where it is known. */
function tallyKey(event: PreparedEvent, issue: KnownIssue | undefined): string {
  return issue?.issueId ?? issueKey(event)
}

export function countEvent(
  tallies: Map<string, IssueTally>,
  event: PreparedEvent,
  issue: KnownIssue | undefined,
  weight = 1
): IssueTally {
  const key = tallyKey(event, issue)
  const tally = tallies.get(key)
  if (!tally) {
    const started = startTally(event, issue, weight)
    tallies.set(key, started)
    return started
  }
  tally.count += weight
  tally.seen += 1
  if (event.receivedAt < tally.firstSeen) tally.firstSeen = event.receivedAt
  if (event.receivedAt > tally.lastSeen || (event.receivedAt === tally.lastSeen && event.id > tally.sample.id)) {
    tally.sample = event
    tally.lastSeen = event.receivedAt
    tally.change.title = event.title
    tally.change.level = event.level
  }
  addRelease(tally, event.release)
  return tally
}

function startTally(event: PreparedEvent, issue: KnownIssue | undefined, weight: number): IssueTally {
  const { projectId, fingerprint, receivedAt, title, level, release } = event
  const issueId = issue?.issueId ?? uuidv7()
  const rootId = issue?.rootId ?? issueId
  return {
    issueId,
    rootId,
    projectId,
    fingerprint,
    created: issue === undefined,
    count: weight,
    seen: seenOf(issue) + 1,
    firstSeen: receivedAt,
    lastSeen: receivedAt,
    sample: event,
    releases: release,
    change: { issueId: rootId, projectId, title, level, kind: issue ? 'updated' : 'created' },
    lastBatch: -1
  }
}

/** Most issues see one release in a batch; a set is made only for the second one. */
function addRelease(tally: IssueTally, release: string): void {
  if (typeof tally.releases !== 'string') tally.releases.add(release)
  else if (tally.releases !== release) tally.releases = new Set([tally.releases, release])
}

/** Counts outcomes by project and hour. Consecutive events mostly share both, so the last row is tried first. */
function createCounts() {
  const rows = new Map<string, DeltaOutcome>()
  let last: DeltaOutcome | undefined

  function add(projectId: number, time: number, outcome: Outcome): void {
    const hour = Math.floor(time / hourMs) * hourMs
    if (last?.projectId !== projectId || last.hour !== hour || last.outcome !== outcome) {
      const key = `${projectId} ${hour} ${outcome}`
      last = rows.get(key) ?? { projectId, hour, outcome, count: 0 }
      rows.set(key, last)
    }
    last.count += 1
  }
  return { add, all: () => [...rows.values()] }
}

/** By partition and project. Within them events stay in their order, which is the order of their ids. */
function byTimeline(a: PlacedEvent, b: PlacedEvent): number {
  return a.event.retentionDays - b.event.retentionDays || a.event.projectId - b.event.projectId
}

function byEventId(a: PreparedEvent, b: PreparedEvent): number {
  return a.projectId - b.projectId || compare(a.eventId ?? '', b.eventId ?? '')
}

type Fingerprinted = { projectId: number; fingerprint: string }

function byFingerprint(a: Fingerprinted, b: Fingerprinted): number {
  return a.projectId - b.projectId || compare(a.fingerprint, b.fingerprint)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
