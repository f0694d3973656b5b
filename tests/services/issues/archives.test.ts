// Goal: an archived issue comes back for what came after it was archived, and for nothing before: when it escalates, at
// a date, after events (within a time), after users. Method: events of chosen times in the rollups that real folds make
// of them, archived by the function that people's changes go through, with the clock of the search set by the test.
import t from 'tap'
import type { ArchivedUntil } from '../../../schema/api/archive-until.ts'
import { handleTransitions } from '../../../services/alerts/transitions.ts'
import { LeaseLost } from '../../../services/database/leases.ts'
import { ensurePartitionsFor } from '../../../services/database/partitions.ts'
import { endArchives } from '../../../services/issues/archive-ends.ts'
import { changeIssues, type IssueChanger } from '../../../services/issues/changes.ts'
import { mergeIssues, unmergeIssue } from '../../../services/issues/merges.ts'
import { alertWorld, leaseOf, type AlertWorld } from '../../support/alerts.ts'
import { changerIn, issueIdOf } from '../../support/issues.ts'
import { preparedBatch, preparedEvent } from '../../support/prepared.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Not at the start of an hour or a minute, so that cut-off parts count. */
const archivedAt = Math.floor(Date.now() / hourMs) * hourMs - 5 * hourMs + 12_345

type Counts = readonly [ageMs: number, count: number, user?: number][]
type World = AlertWorld & { changer: IssueChanger }

async function worldOf(t: Parameters<typeof alertWorld>[0]): Promise<World> {
  const world = await alertWorld(t)
  return { ...world, changer: await changerIn(world.sql) }
}

/** Events so long before (or, negative, after) the archiving. */
async function happened({ sql, commit }: AlertWorld, issue: string, counts: Counts): Promise<void> {
  const events = counts.flatMap(([ageMs, count, user]) =>
    Array.from({ length: count }, (_, index) => ({
      issue,
      receivedAt: archivedAt - ageMs,
      userHash: String(user ?? index).padStart(16, '0'),
      user: 'u'
    }))
  )
  if (events.length === 0) return
  await ensurePartitionsFor(sql, [preparedBatch(events.map(preparedEvent))], { now: Date.now() })
  await commit(...events)
}

async function archived(world: World, issue: string, before: Counts, until?: ArchivedUntil): Promise<string> {
  await happened(world, issue, before)
  const id = await issueIdOf(world.sql, issue)
  await changeIssues(world.sql, world.changer, [id], { status: 'archived', archiveUntil: until }, archivedAt)
  return id
}

async function comesBack({ sql, lease }: AlertWorld, id: string, afterMs: number): Promise<boolean> {
  const ended = await endArchives(sql, lease, { now: archivedAt + afterMs })
  return ended.some(({ issueIds }) => issueIds.includes(id))
}

/** Whether an issue with these events before escalates by so many in the ten minutes after. */
async function escalates(world: World, issue: string, before: Counts, after: number): Promise<boolean> {
  const id = await archived(world, issue, before)
  await happened(world, issue, [[-5 * minuteMs, after]])
  return await comesBack(world, id, 10 * minuteMs)
}

t.test('events before the archiving bring nothing back, however often it is looked', async t => {
  const world = await worldOf(t)
  const id = await archived(world, 'burst', [
    [10 * dayMs, 1],
    [10_000, 40]
  ])
  for (const afterMs of [0, 1_000, 5 * minuteMs, 59 * minuteMs, 3 * hourMs]) {
    t.notOk(await comesBack(world, id, afterMs))
  }
  // Also in the same minute: the ten after it are no escalation, the eleventh is.
  await happened(world, 'burst', [[-1_000, 10]])
  t.notOk(await comesBack(world, id, 2_000))
  await happened(world, 'burst', [[-1_500, 20]])
  t.ok(await comesBack(world, id, 2_000))
})

t.test('more than ten events in an hour, and more than ten times the mean before the archiving', async t => {
  const world = await worldOf(t)
  const quiet: Counts = [[10 * dayMs, 1]]
  t.notOk(await escalates(world, 'ten', quiet, 10))
  t.ok(await escalates(world, 'eleven', quiet, 11))
  // 12 hours of life: 24 events are two an hour.
  t.notOk(await escalates(world, 'twenty', [[12 * hourMs, 24]], 20))
  t.ok(await escalates(world, 'twenty-one', [[12 * hourMs, 24]], 21))
  // Of an older one the last seven days count, here 1.1 an hour.
  const busy: Counts = [
    [20 * dayMs, 900],
    [4 * dayMs, 185]
  ]
  t.notOk(await escalates(world, 'old and busy', busy, 11))
  t.ok(await escalates(world, 'old and busier', busy, 12))
  t.notOk(await escalates(world, 'young', [[minuteMs, 2]], 20), 'a life is an hour at least')
})

t.test('eleven events over two hours are no escalation; hours that expire leave the baseline', async t => {
  const world = await worldOf(t)
  const id = await archived(world, 'slow', [[12 * hourMs, 24]])
  await happened(world, 'slow', [
    [-10 * minuteMs, 11],
    [-2 * hourMs, 11]
  ])
  await world.sql`delete from issue_hours`
  t.notOk(await comesBack(world, id, 2 * hourMs + minuteMs))
  await happened(world, 'slow', [[-3 * hourMs, 21]])
  t.ok(await comesBack(world, id, 3 * hourMs + minuteMs))
})

