// Goal: a commit stores every event once, decides each one's fate rightly, and counts each in its issue, whatever this
// process believed before; what was committed stays committed when it comes again.
// Method: real commits into a database of the test's own; the rows, and the audit, say what happened.
import t, { type Test } from 'tap'
import type { PreparedBatch } from '../../../schema/pipeline.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import { knownIssues } from '../../../services/commit/known-issues.ts'
import { listIssues } from '../../../services/cli/issues.ts'
import { isMissingPartition } from '../../../services/database/errors.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { databaseForEvents, eventId, fingerprintOf, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const options = { node: 'test', deadlineMs: 30_000 }

function commit(sql: Sql, ...batches: PreparedBatch[]): Promise<CommittedBatch[]> {
  return commitBatches(sql, batches, options)
}

async function commitOne(sql: Sql, batch: PreparedBatch): Promise<CommittedBatch> {
  const [committed] = await commit(sql, batch)
  if (!committed) throw new Error('nothing was committed')
  return committed
}

function outcomeOf(committed: CommittedBatch, id: string) {
  return committed.outcomes.find(outcome => outcome.id === id)
}

async function isSound(t: Test, sql: Sql): Promise<void> {
  t.same(await audit(sql), [])
}

t.test('stores events, makes their issues and says so', async t => {
  const sql = await databaseForEvents(t)
  const [a, b, other] = [
    preparedEvent({ issue: 'a' }),
    preparedEvent({ issue: 'b' }),
    preparedEvent({ issue: 'a', projectId: 2 })
  ]

  const committed = await commitOne(
    sql,
    preparedBatch([a, b, a].map((event, index) => (index === 2 ? preparedEvent({ issue: 'a' }) : event)).concat(other))
  )

  t.equal(committed.outcomes.length, 4)
  t.ok(committed.outcomes.every(({ outcome }) => outcome === 'stored'))
  t.same(
    committed.changes.map(({ projectId, title, kind }) => [projectId, title, kind]),
    [
      [1, 'TypeError: a', 'created'],
      [1, 'TypeError: b', 'created'],
      [2, 'TypeError: a', 'created']
    ]
  )
  t.same(
    (await listIssues(sql, { projectId: 1, status: null, limit: 9 }))
      .map(issue => [issue.title, issue.eventCount])
      .sort(),
    [
      ['TypeError: a', 2],
      ['TypeError: b', 1]
    ]
  )
  t.same((await sql`select count(*)::int as count from transitions where kind = 'new'`)[0]?.['count'], 3)
  await isSound(t, sql)
})

t.test('numbers the issues of a project one after the other', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch(['a', 'b'].map(issue => preparedEvent({ issue }))))
  await commit(sql, preparedBatch(['c', 'a'].map(issue => preparedEvent({ issue }))))
  await commit(sql, preparedBatch([preparedEvent({ issue: 'x', projectId: 2 })]))

  const numbers = async (projectId: number) =>
    (await listIssues(sql, { projectId, status: null, limit: 9 })).map(issue => issue.shortId).sort()
  t.same(await numbers(1), ['DEFAULT-1', 'DEFAULT-2', 'DEFAULT-3'])
  t.same(await numbers(2), ['SECOND-1'])
})

t.test('writes every field of an event as it was prepared', async t => {
  const sql = await databaseForEvents(t)
  const event = preparedEvent({
    occurredAt: Date.parse('2024-02-29T12:34:56.789Z'),
    level: 'fatal',
    environment: 'größe',
    release: '',
    user: 'u-1',
    userHash: 'fedcba9876543210',
    message: 'Naïve 🦊 text, 12 words',
    payload: '{ "a" : "🦊",   "b": [1] }',
    tags: { browser: 'Firefox' }
  })
  const { stored } = await commitOne(sql, preparedBatch([event]))

  const [row] = await sql`
    select project_id, id, issue_id, retention_days, received_at, occurred_at, user_hash::text, level, environment,
      release, "user", message, payload, convert_from(substr(packed, 2), 'utf8') as packed, search::text from events`
  t.match(row, {
    project_id: 1,
    id: event.id,
    issue_id: stored[0]?.issueId,
    retention_days: 30,
    received_at: new Date(event.receivedAt),
    occurred_at: new Date(event.occurredAt),
    user_hash: BigInt.asIntN(64, 0xfedcba9876543210n).toString(),
    level: 'fatal',
    environment: 'größe',
    release: '',
    user: 'u-1',
    message: event.message,
    payload: null,
    packed: event.payload
  })
  t.equal(
    row?.['search'],
    // The title's words, the parts of the names in it, and the message.
    "'#1' '12':8 'a':2 'browser=Firefox' 'cart':3 'environment=größe' 'error':5 'level=fatal' 'naïve':6 'text':7 " +
      "'type':4 'typeerror':1 'user=u-1' 'words':9"
  )
})

