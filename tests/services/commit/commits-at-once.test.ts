// Goal: several writers (and nodes, and people) at once never deadlock, never store or count an event twice, and agree
// on issues and client event ids, whatever is cut off, sent again or split differently. Method: pools of their own play
// the nodes; the audit recomputes every count from the rows.
import fc from 'fast-check'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { PreparedBatch, PreparedEvent } from '../../../schema/pipeline.ts'
import { audit } from '../../../services/commit/count-check.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import { foldRollups } from '../../../services/rollups/fold.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { otherPool } from '../../support/database.ts'
import { databaseForEvents, eventId, preparedBatch, preparedEvent } from '../../support/prepared.ts'

const deadlineMs = 60_000

function commit(sql: Sql, ...batches: PreparedBatch[]): Promise<CommittedBatch[]> {
  return commitBatches(sql, batches, { node: 'test', deadlineMs })
}

async function deadlocks(sql: Sql): Promise<number> {
  const [row] = await sql<
    { deadlocks: number }[]
  >`select deadlocks from pg_stat_database where datname = current_database()`
  return row?.deadlocks ?? -1
}

t.test('nodes that meet the same new issues at once make each once, with one number', async t => {
  const sql = await databaseForEvents(t)
  const nodes = [sql, otherPool(t, sql), otherPool(t, sql)]
  for (let round = 0; round < 10; round++) {
    const issues = Array.from({ length: 30 }, (_, index) => `${round}-${index}`)
    await Promise.all(
      nodes.map((node, index) =>
        commit(node, preparedBatch((index === 1 ? issues.toReversed() : issues).map(issue => preparedEvent({ issue }))))
      )
    )
  }
  t.match(
    (
      await sql`
        select count(*)::int as issues, sum(event_count)::int as events, count(distinct number)::int as numbers
        from issues`
    )[0],
    {
      issues: 300,
      events: 900,
      numbers: 300
    }
  )
  t.match((await sql`select count(*)::int as count from transitions`)[0], { count: 300 })
  t.equal(await deadlocks(sql), 0)
  t.same(await audit(sql), [])
})

t.test('nodes that get the same client event ids at once store each once, and answer the same first id', async t => {
  const sql = await databaseForEvents(t)
  const nodes = [sql, otherPool(t, sql)]
  for (let round = 0; round < 10; round++) {
    const ids = Array.from({ length: 40 }, eventId)
    const answers = await Promise.all(
      nodes.map((node, index) =>
        commit(node, preparedBatch((index === 1 ? ids.toReversed() : ids).map(id => preparedEvent({ eventId: id }))))
      )
    )
    const outcomes = answers.flat().flatMap(batch => batch.outcomes)
    const stored = new Set(outcomes.filter(({ outcome }) => outcome === 'stored').map(({ id }) => id))
    t.equal(stored.size, 40)
    t.ok(
      outcomes.every(
        outcome => outcome.outcome === 'stored' || (outcome.outcome === 'duplicate' && stored.has(outcome.firstId))
      )
    )
  }
  t.equal(await deadlocks(sql), 0)
  t.same(await audit(sql), [])
})

t.test('the same batch sent by two nodes at once is committed once, and both are answered alike', async t => {
  const sql = await databaseForEvents(t)
  const other = otherPool(t, sql)
  for (let round = 0; round < 10; round++) {
    const batch = preparedBatch(
      Array.from({ length: 20 }, (_, index) =>
        preparedEvent({ issue: `${index}`, eventId: index % 2 === 0 ? eventId() : null })
      )
    )
    const [one, two] = await Promise.all([commit(sql, batch), commit(other, batch)])
    t.same([one[0]?.alreadyCommitted, two[0]?.alreadyCommitted].sort(), [false, true])
    t.ok([...one, ...two].flatMap(({ outcomes }) => outcomes).every(({ outcome }) => outcome === 'stored'))
  }
  t.same(await audit(sql), [])
})

t.test('writers, folds and people who change many issues in another order do not deadlock', async t => {
  const sql = await databaseForEvents(t)
  const nodes = [sql, otherPool(t, sql), otherPool(t, sql)]
  const issues = Array.from({ length: 60 }, (_, index) => `${index}`)
  const batchOf = () =>
    preparedBatch(
      issues.map(issue => preparedEvent({ issue, userHash: `00000000000000${issue.padStart(2, '0')}`, user: issue }))
    )
  await commit(sql, batchOf())
  const writing = new AbortController()

  const people = (async () => {
    for (let round = 0; !writing.signal.aborted; round++) {
      await sql.begin(async sql => {
        await sql`select from issues order by project_id, id for update`
        await sql`
          update issues set status = ${round % 2 === 0 ? 'resolved' : 'unresolved'}, substatus = '',
            resolved_at = now()`
      })
    }
  })()
  const folds = nodes.slice(0, 2).map(async node => {
    while (!writing.signal.aborted) await foldRollups(node, { rowsMax: 5 })
  })
  await Promise.all(
    nodes.map(async node => {
      for (let round = 0; round < 25; round++) await commit(node, batchOf())
    })
  )
  writing.abort()
  await Promise.all([people, ...folds])

  t.equal(await deadlocks(sql), 0)
  t.match((await sql`select count(*)::int as count from events`)[0], { count: 60 * 76 })
  t.same(await audit(sql), [])
})

