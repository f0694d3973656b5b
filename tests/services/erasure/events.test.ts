// Goal: when single events and persons are erased, everything that is counted is as if their events had never been.
// Method: events with users, tags, releases and facets, prepared as the processor does, over some days; erasures,
// merges and folds between them at random. Then the erasures are finished, and every count is compared with what SQL
// counts in the rows that are left. One test for each rule beside.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { mintEventId } from '../../../events/event-ids.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { Person } from '../../../schema/api/persons.ts'
import type { PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { audit, foldAll } from '../../../services/commit/count-check.ts'
import { noteSpool } from '../../../services/commit/ledger.ts'
import { storeFeedback } from '../../../services/commit/feedback.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { requestErasure } from '../../../services/deletions/requests.ts'
import { eraseEvent } from '../../../services/erasure/one-event.ts'
import { takeErasureStep } from '../../../services/erasure/steps.ts'
import { changeIssues } from '../../../services/issues/changes.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import { foldRollups } from '../../../services/rollups/fold.ts'
import { sumPastDays } from '../../../services/rollups/days.ts'
import { otherPool } from '../../support/database.ts'
import { changerIn } from '../../support/issues.ts'
import { databaseForEvents, eventId, preparedBatch } from '../../support/prepared.ts'
import { project } from '../../support/events.ts'

const hourMs = 3_600_000

type Given = {
  issue: string
  hoursAgo: number
  user?: Record<string, string> | undefined
  release?: string | undefined
  environment?: string | undefined
  tags?: Record<string, string> | undefined
  contexts?: { error_sampling: { client_sample_rate: number } } | undefined
  projectId?: number
}

function eventOf({ issue, hoursAgo, projectId = 1, ...members }: Given): PreparedEvent {
  const receivedAt = Date.now() - hoursAgo * hourMs
  const id = mintEventId(receivedAt)
  const value = {
    event_id: eventId(),
    exception: { values: [{ type: issue, value: `${members.user?.id ?? 'nobody'} failed` }] },
    logger: 'shop.cart',
    server_name: `host-${Math.ceil(hoursAgo) % 3}`,
    ...members
  }
  const result = prepareEvent(value, { id, receivedAt, project: { ...project, projectId } })
  assert(result.kind === 'prepared', JSON.stringify(result))
  return result.event
}

async function commit(sql: Sql, given: readonly Given[]): Promise<PreparedEvent[]> {
  const batch = preparedBatch(given.map(eventOf))
  await ensurePartitionsFor(sql, [batch], { now: Date.now() })
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 30_000 })
  return batch.events
}

/**
 * Takes steps until nothing is left to do, as if all pauses were over: requests are made a minute older, and no event
 * of the tests is as young as that.
 */
async function finish(sql: Sql): Promise<void> {
  for (;;) {
    await sql`update erasures set due_at = requested_at where finished_at is null`
    await sql`update erasures set requested_at = requested_at - interval '1 minute' where finished_at is null
      and requested_at > now() - interval '1 minute'`
    const step = await takeErasureStep(sql, { rowsMax: 1_000 })
    if (step.state === 'none') return
    if (step.state === 'waiting') await foldAll(sql)
  }
}

async function eraseOne(sql: Sql, id: string): Promise<unknown> {
  const [row] = await sql<
    { id: string; project_id: number; issue_id: string; received_at: Date; retention_days: number }[]
  >`select id, project_id, issue_id, received_at, retention_days from events where id = ${id}`
  if (row === undefined) return null
  return await eraseEvent(
    sql,
    {
      id,
      projectId: row.project_id,
      issueId: row.issue_id,
      receivedAt: row.received_at,
      retentionDays: row.retention_days
    },
    '00000000-0000-7000-8000-000000000000'
  )
}

