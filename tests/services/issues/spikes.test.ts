// Goal: an archived issue escalates when, and only when, its last hour has more than ten events and more than ten times
// its mean hour before. Method: events of chosen times, and the rollups that real folds make of them.
import t from 'tap'
import { LeaseLost } from '../../../services/database/leases.ts'
import { escalateSpikes } from '../../../services/issues/spikes.ts'
import { handleTransitions } from '../../../services/alerts/transitions.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import { alertWorld, leaseOf, type AlertWorld } from '../../support/alerts.ts'
import { preparedBatch, preparedEvent } from '../../support/prepared.ts'

const hourMs = 60 * 60_000
const now = Date.now()
const recent = now - 30 * 60_000

async function history(
  { sql, commit }: AlertWorld,
  issue: string,
  counts: readonly [hoursAgo: number, count: number][]
): Promise<string> {
  const events = counts.flatMap(([hoursAgo, count]) =>
    Array.from({ length: count }, (_, index) => ({
      issue,
      receivedAt: hoursAgo === 0 ? recent + index : now - hoursAgo * hourMs + index
    }))
  )
  await ensurePartitionsFor(sql, [preparedBatch(events.map(preparedEvent))], { now })
  await commit(...events)
  const [row] = await sql<
    { id: string }[]
  >`update issues set status = 'archived', substatus = '' where title = ${`TypeError: ${issue}`} returning id`
  return row?.id ?? ''
}

async function escalates(
  world: AlertWorld,
  issue: string,
  counts: readonly [hoursAgo: number, count: number][]
): Promise<boolean> {
  const id = await history(world, issue, counts)
  const escalated = await escalateSpikes(world.sql, world.lease, { now })
  return escalated.some(({ issueIds }) => issueIds.includes(id))
}

t.test('more than ten events, and more than ten times the mean', async t => {
  const world = await alertWorld(t)
  t.notOk(await escalates(world, 'ten', [[0, 10]]))
  t.ok(await escalates(world, 'eleven', [[0, 11]]), 'an issue without a past has a mean of nothing')
  // 11 hours of life before the last: 22 events are two an hour.
  t.notOk(
    await escalates(world, 'twenty', [
      [12, 22],
      [0, 20]
    ])
  )
  t.ok(
    await escalates(world, 'twenty-one', [
      [12, 22],
      [0, 21]
    ])
  )
  // Of an older one the last seven days count: 168 events in 168 hours are one an hour.
  t.ok(
    await escalates(world, 'old', [
      [20 * 24, 900],
      [100, 168],
      [0, 11]
    ])
  )
  t.notOk(
    await escalates(world, 'old and busy', [
      [20 * 24, 10],
      [100, 185],
      [0, 11]
    ])
  )
  // The hour before the last one counts as an hour, however short the life before it was.
  t.notOk(
    await escalates(world, 'young', [
      [1.2, 2],
      [0, 20]
    ])
  )
  t.ok(
    await escalates(world, 'young and loud', [
      [1.2, 2],
      [0, 21]
    ])
  )
})

t.test('escalating issues are unresolved, rules are told once, and nothing happens twice', async t => {
  const world = await alertWorld(t)
  const { sql, lease } = world
  await world.rule({ condition: { type: 'escalation' } })
  const id = await history(world, 'loud', [[0, 15]])
  await history(world, 'quiet', [[0, 3]])
  t.same(await escalateSpikes(sql, lease, { now }), [{ projectId: 1, issueIds: [id] }])
  t.match(await sql`select status, substatus from issues where id = ${id}`, [
    { status: 'unresolved', substatus: 'escalating' }
  ])
  t.same(await escalateSpikes(sql, lease, { now }), [])
  t.match((await handleTransitions(sql, lease, { now })).fired, [{ subject: id }])
})

t.test('issues that are not archived, or merged, are left alone; what was merged into one counts for it', async t => {
  const world = await alertWorld(t)
  const { sql, lease } = world
  const resolved = await history(world, 'resolved', [[0, 50]])
  await sql`update issues set status = 'resolved', resolved_at = now() where id = ${resolved}`
  const [root, merged] = [await history(world, 'root', [[0, 8]]), await history(world, 'merged', [[0, 8]])]
  await sql`update issues set merged_into = ${root} where id = ${merged}`
  t.same(await escalateSpikes(sql, lease, { now }), [{ projectId: 1, issueIds: [root] }])
})

t.test('who has lost the lease escalates nothing', async t => {
  const world = await alertWorld(t)
  await history(world, 'loud', [[0, 15]])
  const next = await leaseOf(world.sql, 'b')
  await t.rejects(escalateSpikes(world.sql, world.lease, { now }), LeaseLost)
  t.equal((await escalateSpikes(world.sql, next, { now })).length, 1)
})
