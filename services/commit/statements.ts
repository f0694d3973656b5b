/**
 * The statements of a commit in their order: ledger, retentions, event keys, events, quarantine, rollup delta, counted
 * issues, fingerprints that issues adopt, new issues, redirections. Every transaction takes its locks in this order
 * and, within a step, in the order of the key, so writers never deadlock. Issues come late, because busy ones are in
 * every batch and other writers wait for them until the commit. The functions are in schema/migrations.
 */
import { version as groupingVersion } from '../../events/grouping/group.ts'
import { orderedRelease } from '../../events/releases.ts'
import type { PreparedBatch, QuarantinedEvent } from '../../schema/pipeline.ts'
import { copyEvents, writeEventRows } from './binary-copy.ts'
import type { CommitPlan, IssueTally, Redirection } from './plan.ts'
import type { WordSets } from './word-sets.ts'
import { encodeDelta } from '../rollups/deltas.ts'
import { booleans, byteas, ints, text, texts, timestamps, uuid, uuids } from '../database/wire/parameters.ts'
import type { Pipeline, PreparedStatement } from '../database/wire/pipeline.ts'

const claimBatches: PreparedStatement = {
  name: 'claim_batches',
  text: 'insert into ledger (batch_id, node) select batch, $2::text from unnest($1::uuid[]) batch'
}
const claimEventKeys: PreparedStatement = {
  name: 'claim_event_keys',
  text: 'select claim_event_keys($1::bigint[], $2::uuid[], $3::uuid[])'
}
const countIntoIssues: PreparedStatement = {
  name: 'count_into_issues',
  text: `select count_into_issues($1::uuid, $2::bigint[], $3::uuid[], $4::bigint[], $5::timestamptz[],
    $6::timestamptz[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::uuid[])`
}
const createIssues: PreparedStatement = {
  name: 'create_issues',
  text: `select create_issues($1::bigint[], $2::uuid[], $3::bytea[], $4::bigint[], $5::timestamptz[],
    $6::timestamptz[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
    $14::text[])`
}
const adoptFingerprints: PreparedStatement = {
  name: 'adopt_fingerprints',
  text: 'select adopt_fingerprints($1::bigint[], $2::bigint[], $3::bytea[], $4::uuid[], $5::text)'
}
const expectRedirections: PreparedStatement = {
  name: 'expect_redirections',
  text: 'select expect_redirections($1::bigint[], $2::uuid[], $3::uuid[], $4::boolean[])'
}
const quarantine: PreparedStatement = {
  name: 'quarantine',
  text: `insert into quarantined_events (project_id, id, error, body)
    select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[]) on conflict do nothing`
}
const expectRetention: PreparedStatement = {
  name: 'expect_retention',
  text: 'select expect_retention($1::bigint[], $2::bigint[])'
}
const addDelta: PreparedStatement = {
  name: 'add_delta',
  text: 'insert into rollup_deltas (node, payload) values ($1::text, $2::text) returning id'
}

/** Where the results that the caller needs stand; undefined for a step that was left out. */
export type ResultPositions = { copied: number | undefined; counted: number | undefined; delta: number }

/** Writes the ledger's step into the pipeline. */
export function writeLedgerStep(pipeline: Pipeline, batches: readonly PreparedBatch[], node: string): void {
  pipeline.execute(claimBatches, [uuids(batches.map(batch => batch.id).sort()), text(node)])
}

/** Writes every other step of the plan into the pipeline; `mark` is the id of one of its batches. */
export function writePlanSteps(
  pipeline: Pipeline,
  plan: CommitPlan,
  { node, mark, sets }: { node: string; mark: string; sets: WordSets }
): ResultPositions {
  if (plan.rows.length > 0) writeRetentions(pipeline, plan)
  if (plan.claims.length > 0) writeClaims(pipeline, plan)
  const copied =
    plan.rows.length > 0 ? pipeline.copy(copyEvents, out => writeEventRows(out, plan.rows, sets)) : undefined
  const quarantined = plan.batches.flatMap(planned => planned.batch.quarantined)
  if (quarantined.length > 0) writeQuarantined(pipeline, quarantined)
  const delta = writeDelta(pipeline, plan, node)
  const counted = plan.counted.length > 0 ? writeCounts(pipeline, plan.counted, mark) : undefined
  if (plan.adopted.length > 0) writeAdoptions(pipeline, plan)
  if (plan.created.length > 0) writeCreations(pipeline, plan.created)
  if (plan.redirections.length > 0) writeRedirections(pipeline, plan.redirections)
  return { copied, counted, delta }
}

