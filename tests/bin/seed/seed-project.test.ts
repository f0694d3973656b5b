// Goal: a seeded project is what ingestion would have made of the same events: everything that counts them adds up, and
// each event is what preparing its payload gives. Method: seed into a real database, recompute everything from the
// rows, prepare payloads again.
import assert from 'node:assert'
import t from 'tap'
import { createRandom } from '../../../bin/seed/random.ts'
import { seedEvents } from '../../../bin/seed/seed-events.ts'
import { createIssues } from '../../../bin/seed/seed-issues.ts'
import { seedProject, type SeedOptions } from '../../../bin/seed/seed-project.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import type { ProjectSettings } from '../../../schema/pipeline.ts'
import { audit, type Difference } from '../../../services/commit/count-check.ts'
import { createProject, ensureDefaults } from '../../../services/accounts/projects.ts'
import { createSeededProject } from '../../../services/seeding/project.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { closeWires } from '../../../services/database/wire/pool.ts'
import { testDatabase } from '../../support/database.ts'

// Every row of twenty thousand events is recomputed.
t.setTimeout(180_000)
t.jobs = 2

const dayMs = 86_400_000
const quiet = { onStep: () => {}, onProgress: () => {} }

async function database(t: Parameters<typeof testDatabase>[0]): Promise<Sql> {
  const { sql } = await testDatabase(t)
  t.teardown(async () => closeWires(sql))
  await ensureDefaults(sql)
  return sql
}

function optionsFor(projectId: number, others: Partial<SeedOptions> = {}): SeedOptions {
  return {
    projectId,
    retentionDays: 90,
    events: 20_000,
    issues: 500,
    users: 2_000,
    days: 12,
    size: 'small',
    seed: 1,
    now: Date.now(),
    ...others
  }
}

/** Minutes are kept for a day only, so they are compared for the last day. */
async function differences(sql: Sql): Promise<Difference[]> {
  const all = await audit(sql)
  const lastDay = await audit(sql, new Date(Date.now() - dayMs))
  return [
    ...all.filter(({ check }) => check !== 'minutes of issues'),
    ...lastDay.filter(({ check }) => check === 'minutes of issues')
  ]
}

t.test('all that counts seeded events is what SQL recomputes from them', async t => {
  const sql = await database(t)
  const project = await createSeededProject(sql, 'Seeded')
  const options = optionsFor(project.id, { days: 90 })
  t.same(await seedProject(sql, options, quiet), { events: options.events, issues: options.issues })

  t.same(await differences(sql), [])
  const [counted] = await sql`
    select count(*), count(distinct issue_id) as issues,
      min(received_at) >= now() - interval '91 days' and max(received_at) <= now() as in_time,
      count(distinct received_at::date) as days
    from events where project_id = ${project.id}`
  t.match(counted, { count: options.events, issues: options.issues, in_time: true })
  t.ok(Number(counted?.days) >= 90, 'every day has events')
  t.same(
    await sql`
      select id from issues
      where project_id = ${project.id} and id not in (select issue_id from issue_groupings)`,
    [],
    'every issue says how it was grouped'
  )
  const [minutes] = await sql`select count(*) from issue_minutes where minute < now() - interval '26 hours'`
  t.equal(minutes?.count, 0, 'minutes are kept for a day')
})

t.test('nobody is alerted, and issues are in every state', async t => {
  const sql = await database(t)
  const project = await createSeededProject(sql, 'Seeded')
  await seedProject(sql, optionsFor(project.id, { events: 3_000, issues: 300 }), quiet)

  t.same(await sql`select id from transitions where handled_at is null`, [])
  const states = await sql<
    { status: string; substatus: string }[]
  >`select distinct status, substatus from issues where project_id = ${project.id}`
  t.same(states.map(({ status, substatus }) => `${status} ${substatus}`.trim()).sort(), [
    'archived',
    'resolved',
    'unresolved new',
    'unresolved ongoing',
    'unresolved regressed'
  ])
  t.same(
    await sql`select id from issues where status = 'resolved' and resolved_at < last_seen`,
    [],
    'nothing happens to an issue after it was resolved'
  )
})