const issue = fc.constantFrom('A', 'B', 'C')
const user = fc.constantFrom(
  undefined,
  { id: '1' },
  { id: '1', email: 'ada@example.com' },
  { id: '2', email: 'Bob@example.com' },
  { email: 'bob@example.com', ip_address: '10.0.0.1' },
  { ip_address: '10.0.0.1' }
)
const event: fc.Arbitrary<Given> = fc.record({
  issue,
  hoursAgo: fc.constantFrom(0.05, 0.05, 1, 5, 30, 31, 80),
  user,
  release: fc.constantFrom(undefined, 'web@1.0', 'web@1.1'),
  environment: fc.constantFrom(undefined, 'production', 'staging'),
  tags: fc.constantFrom(undefined, { shard: '1' }, { shard: '2', plan: 'free' }),
  contexts: fc.constantFrom(undefined, { error_sampling: { client_sample_rate: 0.3 } })
})
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ events: fc.array(event, { minLength: 1, maxLength: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ erase: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      person: fc.constantFrom({ id: '1' }, { email: 'BOB@example.com' }, { ip_address: '10.0.0.1' }, { id: '2' })
    })
  },
  { weight: 2, arbitrary: fc.constant({ fold: true as const }) },
  { weight: 2, arbitrary: fc.constant({ take: true as const }) },
  { weight: 1, arbitrary: fc.record({ merge: fc.tuple(fc.nat(), fc.nat()) }) },
  { weight: 1, arbitrary: fc.record({ unmerge: fc.nat() }) }
)

