// Goal: what was deleted goes completely, in bounded steps, also while others write; nothing else goes. Method: events
// committed as the writer commits them, steps taken one by one, every table counted by the catalogue of the database.
import t from 'tap'
import { audit } from '../../../services/commit/count-check.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { takeErasureStep, type ErasureStep } from '../../../services/erasure/steps.ts'
import { requestErasure } from '../../../services/deletions/requests.ts'
import { deleteOrganization } from '../../../services/accounts/organizations.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import { deleteProject } from '../../../services/accounts/projects.ts'
import { foldRollups } from '../../../services/rollups/fold.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { databaseForEvents, eventId, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const nobody = '00000000-0000-7000-8000-000000000000'

/** Every table with a `project_id` that has rows of the project. */
async function tablesWith(sql: Sql, projectId: number, issueId: string | null = null): Promise<string[]> {
  const column = issueId === null ? 'project_id' : 'issue_id'
  const tables = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = ${column}
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'erasures' order by 1`
  const found: string[] = []
  for (const { name } of tables) {
    const { count } = await sql`select from ${sql(name)} where ${sql(column)} = ${issueId ?? projectId} limit 1`
    if (count > 0) found.push(name)
  }
  return found
}

async function commit(sql: Sql, projectId: number, events: number, issues = 3): Promise<void> {
  const batch = preparedBatch(
    Array.from({ length: events }, (_, index) =>
      preparedEvent({
        projectId,
        issue: `i${index % issues}`,
        eventId: eventId(),
        userHash: (index % 7).toString(16).padStart(16, '0'),
        tags: { shard: String(index % 3) }
      })
    )
  )
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 30_000 })
}

async function foldAll(sql: Sql): Promise<void> {
  while ((await foldRollups(sql, { rowsMax: 1_000 })).deltas > 0);
}

/**
 * Takes steps until nothing is left to do, waiting for no clock: all that waits is due, whatever waited longest first,
 * and what somebody has in hand is left alone.
 */
async function erase(sql: Sql, rowsMax = 5_000): Promise<ErasureStep[]> {
  const steps: ErasureStep[] = []
  for (;;) {
    await sql`
      update erasures set due_at = due_at - interval '1 hour'
      where id in (select id from erasures where finished_at is null order by id for update skip locked)`
    const step = await takeErasureStep(sql, { rowsMax })
    if (step.state === 'none') return steps
    steps.push(step)
  }
}

t.test('a deleted project is gone from every table in bounded steps, and no other project is touched', async t => {
  const sql = await databaseForEvents(t)
  for (const projectId of [1, 2]) await commit(sql, projectId, 500)
  await foldAll(sql)
  const before = await tablesWith(sql, 2)
  t.ok(before.length > 10, 'there is something to erase')
  await deleteProject(sql, 1, nobody)

  const steps = await erase(sql, 100)
  t.ok(
    steps.every(step => step.state === 'none' || step.rows <= 100 || step.state === 'finished'),
    'no step is larger than asked for'
  )
  t.match(steps.at(-1), { state: 'finished', kind: 'project', name: 'Default' })
  t.same(await tablesWith(sql, 1), [])
  t.same(await tablesWith(sql, 2), before)
  t.match(await sql`select name, slug from projects where id = 1`, [{ name: '', slug: 'deleted-1' }])
  t.match(await sql`select rows_removed > 500 as many, finished_at is not null as is_finished from erasures`, [
    { many: true, is_finished: true }
  ])
})

t.test('what was committed before the deletion and not folded yet does not come again', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, 1, 20)
  await deleteProject(sql, 1, nobody)
  t.same(await takeErasureStep(sql, { rowsMax: 100 }), { state: 'none' }, 'nothing is done before every node knows')
  await sql`update erasures set due_at = now()`
  t.same(await takeErasureStep(sql, { rowsMax: 100 }), { state: 'waiting', rows: 0 })
  await foldAll(sql)
  await erase(sql)
  await foldAll(sql)
  t.same(await tablesWith(sql, 1), [])
})

t.test('an organization is finished when all of its projects are', async t => {
  const sql = await databaseForEvents(t)
  for (const projectId of [1, 2]) await commit(sql, projectId, 20)
  await foldAll(sql)
  const [organization] = await sql<{ id: string }[]>`select id from organizations`
  await sql`update organizations set slug = 'renamed' where id = ${organization?.id ?? ''}`
  t.equal(await deleteOrganization(sql, organization?.id ?? '', nobody), true)
  t.equal(await deleteOrganization(sql, organization?.id ?? '', nobody), false)
  const steps = await erase(sql)
  t.same(
    steps.filter(step => step.state === 'finished').map(step => step.kind),
    ['project', 'project', 'organization']
  )
  t.same([...(await tablesWith(sql, 1)), ...(await tablesWith(sql, 2))], [])
  t.match(await sql`select name from organizations`, [{ name: '' }])
  t.same(await sql`select from former_organization_slugs`, [])
})

t.test('a deleted issue takes its events out of the hours of its project', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, 1, 90)
  await foldAll(sql)
  const [issue] = await sql<{ id: string }[]>`delete from issues where title = 'TypeError: i0' returning id`
  await requestErasure(sql, { kind: 'issue', projectId: 1, issueIds: [issue?.id ?? ''], requestedBy: null })
  await erase(sql, 7)
  t.same(await tablesWith(sql, 1, issue?.id), [])
  t.match(await sql`select sum(count)::int as count from project_hours`, [{ count: 60 }])
  const differences = await audit(sql)
  t.same(
    differences.filter(({ check }) => check === 'hours of projects' || check === 'bytes of projects'),
    []
  )
})

t.test('events that a shorter retention no longer keeps go, the others stay', async t => {
  const sql = await databaseForEvents(t)
  const dayMs = 86_400_000
  const today = Math.floor(Date.now() / dayMs) * dayMs
  const at = (receivedAt: number) => preparedEvent({ receivedAt, retentionDays: 90 })
  const batch = preparedBatch([at(today), at(today - 30 * dayMs), at(today - 31 * dayMs), at(today - 60 * dayMs)])
  await ensurePartitionsFor(sql, [batch], { now: today })
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 30_000 })
  await requestErasure(sql, {
    kind: 'older_than',
    projectId: 1,
    receivedBefore: new Date(today - 30 * dayMs),
    requestedBy: null
  })
  await erase(sql)
  t.same(
    (await sql<{ received_at: Date }[]>`select received_at from events order by 1`).map(row =>
      row.received_at.getTime()
    ),
    [today - 30 * dayMs, today]
  )
})

t.test(
  'erasing and writing at the same time end without a deadlock, and what is written elsewhere is exact',
  async t => {
    const sql = await databaseForEvents(t)
    await commit(sql, 1, 500, 50)
    await foldAll(sql)
    await deleteProject(sql, 1, nobody)
    const state = { isErasing: true }
    // A node that has not heard of the deletion, beside one that stores for another project, and the folder.
    const writers = [1, 2, 2].map(async projectId => {
      while (state.isErasing) await commit(sql, projectId, 40, 20)
    })
    const folder = (async () => {
      while (state.isErasing) await foldRollups(sql, { rowsMax: 20 })
    })()
    for (let step = 0; step < 15; step++) {
      await sql`
        update erasures set due_at = now() - interval '1 hour', requested_at = requested_at - interval '1 hour'
        where finished_at is null`
      await takeErasureStep(sql, { rowsMax: 200 })
    }
    state.isErasing = false
    await Promise.all([...writers, folder])
    await foldAll(sql)
    await sql`update erasures set finished_at = null`
    await erase(sql)
    t.same(await tablesWith(sql, 1), [])
    t.same(await audit(sql), [])
  }
)

t.test('two erasers at once share the work', async t => {
  const sql = await databaseForEvents(t)
  for (const projectId of [1, 2]) await commit(sql, projectId, 200)
  await foldAll(sql)
  for (const projectId of [1, 2]) await deleteProject(sql, projectId, nobody)
  await Promise.all([erase(sql, 50), erase(sql, 50)])
  await erase(sql, 50)
  t.same([...(await tablesWith(sql, 1)), ...(await tablesWith(sql, 2))], [])
  t.match(await sql`select count(*) from erasures where finished_at is null`, [{ count: 0 }])
})

t.test('rows that another transaction has locked are not waited for, and go later', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, 1, 20)
  await foldAll(sql)
  await deleteProject(sql, 1, nobody)
  const other = await sql.reserve()
  await other`begin`
  await other`select from issues where project_id = 1 order by id for update`
  // A step that takes long leaves tables for the next: what counts is that every one was gone over several times.
  const states = new Set<string>()
  for (let passes = 0; passes < 4;) {
    await sql`update erasures set due_at = now() - interval '1 hour'`
    states.add((await takeErasureStep(sql, { rowsMax: 5_000 })).state)
    const { count: through } = await sql`select from erasures where position = ''`
    passes += through
  }
  t.same([...states], ['removing'])
  t.same(await tablesWith(sql, 1), ['issues'])
  await other`rollback`
  other.release()
  t.match((await erase(sql)).at(-1), { state: 'finished' })
  t.same(await tablesWith(sql, 1), [])
})