t.test('stores a client event id once, within a batch, a group and between commits', async t => {
  const sql = await databaseForEvents(t)
  const id = eventId()
  const [first, second, third, fourth, elsewhere] = [1, 1, 1, 1, 2].map(projectId =>
    preparedEvent({ eventId: id, projectId })
  )
  if (!first || !second || !third || !fourth || !elsewhere) throw new RangeError()

  const [one, two] = await commit(sql, preparedBatch([first, second]), preparedBatch([third, elsewhere]))
  const three = await commitOne(sql, preparedBatch([fourth, preparedEvent()]))

  t.same(one?.outcomes, [
    { id: first.id, outcome: 'stored' },
    { id: second.id, outcome: 'duplicate', firstId: first.id }
  ])
  t.same(two?.outcomes, [
    { id: third.id, outcome: 'duplicate', firstId: first.id },
    { id: elsewhere.id, outcome: 'stored' }
  ])
  t.same(outcomeOf(three, fourth.id), { id: fourth.id, outcome: 'duplicate', firstId: first.id })
  t.equal(three.stored.length, 1)
  t.same((await sql`select count(*)::int as count from events`)[0]?.['count'], 3)
  await isSound(t, sql)
})

t.test('a batch that was committed earlier gets its outcomes from what the first commit left', async t => {
  const sql = await databaseForEvents(t)
  const id = eventId()
  await commit(sql, preparedBatch([preparedEvent({ issue: 'discarded' })]))
  await sql`update issues set status = 'discarded', substatus = ''`
  const [a, duplicate, discarded] = [
    preparedEvent({ eventId: id }),
    preparedEvent({ eventId: id }),
    preparedEvent({ issue: 'discarded' })
  ]
  const sampled = preparedEvent()
  const aside = preparedEvent()
  const batch = preparedBatch([a, duplicate, discarded], {
    sampledOut: [{ id: sampled.id, projectId: 1 }],
    quarantined: [{ id: aside.id, projectId: 1, error: 'bad', body: 'x\0y' }]
  })

  const first = await commitOne(sql, batch)
  const fresh = preparedBatch([preparedEvent()])
  const [again, added] = await commit(sql, batch, fresh)

  t.equal(first.alreadyCommitted, false)
  t.match(again, { alreadyCommitted: true, changes: [], stored: [] })
  const byId = (committed: CommittedBatch | undefined) =>
    [...(committed?.outcomes ?? [])].sort((x, y) => (x.id < y.id ? -1 : 1))
  t.same(byId(again), byId(first))
  t.same(
    new Set(first.outcomes.map(({ outcome }) => outcome)),
    new Set(['stored', 'duplicate', 'discarded', 'sampled_out', 'quarantined'])
  )
  t.equal(added?.alreadyCommitted, false)
  t.same((await sql`select body from quarantined_events`)[0]?.['body'], 'x\u2400y')
  await isSound(t, sql)
})

t.test('counts every outcome by project and hour', async t => {
  const sql = await databaseForEvents(t)
  const id = eventId()
  await commit(
    sql,
    preparedBatch([preparedEvent({ eventId: id }), preparedEvent({ eventId: id }), preparedEvent()], {
      sampledOut: [{ id: preparedEvent().id, projectId: 2 }],
      quarantined: [{ id: preparedEvent().id, projectId: 1, error: 'bad', body: '' }]
    })
  )
  await isSound(t, sql)
  t.same(
    [...(await sql`select project_id, outcome, count from outcome_hours order by project_id, outcome`)],
    [
      { project_id: 1, outcome: 'duplicate', count: 1 },
      { project_id: 1, outcome: 'quarantined', count: 1 },
      { project_id: 1, outcome: 'stored', count: 2 },
      { project_id: 2, outcome: 'sampled_out', count: 1 }
    ]
  )
})

t.test('a batch of nothing but sampled-out events is in the ledger, too', async t => {
  const sql = await databaseForEvents(t)
  const batch = preparedBatch([], { sampledOut: [{ id: preparedEvent().id, projectId: 1 }] })
  t.equal((await commitOne(sql, batch)).alreadyCommitted, false)
  t.equal((await commitOne(sql, batch)).alreadyCommitted, true)
})

t.test('a resolved issue regresses by an event received after the resolution, and by no other', async t => {
  const sql = await databaseForEvents(t)
  const start = Date.now() - 2_000
  await commit(sql, preparedBatch([preparedEvent({ receivedAt: start })]))
  const resolve = async () =>
    await sql`
      update issues set status = 'resolved', substatus = '', resolved_at = ${new Date(start + 1_000).toISOString()}`
  const status = async () => (await sql`select status, substatus, resolved_at, regressed_by from issues`)[0]
  await resolve()

  const early = await commitOne(sql, preparedBatch([preparedEvent({ receivedAt: start + 1_000 })]))
  t.match(early.changes, [{ kind: 'updated' }])
  t.match(await status(), { status: 'resolved' })

  const batch = preparedBatch([preparedEvent({ receivedAt: start + 1_001 })])
  const late = await commitOne(sql, batch)
  t.match(late.changes, [{ kind: 'regressed' }])
  t.match(await status(), { status: 'unresolved', substatus: 'regressed', resolved_at: null, regressed_by: batch.id })
  t.match((await commitOne(sql, preparedBatch([preparedEvent({ receivedAt: start + 2_000 })]))).changes, [
    { kind: 'updated' }
  ])
  t.same((await sql`select count(*)::int as count from transitions where kind = 'regressed'`)[0]?.['count'], 1)
  await isSound(t, sql)
})