/** Rows are in the order of their retention and project. */
function writeRetentions(pipeline: Pipeline, { rows }: CommitPlan): void {
  const [projects, days]: [number[], number[]] = [[], []]
  for (const { event } of rows) {
    if (projects.at(-1) === event.projectId && days.at(-1) === event.retentionDays) continue
    projects.push(event.projectId)
    days.push(event.retentionDays)
  }
  pipeline.execute(expectRetention, [ints(projects), ints(days)])
}

export function writeDelta(pipeline: Pipeline, plan: CommitPlan, node: string): number {
  return pipeline.execute(addDelta, [text(node), text(encodeDelta(plan))])
}

export function writeClaims(pipeline: Pipeline, { claims }: CommitPlan): void {
  pipeline.execute(claimEventKeys, [
    ints(claims.map(event => event.projectId)),
    uuids(claims.map(event => event.eventId ?? '')),
    uuids(claims.map(event => event.id))
  ])
}

export function writeCounts(pipeline: Pipeline, tallies: IssueTally[], mark: string): number {
  return pipeline.execute(countIntoIssues, [
    uuid(mark),
    ...tallyParameters(tallies),
    texts(
      tallies.map(({ releases }) =>
        typeof releases === 'string' ? orderedRelease(releases) : [...releases].map(orderedRelease).join('\n')
      )
    ),
    texts(tallies.map(tally => tally.sample.title)),
    texts(tallies.map(tally => tally.sample.culprit)),
    uuids(tallies.map(tally => tally.rootId))
  ])
}

export function writeCreations(pipeline: Pipeline, tallies: IssueTally[]): void {
  const [projects, issues, ...counts] = tallyParameters(tallies)
  const samples = tallies.map(tally => tally.sample)
  pipeline.execute(createIssues, [
    projects,
    issues,
    byteas(
      tallies.map(tally => tally.fingerprint),
      32
    ),
    ...counts,
    texts(samples.map(event => event.level)),
    texts(samples.map(event => event.title)),
    texts(samples.map(event => event.culprit)),
    texts(samples.map(event => event.platform)),
    texts(samples.map(event => event.grouping.rule)),
    texts(samples.map(event => event.grouping.version)),
    texts(samples.map(event => JSON.stringify(event.grouping.components)))
  ])
}

/** The numbers of all projects that this transaction makes issues of or adopts in are locked here, in one order. */
export function writeAdoptions(pipeline: Pipeline, { adopted, created }: CommitPlan): void {
  const locked = new Set([...adopted, ...created].map(({ projectId }) => projectId))
  pipeline.execute(adoptFingerprints, [
    ints([...locked].sort((a, b) => a - b)),
    ints(adopted.map(({ projectId }) => projectId)),
    byteas(
      adopted.map(({ fingerprint }) => fingerprint),
      32
    ),
    uuids(adopted.map(({ issue }) => issue.issueId)),
    text(groupingVersion)
  ])
}

function tallyParameters(tallies: IssueTally[]) {
  return [
    ints(tallies.map(tally => tally.projectId)),
    uuids(tallies.map(tally => tally.issueId)),
    ints(tallies.map(tally => tally.count)),
    timestamps(tallies.map(tally => tally.firstSeen)),
    timestamps(tallies.map(tally => tally.lastSeen)),
    uuids(tallies.map(tally => tally.sample.id))
  ] as const
}

function writeRedirections(pipeline: Pipeline, redirections: Redirection[]): void {
  pipeline.execute(expectRedirections, [
    ints(redirections.map(({ projectId }) => projectId)),
    uuids(redirections.map(({ issueId }) => issueId)),
    uuids(redirections.map(({ rootId }) => rootId)),
    booleans(redirections.map(({ discarded }) => discarded))
  ])
}

function writeQuarantined(pipeline: Pipeline, events: QuarantinedEvent[]): void {
  const sorted = [...events].sort((a, b) => a.projectId - b.projectId || (a.id < b.id ? -1 : 1))
  pipeline.execute(quarantine, [
    ints(sorted.map(event => event.projectId)),
    uuids(sorted.map(event => event.id)),
    texts(sorted.map(event => storable(event.error))),
    texts(sorted.map(event => storable(event.body)))
  ])
}

/** PostgreSQL's text cannot hold NUL, and people should still be able to read a quarantined event. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u2400')
}