t.test(
  'a second seed fills the same project further: issues that were merged lead on, discarded ones get nothing',
  async t => {
    const sql = await database(t)
    const project = await createProject(sql, { name: 'Shop' })
    const options = optionsFor(project.id, { retentionDays: 30, events: 2_000, issues: 100 })
    await seedProject(sql, options, quiet)
    const [merged, into, discarded] = await sql<
      { id: string; event_count: number }[]
    >`select id, event_count from issues where project_id = ${project.id} order by event_count desc limit 3`
    await sql`update issues set merged_into = ${into?.id} where id = ${merged?.id}`
    await sql`update issues set status = 'discarded' where id = ${discarded?.id}`

    t.same(
      await seedProject(sql, { ...options, now: Date.now() }, quiet),
      { events: options.events, issues: 0 },
      'the same seed makes the same issues'
    )
    t.same(await differences(sql), [])
    const counts = new Map(
      (await sql<{ id: string; event_count: number }[]>`select id, event_count from issues`).map(row => [
        row.id,
        row.event_count
      ])
    )
    t.equal(counts.get(merged?.id ?? ''), merged?.event_count)
    t.ok((counts.get(into?.id ?? '') ?? 0) > (into?.event_count ?? 0) + (merged?.event_count ?? 0) / 2)
    t.equal(counts.get(discarded?.id ?? ''), discarded?.event_count)
  }
)

t.test('a seed that is broken off leaves what adds up', async t => {
  const sql = await database(t)
  const project = await createSeededProject(sql, 'Seeded')
  const seeded = await seedProject(sql, optionsFor(project.id, { events: 12_000, issues: 200 }), {
    ...quiet,
    signal: AbortSignal.abort()
  })

  t.ok(seeded.events > 0 && seeded.events < 12_000)
  t.same(await differences(sql), [])
  t.match(await sql`select count(*) from events where project_id = ${project.id}`, [{ count: seeded.events }])
})

const settings: ProjectSettings = {
  projectId: 7,
  retentionDays: 90,
  sampleRate: 1,
  rateLimitPerMinute: null,
  scrub: { enabled: true, fields: [], safeFields: [], ip: 'keep' }
}

function eventsOf(seed: number, size: 'small' | 'full') {
  const random = createRandom(seed, settings.projectId)
  const issues = createIssues(50, { project: settings, size }, random)
  const to = Date.UTC(2026, 10, 23, 12)
  return [
    ...seedEvents(
      { project: settings, issues, events: 1_000, users: 300, from: to - 90 * dayMs, to, size },
      random,
      createRandom(to, settings.projectId)
    )
  ]
}

for (const size of ['small', 'full'] as const) {
  t.test(`preparing the ${size} payload of a seeded event gives that event`, async () => {
    for (const { event } of eventsOf(3, size)) {
      const prepared = prepareEvent(JSON.parse(event.payload), {
        id: event.id,
        receivedAt: event.receivedAt,
        project: settings
      })
      assert(prepared.kind === 'prepared', JSON.stringify(prepared))
      const { payload, ...others } = prepared.event
      const { payload: seeded, ...expected } = event
      // A member without a value is none.
      assert.deepEqual(
        JSON.parse(JSON.stringify({ ...others, payload: JSON.parse(payload) })),
        JSON.parse(JSON.stringify({ ...expected, payload: JSON.parse(seeded) }))
      )
    }
  })
}

t.test('a seed gives the same events every time, and another seed others', async t => {
  // As text: telling how a thousand events differ would take tap minutes.
  const [events, again, others] = [5, 5, 6].map(seed => JSON.stringify(eventsOf(seed, 'small')))
  t.ok(events === again)
  t.ok(events !== others)
})