t.test('an issue resolved in the next release regresses only by a release that was not known then', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch([preparedEvent()]))
  await sql`
    update issues set status = 'resolved', substatus = '', resolved_at = now() - interval '1 hour',
      resolved_releases = '{shop@1.0,shop@1.1}'`

  const known = await commitOne(
    sql,
    preparedBatch([preparedEvent({ release: 'shop@1.1' }), preparedEvent({ release: '' })])
  )
  t.match(known.changes, [{ kind: 'updated' }])
  const next = await commitOne(
    sql,
    preparedBatch([preparedEvent({ release: 'shop@2.0' }), preparedEvent({ release: 'shop@1.0' })])
  )
  t.match(next.changes, [{ kind: 'regressed' }])
})

t.test('an archived issue is counted and stays archived', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch([preparedEvent()]))
  await sql`update issues set status = 'archived', substatus = ''`
  await commit(sql, preparedBatch([preparedEvent()]))
  t.match((await sql`select status, event_count from issues`)[0], { status: 'archived', event_count: 2 })
  await isSound(t, sql)
})

t.test('notices when an issue is discarded, and when it is taken back', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch([preparedEvent()]))
  await sql`update issues set status = 'discarded', substatus = ''`
  const [dropped, kept] = [preparedEvent(), preparedEvent({ issue: 'b' })]
  const discarded = await commitOne(sql, preparedBatch([dropped, kept]))
  t.match(outcomeOf(discarded, dropped.id), { outcome: 'discarded' })
  t.match(outcomeOf(discarded, kept.id), { outcome: 'stored' })

  await sql`update issues set status = 'unresolved' where status = 'discarded'`
  t.match((await commitOne(sql, preparedBatch([preparedEvent()]))).outcomes, [{ outcome: 'stored' }])
  await isSound(t, sql)
})

t.test('events of merged issues are of their own issue and count for the root, until they are taken apart', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch(['a', 'b', 'c'].map(issue => preparedEvent({ issue }))))
  const idOf = async (issue: string) =>
    (await sql`select id from issues where fingerprint = decode(${fingerprintOf(issue)}, 'hex')`)[0]?.['id']
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(idOf))
  const placed = async (...issues: string[]) => {
    const committed = await commitOne(sql, preparedBatch(issues.map(issue => preparedEvent({ issue }))))
    return {
      places: committed.stored.map(({ issueId, rootId }) => [issueId, rootId]),
      changed: [...new Set(committed.changes.map(({ issueId }) => issueId))]
    }
  }
  await sql`update issues set merged_into = ${b} where id = ${a}`
  t.same((await placed('a', 'c')).places, [
    [a, b],
    [c, c]
  ])
  await sql`update issues set merged_into = ${c} where id = any (${[a, b]}::uuid[])`
  t.same(await placed('a', 'b', 'c'), {
    places: [
      [a, c],
      [b, c],
      [c, c]
    ],
    changed: [c]
  })

  await sql`update issues set merged_into = null where id = ${a}`
  t.same((await placed('a')).places, [[a, a]])
  await isSound(t, sql)
})

t.test('an issue that was deleted is made anew by its next event', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch([preparedEvent()]))
  await sql`delete from issues`
  const { changes } = await commitOne(sql, preparedBatch([preparedEvent()]))
  t.match(changes, [{ kind: 'created' }])
  t.same(
    (await listIssues(sql, { projectId: 1, status: null, limit: 9 })).map(issue => issue.shortId),
    ['DEFAULT-2']
  )
})

t.test('an issue that another process made meanwhile is counted, not made twice', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch([preparedEvent()]))
  knownIssues(sql).clear()
  const { changes } = await commitOne(sql, preparedBatch([preparedEvent()]))
  t.match(changes, [{ kind: 'updated' }])
  await isSound(t, sql)
})

t.test('replayed old events move first_seen back, and last_seen never', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  await commit(sql, preparedBatch([preparedEvent({ receivedAt: now })]))
  await commit(sql, preparedBatch([preparedEvent({ receivedAt: now - 60_000 })]))
  t.match((await sql`select first_seen, last_seen from issues`)[0], {
    first_seen: new Date(now - 60_000),
    last_seen: new Date(now)
  })
  await isSound(t, sql)
})

t.test('an event of a day without a partition is refused as such, and taken once there is one', async t => {
  const sql = await databaseForEvents(t)
  const batch = preparedBatch([
    preparedEvent({ receivedAt: Date.now() - 20 * 86_400_000, retentionDays: 90 }),
    preparedEvent()
  ])
  const error = await commit(sql, batch).then(
    () => undefined,
    (error: unknown) => error
  )
  t.ok(isMissingPartition(error), String(error))
  t.same((await sql`select count(*)::int as count from events`)[0]?.['count'], 0, 'nothing of the group was stored')

  await ensurePartitionsFor(sql, [batch], { now: Date.now() })
  t.equal((await commitOne(sql, batch)).alreadyCommitted, false)
  await isSound(t, sql)
})
