// Goal: an upgrade of grouping splits no issue: what version 1 grouped goes on in its issues, and new bugs get new
// ones. Method: a corpus is committed as version 1 prepared it, then as it is prepared today; the rows say what
// happened.
import fs from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import * as v from 'valibot'
import { eventIdAt, mintEventId, receivedAtOf } from '../../../events/event-ids.ts'
import { fingerprintOfVersion1, version } from '../../../events/grouping/v1/group.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { NormalisedEvent } from '../../../schema/event.ts'
import type { GroupingTexts, PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { knownIssues } from '../../../services/commit/known-issues.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { databaseForEvents, preparedBatch } from '../../support/prepared.ts'

const faults = path.resolve('tests/events/grouping/faults')
const file = v.object({ events: v.array(v.looseObject({})) })
const corpus: unknown[] = [
  ...fs
    .readdirSync(faults)
    .flatMap(name => v.parse(file, JSON.parse(fs.readFileSync(path.join(faults, name), 'utf8'))).events),
  { message: 'order 5 failed', logger: 'shop' },
  { message: 'm', fingerprint: ['pool'] },
  {
    platform: 'python',
    exception: { type: 'KeyError', value: 'x', stacktrace: [{ module: 'shop', function: 'C.add' }] }
  }
]

const stored = v.pipe(
  v.string(),
  v.parseJson(),
  v.custom<NormalisedEvent>(value => typeof value === 'object' && value !== null)
)

function today(event: unknown, projectId = 1, grouping?: GroupingTexts): PreparedEvent {
  const id = eventIdAt(mintEventId(), 0)
  const result = prepareEvent(event, {
    id,
    receivedAt: receivedAtOf(id),
    project: {
      projectId,
      retentionDays: 30,
      sampleRate: 1,
      rateLimitPerMinute: null,
      scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' },
      grouping
    }
  })
  if (result.kind !== 'prepared') throw new Error(`the event is ${result.kind}`)
  return result.event
}

/** As the release with version 1 prepared it. */
function before(event: unknown, projectId = 1): PreparedEvent {
  const prepared = today(event, projectId)
  const fingerprint = fingerprintOfVersion1(v.parse(stored, prepared.payload))
  return { ...prepared, fingerprint, grouping: { ...prepared.grouping, version } }
}

async function commit(sql: Sql, ...events: PreparedEvent[]) {
  const [committed] = await commitBatches(sql, [preparedBatch(events)], { node: 'test', deadlineMs: 30_000 })
  if (committed === undefined) throw new Error('nothing was committed')
  return committed
}

const issueRow = v.strictObject({ id: v.string(), event_count: v.number() })
const countRow = v.strictObject({ count: v.number() })
const adoptionRow = v.strictObject({ issue_id: v.string() })

async function issuesOf(sql: Sql): Promise<v.InferOutput<typeof issueRow>[]> {
  return await sql.rows(issueRow)`select id, event_count from issues order by id`
}

async function adopted(sql: Sql): Promise<number> {
  const [row] = await sql.rows(countRow)`select count(*)::int as count from issue_fingerprints`
  return row?.count ?? 0
}

async function isSound(t: Test, sql: Sql): Promise<void> {
  t.same(await audit(sql), [])
}

t.test('a corpus of version 1 that comes again makes no issue', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, ...corpus.map(event => before(event)))
  const grouped = await issuesOf(sql)
  knownIssues(sql).clear()

  const again = corpus.map(event => today(event))
  const committed = await commit(sql, ...again)
  t.ok(committed.outcomes.every(({ outcome }) => outcome === 'stored'))
  t.ok(committed.changes.every(({ kind }) => kind === 'updated'))
  const after = await issuesOf(sql)
  t.same(
    after.map(issue => issue.id),
    grouped.map(issue => issue.id)
  )
  t.equal(
    after.reduce((sum, issue) => sum + issue.event_count, 0),
    2 * corpus.length
  )
  t.equal(await adopted(sql), new Set(again.map(event => event.fingerprint)).size)

  for (const forgets of [true, false]) {
    if (forgets) knownIssues(sql).clear()
    const adoptions = await adopted(sql)
    await commit(sql, ...corpus.map(event => today(event)))
    t.equal(await adopted(sql), adoptions, 'once')
    t.equal((await issuesOf(sql)).length, grouped.length)
  }
  await isSound(t, sql)
})