t.test('what comes back is unresolved, rules are told once, and the activity says why', async t => {
  const world = await worldOf(t)
  const { sql, lease } = world
  await world.rule({ condition: { type: 'escalation' } })
  const id = await archived(world, 'loud', [[dayMs, 1]])
  await archived(world, 'quiet', [[dayMs, 1]])
  await happened(world, 'loud', [[-1_000, 15]])
  const now = archivedAt + minuteMs
  t.same(await endArchives(sql, lease, { now }), [{ projectId: 1, issueIds: [id] }])
  t.match(await sql`select status, substatus from issues where id = ${id}`, [
    { status: 'unresolved', substatus: 'escalating' }
  ])
  t.same(await endArchives(sql, lease, { now }), [])
  t.match((await handleTransitions(sql, lease, { now })).fired, [{ subject: id }])
  t.match(await sql`select kind, data from issue_activity where issue_id = ${id} order by position`, [
    { kind: 'archived', data: { until: 'escalating' } },
    { kind: 'escalated', data: { until: 'escalating', event_id: String } }
  ])
})

t.test('until a date, which is no escalation', async t => {
  const world = await worldOf(t)
  const id = await archived(world, 'dated', [[dayMs, 1]], { date: new Date(archivedAt + hourMs).toISOString() })
  await happened(world, 'dated', [[-1_000, 50]])
  t.notOk(await comesBack(world, id, hourMs - 1))
  t.ok(await comesBack(world, id, hourMs))
  t.match(await world.sql`select status, substatus from issues where id = ${id}`, [
    { status: 'unresolved', substatus: 'ongoing' }
  ])
})

t.test('until so many events, within a time or not, or so many users', async t => {
  const world = await worldOf(t)
  const before: Counts = [[10_000, 30, 1]]
  const five = await archived(world, 'five', before, { events: 5 })
  const soon = await archived(world, 'soon', before, { events: 5, minutes: 60 })
  const week = await archived(world, 'week', before, { events: 5, minutes: 2 * 24 * 60 })
  const two = await archived(world, 'two', before, { users: 2 })
  for (const issue of ['five', 'soon', 'week', 'two']) await happened(world, issue, [[-1_000, 4, 1]])
  for (const id of [five, soon, week, two]) t.notOk(await comesBack(world, id, minuteMs))
  for (const issue of ['five', 'soon', 'week', 'two']) await happened(world, issue, [[-2 * hourMs, 1, 2]])
  const [ended] = await endArchives(world.sql, world.lease, { now: archivedAt + 2 * hourMs + minuteMs })
  t.same(ended?.issueIds, [five, week].sort(), 'not five within an hour, nor a second new user')
  await happened(world, 'soon', [[-2 * hourMs - minuteMs, 4]])
  await happened(world, 'two', [[-2 * hourMs, 1, 3]])
  const [then] = await endArchives(world.sql, world.lease, { now: archivedAt + 2 * hourMs + 2 * minuteMs })
  t.same(then?.issueIds, [soon, two].sort())
})

t.test('archiving otherwise begins anew, the same way changes nothing', async t => {
  const world = await worldOf(t)
  const { sql, changer } = world
  const id = await archived(world, 'again', [[10_000, 3]], { events: 5 })
  const again = (archiveUntil?: ArchivedUntil) =>
    changeIssues(sql, changer, [id], { status: 'archived', archiveUntil }, archivedAt)
  t.same(await again({ events: 5 }), { status: [], assignee: [] })
  t.same(await again(), { status: [], assignee: [] })
  t.same(await again({ users: 5 }), { status: [id], assignee: [] })
  await changeIssues(sql, changer, [id], { status: 'unresolved' }, archivedAt)
  t.same(await sql`select from issue_archives`, [])
})

t.test('a family counts as one, and a merge is no event', async t => {
  const world = await worldOf(t)
  const { sql, changer } = world
  const root = await archived(world, 'root', [[dayMs, 1]])
  await happened(world, 'other', [[-1_000, 30]])
  await mergeIssues(sql, changer, [await issueIdOf(sql, 'other')], root)
  t.notOk(await comesBack(world, root, minuteMs))
  await unmergeIssue(sql, changer, root)
  t.notOk(await comesBack(world, root, minuteMs))
  await mergeIssues(sql, changer, [await issueIdOf(sql, 'other')], root)
  await happened(world, 'root', [[-1_000, 6]])
  await happened(world, 'other', [[-1_000, 6]])
  t.ok(await comesBack(world, root, minuteMs))
})

t.test('an issue that an earlier version archived counts from the first search on', async t => {
  const world = await worldOf(t)
  await happened(world, 'early', [[10_000, 30]])
  const id = await issueIdOf(world.sql, 'early')
  await world.sql`update issues set status = 'archived', substatus = '', status_changed_at = ${new Date(archivedAt)}`
  t.notOk(await comesBack(world, id, minuteMs))
  await happened(world, 'early', [[-1_000, 301]])
  t.ok(await comesBack(world, id, minuteMs))
})

t.test('who has lost the lease ends nothing', async t => {
  const world = await worldOf(t)
  await archived(world, 'loud', [[dayMs, 1]])
  await happened(world, 'loud', [[-1_000, 15]])
  const next = await leaseOf(world.sql, 'b')
  const now = archivedAt + minuteMs
  await t.rejects(endArchives(world.sql, world.lease, { now }), LeaseLost)
  t.equal((await endArchives(world.sql, next, { now })).length, 1)
})