t.test('a commit whose backend is killed at any moment is finished by sending it again', async t => {
  const sql = await databaseForEvents(t)
  const other = otherPool(t, sql)
  // The killer is connected before there is anything to kill: on a quick machine all is soon committed.
  await other`select 1`
  const writing = new AbortController()
  const killer = (async () => {
    while (!writing.signal.aborted) {
      await other`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mesher-writer'
          and datname = current_database()`
    }
  })()
  let failures = 0
  for (let round = 0; round < 30; round++) {
    const batch = preparedBatch(
      Array.from({ length: 50 }, (_, index) =>
        preparedEvent({ issue: `${index % 7}`, eventId: index % 2 === 0 ? eventId() : null })
      )
    )
    for (let committed = false; !committed;) {
      try {
        const [answer] = await commit(sql, batch)
        t.ok(answer?.outcomes.every(({ outcome }) => outcome === 'stored'))
        committed = true
      } catch {
        failures += 1
        if (failures > 20) writing.abort()
      }
    }
  }
  writing.abort()
  await killer
  t.ok(failures > 0, `${failures} commits failed`)
  t.match((await sql`select count(*)::int as count from events`)[0], { count: 1_500 })
  t.same(await audit(sql), [])
})

t.test('however events are split, repeated, sent again and committed at once, every count is exact', async t => {
  const sql = await databaseForEvents(t)
  const nodes = [sql, otherPool(t, sql)]
  const event = fc.record({
    issue: fc.integer({ min: 0, max: 6 }).map(String),
    projectId: fc.constantFrom(1, 2),
    client: fc.option(fc.integer({ min: 0, max: 9 }), { nil: null }),
    user: fc.integer({ min: 0, max: 5 }),
    release: fc.constantFrom('', '1.0', '1.1'),
    environment: fc.constantFrom('', 'production', 'staging'),
    level: fc.constantFrom('error' as const, 'fatal' as const),
    tags: fc.dictionary(fc.constantFrom('browser', 'level', 'region'), fc.constantFrom('a', 'b', 'error', '')),
    agoMs: fc.constantFrom(0, 1_000, 3_600_000, 86_400_000)
  })
  const plan = fc.array(
    fc.record({
      node: fc.nat(1),
      again: fc.boolean(),
      batches: fc.array(fc.array(event, { maxLength: 12 }), { minLength: 1, maxLength: 3 })
    }),
    { minLength: 1, maxLength: 6 }
  )
  let clients = 0

  await fc.assert(
    fc.asyncProperty(plan, async steps => {
      clients += 1
      const prepared = steps.map(({ batches, ...step }) => ({
        ...step,
        batches: batches.map(events => ({
          ...preparedBatch(events.map(given => eventOf(given, clients))),
          id: uuidv7()
        }))
      }))
      const sent = prepared.flatMap(({ node, again, batches }) => {
        const commits = batches.length > 1 && again ? [batches, batches.slice(0, 1)] : [batches]
        return commits.map(batches => commit(nodes[node] ?? sql, ...batches))
      })
      await Promise.all([...sent, foldRollups(sql, { rowsMax: 3 })])
      for (const { node, again, batches } of prepared) {
        if (again) await commit(nodes[1 - node] ?? sql, ...batches.toReversed())
      }
      const differences = await audit(sql)
      if (differences.length > 0) throw new Error(JSON.stringify(differences))
    }),
    { numRuns: 15 }
  )
  t.equal(await deadlocks(sql), 0)
})

type Given = {
  issue: string
  projectId: number
  client: number | null
  user: number
  release: string
  environment: string
  level: 'error' | 'fatal'
  tags: Record<string, string>
  agoMs: number
}

function eventOf({ client, user, agoMs, ...given }: Given, round: number): PreparedEvent {
  return preparedEvent({
    ...given,
    receivedAt: Date.now() - agoMs,
    eventId: client === null ? null : `${round}`.padStart(16, '0') + `${client}`.padStart(16, '0'),
    user: user === 0 ? '' : `u${user}`,
    userHash: user === 0 ? '' : `${user}`.padStart(16, 'f')
  })
}