t.test('a bug that version 1 had not seen gets an issue, beside the ones that adopt', async t => {
  const sql = await databaseForEvents(t)
  const [old, fresh, other] = [{ message: 'old bug' }, { message: 'new bug' }, { message: 'another' }]
  await commit(sql, before(old), before(old, 2))
  const committed = await commit(sql, today(fresh, 2), today(old, 2), today(old), today(other), today(old))
  t.same(committed.changes.map(({ kind }) => kind).sort(), ['created', 'created', 'updated', 'updated'])
  t.equal((await issuesOf(sql)).length, 4)
  await isSound(t, sql)
})

t.test('what a rule of the project tells apart stays apart from what version 1 took for one', async t => {
  const sql = await databaseForEvents(t)
  const rules = { revision: 1, fingerprintRules: 'message:pay* -> pay-{{ tags.tenant }}', stackRules: '' }
  const [a, b] = [
    { message: 'pay 1', tags: { tenant: 'a' } },
    { message: 'pay 2', tags: { tenant: 'b' } }
  ]
  await commit(sql, before(a), before(b))
  t.equal((await issuesOf(sql)).length, 1)
  await commit(sql, today(a, 1, rules), today(b, 1, rules))
  t.equal((await issuesOf(sql)).length, 3)
  await commit(sql, today(a), today(b))
  t.equal((await issuesOf(sql)).length, 3, 'without the rule they are in the first again')
  await isSound(t, sql)
})

t.test('an issue that was merged or discarded adopts too, and its events go where its others go', async t => {
  const sql = await databaseForEvents(t)
  const [merged, root, unwanted] = [{ message: 'merged' }, { message: 'root' }, { message: 'unwanted' }]
  const first = await commit(sql, before(merged), before(root), before(unwanted))
  const [mergedId, rootId, unwantedId] = first.stored.map(({ issueId }) => issueId)
  await sql`update issues set merged_into = ${rootId ?? null}::uuid where id = ${mergedId ?? null}::uuid`
  await sql`update issues set status = 'discarded' where id = ${unwantedId ?? null}::uuid`
  knownIssues(sql).clear()

  for (const forgets of [true, false]) {
    if (forgets) knownIssues(sql).clear()
    const committed = await commit(sql, today(merged), today(unwanted))
    t.same(
      committed.stored.map(({ issueId, rootId }) => [issueId, rootId]),
      [[mergedId, rootId]]
    )
    t.same(committed.outcomes.map(({ outcome }) => outcome).sort(), ['discarded', 'stored'])
  }
  const rows = await sql.rows(adoptionRow)`select issue_id from issue_fingerprints order by issue_id`
  t.same(
    rows.map(row => row.issue_id),
    [mergedId, unwantedId].sort()
  )
})

t.test('a deleted issue leaves nothing: the next event makes a new one', async t => {
  const sql = await databaseForEvents(t)
  const event = { message: 'deleted' }
  await commit(sql, before(event))
  await commit(sql, today(event))
  await sql`delete from issues`
  t.equal(await adopted(sql), 0)
  const committed = await commit(sql, today(event))
  t.same(
    committed.changes.map(({ kind }) => kind),
    ['created']
  )
})

t.test('commits at the same time adopt once, and never beside a new issue', async t => {
  const sql = await databaseForEvents(t)
  const event = { message: 'at once' }
  await commit(sql, before(event))
  knownIssues(sql).clear()
  const committed = await Promise.all(
    Array.from({ length: 8 }, () => commit(sql, today(event), today({ message: 'new' })))
  )
  t.equal(committed.length, 8)
  t.equal(await adopted(sql), 1)
  t.equal((await issuesOf(sql)).length, 2)
  await isSound(t, sql)
})

t.test('a project without issues of version 1 adopts nothing', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, before({ message: 'of project 2' }, 2))
  await commit(sql, today({ message: 'of project 2' }, 1))
  t.equal(await adopted(sql), 0)
  t.equal((await issuesOf(sql)).length, 2)
})
