// Goal: where a share of the events is kept, the first ones of each issue are there, all counts are sums of weights and
// right in the mean, and whatever is sent again has the same outcome. Method: random events of issues, environments and
// releases, prepared with random rates of project and client, committed in random batches by two nodes. SQL recomputes
// every count from the rows; what was left out is compared with what was sent.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { mintEventId } from '../../../events/event-ids.ts'
import { prepareEvent } from '../../../events/prepare.ts'
import { limits } from '../../../schema/limits.ts'
import type { PreparedBatch, PreparedEvent } from '../../../schema/pipeline.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { audit, foldAll } from '../../../services/commit/count-check.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import type { Sql } from '../../../services/database/sql.ts'
import { issueItems } from '../../../services/issues/items.ts'
import { mergeIssues } from '../../../services/issues/merges.ts'
import { isExtrapolated } from '../../../services/rollups/samples.ts'
import { readStorage } from '../../../services/stats/storage.ts'
import { otherPool } from '../../support/database.ts'
import { project } from '../../support/events.ts'
import { changerIn } from '../../support/issues.ts'
import { databaseForEvents, eventId, preparedBatch } from '../../support/prepared.ts'

type Given = { issue: string; sampleRate: number; clientRate?: number; environment?: string; release?: string }

function eventOf({ issue, sampleRate, clientRate, ...members }: Given): PreparedEvent {
  const receivedAt = Date.now()
  const value = {
    event_id: eventId(),
    exception: { values: [{ type: issue, value: 'failed' }] },
    ...(clientRate === undefined ? {} : { contexts: { error_sampling: { client_sample_rate: clientRate } } }),
    ...members
  }
  const context = { id: mintEventId(receivedAt), receivedAt, project: { ...project, projectId: 1, sampleRate } }
  const result = prepareEvent(value, context)
  assert(result.kind === 'prepared', JSON.stringify(result))
  return result.event
}

function commit(sql: Sql, ...batches: PreparedBatch[]): Promise<CommittedBatch[]> {
  return commitBatches(sql, batches, { node: 'test', deadlineMs: 30_000 })
}

const repeat = (times: number, given: Given): PreparedEvent[] => Array.from({ length: times }, () => eventOf(given))

async function countsOf(sql: Sql): Promise<{ title: string; events: number; rows: number }[]> {
  return await sql<{ title: string; events: number; rows: number }[]>`
    select i.title, i.event_count::int as events, (select count(*)::int from events e where e.issue_id = i.id) as rows
    from issues i order by 1`
}

t.test('counts are those of the rows by their weights, however events come', async t => {
  const given = fc.record(
    {
      issue: fc.constantFrom('A', 'B', 'C'),
      sampleRate: fc.constantFrom(0.02, 0.3, 0.5, 1),
      clientRate: fc.constantFrom(0.1, 0.7, 1),
      environment: fc.constantFrom('production', 'test'),
      release: fc.constantFrom('1.0.0', '1.1.0')
    },
    { requiredKeys: ['issue', 'sampleRate'] }
  )
  const batches = fc.array(fc.array(given, { maxLength: 60 }), { minLength: 1, maxLength: 4 })
  const sql = await databaseForEvents(t)
  const nodes = [sql, otherPool(t, sql)] as const
  let run = 0
  await fc.assert(
    fc.asyncProperty(batches, async lists => {
      run += 1
      const suffix = run
      const name = (issue: string) => `${issue}${suffix}`
      for (const [index, list] of lists.entries()) {
        const batch = preparedBatch(list.map(one => eventOf({ ...one, issue: name(one.issue) })))
        const node = nodes[index % 2] ?? sql
        const [first] = await commit(node, batch)
        const [again] = await commit(sql, batch)
        const byId = (committed: CommittedBatch | undefined) =>
          [...(committed?.outcomes ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1))
        assert.deepEqual(byId(again), byId(first))
      }
      assert.deepEqual(await audit(sql), [])
      const counts = await countsOf(sql)
      for (const issue of ['A', 'B', 'C']) {
        const { rows, events } = counts.find(({ title }) => title === `${name(issue)}: failed`) ?? {
          rows: 0,
          events: 0
        }
        const all = lists.flat().filter(one => one.issue === issue).length
        // What stands for others by its client's word has brought those others along.
        assert(rows >= all || events >= limits.firstEventsKept, `${rows} of ${all} are kept`)
      }
    }),
    { numRuns: 15 }
  )
})