async function issueIds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from issues where project_id = 1 order by number`
  return rows.map(({ id }) => id)
}

t.test('every count is that of the events that are left', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  await commit(sql, [{ issue: 'A', hoursAgo: 1, user: { id: '9' }, projectId: 2 }])
  await foldAll(sql)
  await sumPastDays(sql)
  const pick = (ids: readonly string[], at: number): string[] => {
    const id = ids[at % Math.max(ids.length, 1)]
    return id === undefined ? [] : [id]
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async steps => {
      for (const one of steps) {
        if ('events' in one) await commit(sql, one.events)
        else if ('erase' in one) {
          const rows = await sql<{ id: string }[]>`select id from events where project_id = 1 order by id`
          const ids = rows.map(row => row.id)
          for (const id of pick(ids, one.erase)) await eraseOne(sql, id)
        } else if ('person' in one) {
          await requestErasure(sql, { kind: 'person', projectId: 1, person: one.person, requestedBy: null })
        } else if ('fold' in one) await foldRollups(sql, { rowsMax: 1 })
        else if ('take' in one) await takeErasureStep(sql, { rowsMax: 2 })
        else if ('merge' in one) {
          const ids = await issueIds(sql)
          for (const from of pick(ids, one.merge[0])) {
            for (const into of pick(ids, one.merge[1])) await mergeIssues(sql, changer, [from], into)
          }
        } else for (const id of pick(await issueIds(sql), one.unmerge)) await unmergeIssue(sql, changer, id)
      }
      await finish(sql)
      assert.deepEqual(await audit(sql), [])
      const [{ erased } = { erased: 1 }] = await sql<{ erased: number }[]>`select count(*) as erased from erased_events`
      assert.equal(erased, 0)
      assert.deepEqual([...(await familiesThatDiffer(sql))], [])
    }),
    { numRuns: 12 }
  )
  t.match(await sql`select count(*) as events from events where project_id = 2`, [{ events: 1 }])
})

/** Sums of roots, titles and releases of the project against the rows. */
async function familiesThatDiffer(sql: Sql): Promise<Record<string, unknown>[]> {
  return await sql`
    select i.id::text as subject, 'family' as check from issues i cross join lateral (
      select sum(c.event_count)::bigint as events, min(c.first_seen) as first, max(c.last_seen) as last, (
        select count(distinct e.user_hash) from issues f join events e on e.issue_id = f.id where f.merged_into = i.id
          and not exists (select from events o where o.issue_id = i.id and o.user_hash = e.user_hash)) as users
      from issues c where c.merged_into = i.id
    ) f where (i.merged_event_count, i.merged_first_seen, i.merged_last_seen)
        is distinct from (f.events, f.first, f.last)
      or i.merged_user_count is distinct from case when f.events is not null then f.users end
    union all
    select i.id::text, 'title' from issues i cross join lateral (
      select coalesce(e.title, split_part(e.message, E'\n', 1)) as title, e.id from events e where e.issue_id = i.id
      order by e.id desc limit 1
    ) e where (coalesce(i.newest_title, i.title), i.last_event_id) is distinct from (e.title, e.id)
    union all
    select coalesce(r.release, e.release), 'release' from (
      select project_id, release, min(received_at) as first from events where release <> '' group by 1, 2
    ) e full join project_releases r on r.project_id = e.project_id and r.release = e.release
    where r.first_seen is distinct from e.first`
}

const ada = { id: '1', email: 'Ada@Example.com', ip_address: '192.0.2.7' }

async function erasePerson(sql: Sql, person: Person, projectId = 1): Promise<void> {
  await requestErasure(sql, { kind: 'person', projectId, person, requestedBy: null })
  await finish(sql)
}

t.test('a person is found by any of the names, and nobody else is touched', async t => {
  const sql = await databaseForEvents(t)
  const left = async (): Promise<string[]> => {
    const rows = await sql<{ title: string; user: string }[]>`
      select (string_to_array(message, ':'))[1] as title, "user" from events order by 1, 2`
    return rows.map(({ title, user }) => `${title} ${user}`)
  }
  const given: Given[] = [
    { issue: 'A', hoursAgo: 1, user: ada },
    { issue: 'B', hoursAgo: 2, user: { id: '1' } },
    { issue: 'C', hoursAgo: 2, user: { email: 'ada@example.com' } },
    { issue: 'D', hoursAgo: 2, user: { id: '2', ip_address: '192.0.2.7' } },
    { issue: 'E', hoursAgo: 2, user: { username: '1' } },
    { issue: 'F', hoursAgo: 2, tags: { 'user.email': 'ada@example.com' } },
    { issue: 'G', hoursAgo: 2, user: ada, projectId: 2 }
  ]
  await commit(sql, given)
  await erasePerson(sql, { id: '1' })
  t.same(await left(), ['C ada@example.com', 'D 2', 'E 1', 'F ', 'G 1'])
  await erasePerson(sql, { email: 'ADA@example.com' })
  t.same(await left(), ['D 2', 'E 1', 'F ', 'G 1'])
  await erasePerson(sql, { ip_address: '192.0.2.7' })
  t.same(await left(), ['E 1', 'F ', 'G 1'])
  await erasePerson(sql, { user: '1' })
  t.same(await left(), ['F ', 'G 1'])
  t.same(await audit(sql), [])
})

t.test('feedback, quarantined events and the ids of clients go along, and nothing says whom it was about', async t => {
  const sql = await databaseForEvents(t)
  const [event] = await commit(sql, [
    { issue: 'A', hoursAgo: 1, user: ada },
    { issue: 'A', hoursAgo: 1, user: { id: '2' } }
  ])
  const words = {
    projectId: 1,
    receivedAt: Date.now() - hourMs,
    message: 'It broke',
    url: '',
    environment: '',
    release: ''
  }
  await storeFeedback(sql, [
    { ...words, id: mintEventId(), eventId: event?.eventId ?? null, name: 'A', email: 'someone@example.com' },
    { ...words, id: mintEventId(), eventId: null, name: 'A', email: 'ada@example.COM' },
    { ...words, id: mintEventId(), eventId: null, name: 'B', email: 'bob@example.com' }
  ])
  const bodies = ['{"user":{"id":1}}', '{"user":{"email": "ADA@example.com"', '{"user":{"id":12}}', 'ada@example.com']
  for (const body of bodies) {
    await sql`
      insert into quarantined_events (project_id, id, error, body, created_at)
      values (1, ${mintEventId()}, '', ${body}, now() - interval '1 hour')`
  }
  await erasePerson(sql, { id: '1', email: 'ada@example.com' })
  t.same([...(await sql`select email from user_feedback`)], [{ email: 'bob@example.com' }])
  t.same(
    [...(await sql`select body from quarantined_events order by body`)],
    [{ body: 'ada@example.com' }, { body: '{"user":{"id":12}}' }]
  )
  t.match(await sql`select count(*) as keys from event_keys`, [{ keys: 1 }])
  t.match(await sql`select kind, person, finished_at is not null as is_finished from erasures where kind = 'person'`, [
    { kind: 'person', person: null, is_finished: true }
  ])
  t.same(await audit(sql), [])
})

t.test('batches that wait in a spool are erased when they come, and the erasure is finished after that', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, [{ issue: 'A', hoursAgo: 1, user: ada }])
  await noteSpool(sql, { node: 'away', oldestMs: 2 * hourMs })
  await requestErasure(sql, { kind: 'person', projectId: 1, person: { id: '1' }, requestedBy: null })
  await sql`update erasures set requested_at = requested_at - interval '1 minute'`
  const steps = async (): Promise<string[]> => {
    const states: string[] = []
    for (let state = ''; state !== 'none'; states.push(state)) {
      const step = await takeErasureStep(sql, { rowsMax: 100 })
      state = step.state === 'finished' ? `finished ${step.kind}` : step.state
      if (state === 'waiting') await foldAll(sql)
      await sql`update erasures set due_at = now() where position <> 'spools'`
    }
    return states
  }
  t.equal((await steps()).includes('finished person'), false)
  t.match(await sql`select count(*) as events from events`, [{ events: 0 }])

  await commit(sql, [{ issue: 'A', hoursAgo: 1.5, user: ada }])
  await noteSpool(sql, { node: 'away', oldestMs: null })
  await sql`update erasures set due_at = now()`
  t.ok((await steps()).includes('finished person'))
  t.match(await sql`select count(*) as events from events`, [{ events: 0 }])
  t.same(await audit(sql), [])
})

t.test('an archived issue counts anew only what comes, and a rule forgets what it counted', async t => {
  const sql = await databaseForEvents(t)
  const changer = await changerIn(sql)
  const [one] = await commit(
    sql,
    Array.from({ length: 5 }, () => ({ issue: 'A', hoursAgo: 1 }))
  )
  await foldAll(sql)
  const [id = ''] = await issueIds(sql)
  await changeIssues(sql, changer, [id], { status: 'archived', archiveUntil: { events: 3 } }, Date.now())
  await eraseOne(sql, one?.id ?? '')
  t.match(await sql`select event_count from issue_archives`, [{ event_count: 4 }])
})

t.test('two erasers at once, folds and commits between them leave every count right', async t => {
  const sql = await databaseForEvents(t)
  const given = (index: number): Given => ({
    issue: `I${index % 4}`,
    hoursAgo: 1 + (index % 5),
    user: { id: String(index % 3) },
    release: `web@1.${index % 2}`
  })
  await commit(
    sql,
    Array.from({ length: 60 }, (_, index) => given(index))
  )
  for (const id of ['0', '1']) {
    await requestErasure(sql, { kind: 'person', projectId: 1, person: { id }, requestedBy: null })
  }
  const others = otherPool(t, sql)
  const work = { isDone: false }
  const folds = (async () => {
    while (!work.isDone) await foldRollups(others, { rowsMax: 2 })
  })()
  const commits = (async () => {
    for (let index = 0; index < 20; index++) await commit(others, [given(index), given(index + 1)])
  })()
  const eraser = async (): Promise<void> => {
    for (let steps = 0; steps < 60; steps++) {
      await sql`update erasures set due_at = now() where id in (
        select id from erasures where finished_at is null for update skip locked)`
      await takeErasureStep(sql, { rowsMax: 7 })
    }
  }
  await Promise.all([eraser(), eraser(), commits])
  work.isDone = true
  await folds
  await finish(sql)
  t.same(await audit(sql), [])
})
