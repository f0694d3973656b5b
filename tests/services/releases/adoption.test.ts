// Goal: numbers by release are true: events exactly, users exactly where all events are read and nearly where they are
// not, and the events of issues in releases as the events themselves say, of which each may stand for several.
// Method: a seeded project with many events, whose rows are counted by themselves; events of clients that send a share.
import t from 'tap'
import { seedProject } from '../../../bin/seed/seed-project.ts'
import { commitBatches } from '../../../services/commit/attempt.ts'
import { foldAll } from '../../../services/commit/count-check.ts'
import { exactRange } from '../../../services/counts/exact-range.ts'
import { closeWires } from '../../../services/database/wire/pool.ts'
import { eventsByRelease, usersByRelease } from '../../../services/releases/adoption.ts'
import { eventsInReleases } from '../../../services/releases/issue-events.ts'
import { createSeededProject } from '../../../services/seeding/project.ts'
import { testDatabase } from '../../support/database.ts'
import { databaseForEvents, preparedBatch, preparedEvent } from '../../support/prepared.ts'
import { ensurePartitions } from '../../../services/database/partitions.ts'
import { ensureDefaults } from '../../../services/accounts/projects.ts'

t.setTimeout(120_000)

const dayMs = 86_400_000
const quiet = { onStep: () => {}, onProgress: () => {} }

t.test('events, users and events of issues, by release', async t => {
  const { sql } = await testDatabase(t)
  const now = Date.now()
  await ensurePartitions(sql, { now })
  await ensureDefaults(sql)
  const { id } = await createSeededProject(sql, 'Shop')
  const size = { events: 9_000, issues: 40, users: 600, days: 10 }
  await seedProject(sql, { projectId: id, retentionDays: 90, ...size, size: 'small', seed: 1, now }, quiet)
  closeWires(sql)

  const truth = await sql<{ release: string; events: string; users: string }[]>`
    select release, count(*) as events, count(distinct user_hash) as users from events where project_id = ${id}
    group by release`
  const range = await exactRange(sql, id, { from: now - 20 * dayMs, to: now }, now)
  const counted = { range, isOpen: true, environments: [] }
  const events = await eventsByRelease(sql, id, range, [])
  t.same([...events.byRelease].sort(), truth.map(({ release, events: count }) => [release, Number(count)]).sort())

  const users = await usersByRelease(sql, id, counted, events)
  t.equal(users.isEstimated, true, 'there are more events than are read')
  const [all] = await sql<{ users: string }[]>`
    select count(distinct user_hash) as users from events where project_id = ${id}`
  const isNear = (estimate: number, exact: number): boolean => estimate > exact / 2 && estimate < exact * 2
  t.ok(isNear(users.total, Number(all?.users)), `${users.total} of ${all?.users}`)
  const [greatest] = truth.toSorted((a, b) => Number(b.events) - Number(a.events))
  const estimate = users.byRelease.get(greatest?.release ?? '') ?? 0
  t.ok(isNear(estimate, Number(greatest?.users)), `${estimate} of ${greatest?.users}`)

  const lately = await exactRange(sql, id, { from: now - dayMs, to: now }, now)
  const ofDay = await eventsByRelease(sql, id, lately, [])
  const usersOfDay = await usersByRelease(sql, id, { ...counted, range: lately }, ofDay)
  const truthOfDay = await sql<{ release: string; users: string }[]>`
    select release, count(distinct user_hash) as users from events where project_id = ${id}
      and received_at >= ${new Date(lately.from)} group by release`
  t.equal(usersOfDay.isEstimated, false, 'a day has few events: all are read')
  t.same([...usersOfDay.byRelease].sort(), truthOfDay.map(row => [row.release, Number(row.users)]).sort())

  const pairs = await sql<{ issue_id: string; release: string; events: string }[]>`
    select issue_id, release, count(*) as events from events where project_id = ${id} group by 1, 2`
  const [first = '', second = ''] = truth
    .toSorted((a, b) => Number(b.events) - Number(a.events))
    .map(({ release }) => release)
  const ofTwo = pairs.filter(({ release }) => release === first || release === second)
  const issues = [...new Set(ofTwo.map(pair => pair.issue_id))]
  const found = await eventsInReleases(sql, id, issues, [first, second])
  let exact = 0
  for (const { issue_id: issue, release, events: count } of ofTwo) {
    const number = found.get(release)?.get(issue)
    if (number?.isEstimated === false) {
      exact += 1
      t.equal(number.events, Number(count), `${issue} in ${release}`)
    } else t.ok(isNear(number?.events ?? 0, Number(count)), `${number?.events} of ${count}`)
  }
  t.ok(exact > 0 && exact < ofTwo.length, `${exact} of ${ofTwo.length} are exact`)
})

t.test('an event that sampling kept counts for as many as it stands for, its user for one', async t => {
  const sql = await databaseForEvents(t)
  const now = Date.now()
  const events = (release: string, count: number, weight: number) =>
    Array.from({ length: count }, (_, index) => {
      const user = `${release}${index % 30}`
      const userHash = `${release === 'web@1' ? 'a' : 'b'}${index % 30}`.padStart(16, '0')
      return preparedEvent({
        release,
        user,
        userHash,
        ...(weight === 1 ? {} : { weights: { first: weight, sampled: weight } })
      })
    })
  const batch = preparedBatch([...events('web@1', 100, 60), ...events('web@2', 60, 1)])
  await commitBatches(sql, [batch], { node: 'test', deadlineMs: 30_000 })
  await foldAll(sql)

  const range = await exactRange(sql, 1, { from: now - dayMs, to: now + dayMs }, now)
  const counts = await eventsByRelease(sql, 1, range, [])
  const stored = await sql<{ release: string; events: number; rows: number }[]>`
    select release, sum(coalesce(weight, 1))::int as events, count(*)::int as rows from events group by 1 order by 1`
  t.ok((stored[0]?.events ?? 0) > 5_000, 'more than are read, and fewer that were stored')
  t.same(
    [...counts.byRelease].sort(),
    stored.map(({ release, events: count }) => [release, count])
  )

  const users = await usersByRelease(sql, 1, { range, isOpen: true, environments: [] }, counts)
  t.same(
    { ...users, byRelease: [...users.byRelease].sort() },
    {
      byRelease: [
        ['web@1', 30],
        ['web@2', 30]
      ],
      total: 60,
      isEstimated: false
    }
  )

  const [issue] = await sql<{ id: string }[]>`select id from issues`
  const found = await eventsInReleases(sql, 1, [issue?.id ?? ''], ['web@1', 'web@2'])
  for (const { release, events: count, rows } of stored) {
    t.same(found.get(release)?.get(issue?.id ?? ''), {
      events: count,
      isEstimated: false,
      isExtrapolated: count > rows
    })
  }
})