t.test('the first events of an issue are kept, and the rest is right in the mean', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch(repeat(20_000, { issue: 'Often', sampleRate: 0.03 })))
  await commit(sql, preparedBatch(repeat(limits.firstEventsKept, { issue: 'Rare', sampleRate: 0.001 })))
  const [often, rare] = await countsOf(sql)
  // By the seventh standard deviation: sqrt(20,000 * 0.97 / 0.03) is about 800.
  t.ok(Math.abs((often?.events ?? 0) - 20_000) < 7 * 804, `${often?.events} of 20,000`)
  t.ok((often?.rows ?? 0) > 300 && (often?.rows ?? 0) < 1_000, `${often?.rows} rows`)
  t.match(rare, { events: limits.firstEventsKept, rows: limits.firstEventsKept })
  t.same(await audit(sql), [])
})

t.test(
  'a client tells which share of its errors it sends; absurd shares and those of traces change nothing',
  async t => {
    const sql = await databaseForEvents(t)
    await commit(sql, preparedBatch(repeat(3, { issue: 'Quarter', sampleRate: 1, clientRate: 0.25 })))
    await commit(sql, preparedBatch(repeat(2, { issue: 'Tiny', sampleRate: 1, clientRate: 1e-300 })))
    for (const rate of [0, -1, 2, Number.NaN]) {
      await commit(sql, preparedBatch([eventOf({ issue: 'Void', sampleRate: 1, clientRate: rate })]))
    }
    t.match(await countsOf(sql), [
      { title: 'Quarter: failed', events: 12, rows: 3 },
      { title: 'Tiny: failed', events: 2 * limits.clientWeightMax, rows: 2 },
      { title: 'Void: failed', events: 4, rows: 4 }
    ])
    t.same(await audit(sql), [])
  }
)

t.test('what is left out is not lost as the first event of an issue that is gone by now', async t => {
  const sql = await databaseForEvents(t)
  await commit(sql, preparedBatch(repeat(40, { issue: 'Gone', sampleRate: 0.001 })))
  await sql`delete from events`
  await sql`delete from issues`
  await sql`delete from event_keys`
  await commit(sql, preparedBatch([eventOf({ issue: 'Gone', sampleRate: 0.001 })]))
  t.match(await countsOf(sql), [{ title: 'Gone: failed', events: 1, rows: 1 }])
})

t.test('answers say what is extrapolated, of merged issues too, and storage counts rows', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  const range = { from: now - 3_600_000, to: now + 3_600_000 }
  await commit(sql, preparedBatch(repeat(10, { issue: 'Exact', sampleRate: 0.5 })))
  await foldAll(sql)
  t.equal(await isExtrapolated(sql, 1, range), false)
  await commit(sql, preparedBatch(repeat(2, { issue: 'Share', sampleRate: 1, clientRate: 0.5 })))
  await foldAll(sql)
  t.equal(await isExtrapolated(sql, 1, range), true)
  t.equal(await isExtrapolated(sql, 2, range), false)
  t.equal(await isExtrapolated(sql, 1, { from: now - 50 * 3_600_000, to: now - 40 * 3_600_000 }), false)
  const items = async () => {
    const rows = await sql<{ id: string }[]>`select id from issues order by title`
    return await issueItems(
      sql,
      1,
      rows.map(row => row.id),
      { filter: null, now }
    )
  }
  const [exact, share] = await items()
  t.match(
    [exact, share],
    [
      { title: 'Exact: failed', event_count: 10, extrapolated: false },
      { title: 'Share: failed', event_count: 4, extrapolated: true }
    ]
  )
  t.equal((await readStorage(sql, 1, now)).event_count, 12)
  await mergeIssues(sql, await changerIn(sql), [share?.id ?? ''], exact?.id ?? '')
  t.match(
    (await items()).find(({ id }) => id === exact?.id),
    { total_event_count: 14, extrapolated: true }
  )
})
